"""What the checks look at of one channel: a plane, parts of it, and a band through all planes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from covoxel.core.types import AnyArray, FloatArray
from covoxel.image.channel import Channel, Slices
from covoxel.intensity.moments import unit_of

#: Edge of a tile, how many are looked at, and of how many a part is looked at first. A tile begins
#: at a multiple of 8 pixels.
_EDGE, _TILES, _FIRST = 256, 4, 1
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
        rows, columns = middle_rows(shape[-2]), middle(shape[-1], _WIDEST)
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
        window = tuple(middle(n, _WIDEST) for n in shape[-2:])
        if len(shape) < 3:
            return np.atleast_2d(self._read(window))
        plane: AnyArray = self._read((slice(self.depth, self.depth + 1), *window))[0]
        return plane

    @cached_property
    def places(self) -> list[Slices]:
        """Where the tiles of the plane with most contrast are, all of them of one size."""
        height, width = (min(_EDGE, n) for n in self.plane.shape)
        rows, columns = self.plane.shape[0] // height, self.plane.shape[1] // width
        whole = self.plane[: rows * height, : columns * width]
        tiles = whole.reshape(rows, height, columns, width).swapaxes(1, 2)
        contrast = _contrast(tiles[..., ::_COARSE, ::_COARSE])
        order = np.argsort(-contrast.ravel(), kind="stable")[:_TILES]
        return [
            (slice(y * height, (y + 1) * height), slice(x * width, (x + 1) * width))
            for y, x in (divmod(i, columns) for i in order.tolist())
        ]

    @property
    def _most_contrast(self) -> list[AnyArray]:
        return [self.plane[place] for place in self.places]

    @cached_property
    def tiles(self) -> FloatArray:
        """The tiles with most contrast, (N, Y, X), hot pixels clipped; all pixels are finite."""
        return _without_hot_of(self._most_contrast)

    @cached_property
    def parts(self) -> FloatArray:
        """The middles of the first tiles, which show whether to look at all tiles."""
        window = tuple(middle(n, _EDGE // 2) for n in self._most_contrast[0].shape)
        return _without_hot_of([tile[window] for tile in self._most_contrast[:_FIRST]])


def _contrast(values: AnyArray) -> FloatArray:
    """Return the variance of what is finite of each image (..., Y, X), 0 where nothing is."""
    finite = np.isfinite(values)
    variance: FloatArray
    if finite.all():
        variance = values.var((-2, -1), dtype=np.float64)
        return variance
    n = np.maximum(1, finite.sum((-2, -1), keepdims=True))
    kept = np.where(finite, values, 0).astype(np.float64)
    deviations = (kept - kept.sum((-2, -1), keepdims=True) / n) * finite
    variance = np.square(deviations).sum((-2, -1)) / n[..., 0, 0]
    return variance


def _without_hot_of(images: Sequence[AnyArray]) -> FloatArray:
    """Return images without hot pixels, less those that are not finite."""
    finite = [one for one in images if one.dtype.kind != "f" or np.isfinite(one).all()]
    return without_hot(np.array(finite, np.float64).reshape(-1, *images[0].shape))


def without_hot(images: FloatArray) -> FloatArray:
    """Return images (N, Y, X), each clipped in place at what only few of its pixels exceed."""
    from covoxel.quality.kernels import clip_hot

    size = math.prod(images.shape[1:])
    clip_hot(images, min(size, 1 + max(1, int(_HOT * size))))
    return images


def middle_rows(n: int) -> slice:
    """Return which of `n` rows make up the band."""
    return middle(n, _ROWS)


def middle(n: int, most: int) -> slice:
    """Return the middle of `n` pixels, `most` at the most, from a multiple of 8 on."""
    start = max(0, (n - most) // 2) // 8 * 8
    return slice(start, start + most)
