"""MaskedPair: two channels, which of their pixels count, and how blocks of them are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from covoxel.core.resample import inside
from covoxel.core.types import AnyArray, BoolArray
from covoxel.image.channel import Channel, Slices, as_channel, block_slices
from covoxel.image.regions import Region, as_region
from covoxel.intensity.blocks import checked_pair
from covoxel.registration.record import Registration

#: Types whose sums of products float64 holds exactly, and the middle of their range.
_MIDDLE = {np.dtype(np.bool_): 0.0, np.dtype(np.uint8): 128.0, np.dtype(np.uint16): 32768.0}
#: PairBlock of a block that its median is taken from.
_SAMPLE = 1 << 12


@dataclass(frozen=True, slots=True, eq=False)
class PairBlock:
    """A block of both channels and which of its pixels count, all (Z, Y, X)."""

    image1: AnyArray
    image2: AnyArray
    inside: BoolArray

    def as_uint16(self) -> PairBlock:
        """Return the same whole numbers as the kernels take them, which refuse read-only arrays."""
        image1, image2 = (
            np.require(image, np.uint16, ["C", "W"]) for image in (self.image1, self.image2)
        )
        return PairBlock(image1, image2, self.inside)


@dataclass(frozen=True, slots=True)
class Totals:
    """How many pixels count, and the mean and the maximum of each channel over them."""

    pixels: int
    means: tuple[float, float]
    maxima: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class MaskedPair:
    """Two channels on one grid, inside a mask.

    ``covered`` is where registered channel 2 has pixels, as an array or what slices like one; None
    is everywhere. A channel with a limit in ``above`` is read as the mask of what is above it.
    """

    channel1: Channel
    channel2: Channel
    region: Region
    covered: Any = None
    above: tuple[float | None, float | None] = (None, None)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the channels."""
        return self.channel1.spatial_shape

    @property
    def solid(self) -> tuple[int, int, int]:
        """Shape with all three axes."""
        deep, high, wide = (1,) * (3 - len(self.shape)) + self.shape
        return deep, high, wide

    @property
    def spacing(self) -> tuple[float, ...] | None:
        """Pixel size in µm along each axis; None where unknown."""
        return self.channel1.spacing

    @property
    def whole(self) -> bool:
        """Whether both channels hold small whole numbers."""
        return None not in self._middles

    @property
    def _channels(self) -> tuple[Channel, Channel]:
        return self.channel1, self.channel2

    @property
    def _middles(self) -> list[float | None]:
        kinds = (
            np.dtype(np.bool_) if limit is not None else channel.dtype
            for channel, limit in zip(self._channels, self.above, strict=True)
        )
        return [_MIDDLE.get(kind) for kind in kinds]

    def read(self, slices: Slices) -> PairBlock:
        """Read a block, given by slices of Z, Y and X."""
        own = slices[3 - len(self.shape) :]
        solid = tuple(part.stop - part.start for part in slices)
        image1, image2 = (channel.read(0, own) for channel in self._channels)
        counted = np.ones(image1.shape, np.bool_)
        region = self.region.raw(0, own)
        for more in (region, None if self.covered is None else self.covered[own]):
            if more is not None:
                counted &= np.asarray(more, np.bool_)
        for image in (image1, image2):
            if image.dtype.kind == "f":
                counted &= np.isfinite(image)
        image1, image2 = (
            image if limit is None else image > limit
            for image, limit in zip((image1, image2), self.above, strict=True)
        )
        return PairBlock(image1.reshape(solid), image2.reshape(solid), counted.reshape(solid))

    def centres(self) -> tuple[float, float]:
        """Return what is taken off the intensities before they are multiplied.

        The middle of the range of small whole numbers, else about the median of the pixels that
        count, which a few bright ones do not carry away.
        """
        middle1, middle2 = self._middles
        if middle1 is not None and middle2 is not None:
            return middle1, middle2
        found: tuple[list[float], list[float]] = ([0.0], [0.0])
        for block in block_slices(self.solid):
            pixels = self.read(block)
            for medians, image in zip(found, (pixels.image1, pixels.image2), strict=True):
                values = image.reshape(-1) if pixels.inside.all() else image[pixels.inside]
                if values.size:
                    medians.append(float(np.median(values[:: -(-values.size // _SAMPLE)])))
        median1, median2 = (median(each[1:] or each) for each in found)
        return median1 if middle1 is None else middle1, median2 if middle2 is None else middle2

    def totals(self) -> Totals:
        """Return means and maxima of the pixels that count."""
        n, highest = 0, [-np.inf, -np.inf]
        sums: list[float] = [0, 0]  # whole numbers stay so, and exact
        for block in block_slices(self.solid):
            pixels = self.read(block)
            n += int(np.count_nonzero(pixels.inside))
            for i, image in enumerate((pixels.image1, pixels.image2)):
                kind = np.float64 if image.dtype.kind == "f" else np.int64
                sums[i] += np.sum(image, dtype=kind, where=pixels.inside).item()
                most = np.max(image, where=pixels.inside, initial=_least(image.dtype))
                highest[i] = max(highest[i], float(most))
        mean1, mean2 = (total / max(n, 1) for total in sums)
        return Totals(n, (mean1, mean2), (highest[0], highest[1]))


def _least(dtype: np.dtype[Any]) -> float:
    return -np.inf if dtype.kind == "f" else 0 if dtype.kind == "b" else np.iinfo(dtype).min


def pair_of(
    image1: Any,
    image2: Any,
    mask: Any,
    registration: Registration | None,
    spacing: Sequence[float] | None,
) -> MaskedPair:
    """Return both images, channel 2 moved onto channel 1 if a registration is given.

    Raises
    ------
    ValueError
        If the grids differ, or mask or registration do not fit.
    TypeError
        If the registration is something else.
    """
    channel1, channel2 = map(_still, checked_pair(image1, image2))
    steps1, steps2 = channel1.spacing, channel2.spacing
    if spacing is not None:
        channel1 = as_channel(channel1, spacing=spacing)
    elif steps1 and steps2 and not np.allclose(steps1, steps2, rtol=1e-3):
        msg = f"image1 has pixels of {steps1} µm but image2 of {steps2} µm; resample one of them"
        raise ValueError(msg)
    elif steps1 is None and steps2 is not None:
        channel1 = as_channel(channel1, spacing=steps2)
    region = as_region(mask, None, channel1.spatial_shape)
    if registration is None:
        return MaskedPair(channel1, channel2, region)
    if not isinstance(registration, Registration):
        msg = (
            f"registration is {type(registration).__name__}; "
            "what covoxel.registration.register gives is needed"
        )
        raise TypeError(msg)
    moved = registration.apply(channel2.with_data(channel2.read()))
    shape = channel1.spatial_shape
    return MaskedPair(channel1, moved, region, inside(shape, registration.mapping(shape)))


def _still(channel: Channel) -> Channel:
    """Return a channel without the time axis that holds its one frame."""
    if "T" not in channel.axes:
        return channel
    return Channel(channel.read(), channel.spatial_axes, channel.spacing, name=channel.name)
