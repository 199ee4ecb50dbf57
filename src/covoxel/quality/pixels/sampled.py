"""What the checks look at of one channel: a plane, parts of it, and a band through all planes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from covoxel.core.types import AnyArray, FloatArray
from covoxel.image.channel import Channel, Slices
from covoxel.intensity.moments import unit_of

#: Edge of a tile, and how many are looked at. A tile begins at a multiple of 8 pixels.
_EDGE, _TILES = 256, 4
#: Every so many pixels are enough to see where the contrast is.
_COARSE = 8
#: Hot pixels are fewer than this share.
_HOT = 2e-4
#: Rows and columns of a plane that are looked at, so that the largest images fit into memory.
_WIDEST = 2048
#: Rows of the band that is looked at of each plane.
_ROWS = 64
#: Planes of which the band is looked at.
_MOST_PLANES = 128


@dataclass(frozen=True, eq=False)
class Sampled:
    """One frame of a channel, read as far as the checks need it.

    Parameters
    ----------
    number : int
        1 or 2, which messages name.
    channel : Channel
    t : int
        Time point.
    z : int, optional
        The only plane that is meant.
    """

    number: int
    channel: Channel
    t: int = 0
    z: int | None = None

    def _read(self, slices: Slices) -> AnyArray:
        """Read a part, in units in which squares fit a float64 where intensities are extreme."""
        values = self.channel.read(self.t, slices)
        if values.dtype != np.float64:
            return values
        unit = unit_of(float(np.max(np.abs(values), where=np.isfinite(values), initial=0)))
        return values if unit == 1 else values / unit

    @cached_property
    def band(self) -> AnyArray:
        """Rows from the middle of each plane, as a (Z, Y, X) array; of one plane its own."""
        shape = self.channel.spatial_shape
        if len(shape) < 3 or self.z is not None:
            return self.plane[np.newaxis]
        rows, columns = middle_rows(shape[-2]), _middle(shape[-1], _WIDEST)
        return self._read((slice(0, _MOST_PLANES), rows, columns))

    @cached_property
    def depth(self) -> int:
        """The plane that is looked at: that of most contrast, unless one is meant."""
        if self.z is not None or len(self.channel.spatial_shape) < 3:
            return self.z or 0
        return int(np.argmax([_contrast(plane) for plane in self.band]))

    @cached_property
    def plane(self) -> AnyArray:
        """The middle of the plane that is looked at."""
        shape = self.channel.spatial_shape
        window = tuple(_middle(n, _WIDEST) for n in shape[-2:])
        if len(shape) < 3:
            return np.atleast_2d(self._read(window))
        plane: AnyArray = self._read((slice(self.depth, self.depth + 1), *window))[0]
        return plane

    @cached_property
    def tiles(self) -> list[FloatArray]:
        """The tiles of the plane with most contrast, hot pixels clipped; all pixels are finite."""
        plane = self.plane
        rows, columns = ([*range(0, max(1, n - _EDGE + 1), _EDGE)] for n in plane.shape)
        tiles = [plane[y : y + _EDGE, x : x + _EDGE] for y in rows for x in columns]
        contrast = [_contrast(tile[::_COARSE, ::_COARSE]) for tile in tiles]
        order = np.argsort(np.negative(contrast), kind="stable")
        chosen = [tiles[i].astype(np.float64) for i in order[:_TILES]]
        return [without_hot(tile) for tile in chosen if np.isfinite(tile).all()]


def _contrast(values: AnyArray) -> float:
    """Return the variance of what is finite, 0 where nothing is."""
    finite = values[np.isfinite(values)]
    return float(np.var(finite, dtype=np.float64)) if finite.size else 0.0


def without_hot(values: FloatArray) -> FloatArray:
    """Return an image clipped at what only few pixels exceed."""
    last = max(0, values.size - 1 - max(1, int(_HOT * values.size)))
    clipped: FloatArray = np.minimum(values, np.partition(values, last, axis=None)[last])
    return clipped


def middle_rows(n: int) -> slice:
    """Return which of `n` rows make up the band."""
    return _middle(n, _ROWS)


def _middle(n: int, most: int) -> slice:
    """Return the middle of `n` pixels, `most` at the most, from a multiple of 8 on."""
    start = max(0, (n - most) // 2) // 8 * 8
    return slice(start, start + most)
