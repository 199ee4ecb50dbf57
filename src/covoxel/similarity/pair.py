"""Pair: two images on one grid, promoted so that nothing overflows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.image.channel import Channel, as_channel, block_slices, is_picture, single_frame
from covoxel.image.regions import as_region
from covoxel.similarity.data_range import DataRange

#: A value, and the reason where it is not finite.
Measured = tuple[float, str]


@dataclass(frozen=True, eq=False)
class Pair:
    """What measures are read from."""

    #: The images as they are, of one shape.
    image1: AnyArray
    image2: AnyArray
    #: Where they are compared, before pixels that are not finite are left out; None for all.
    mask: BoolArray | None
    #: Where both images have pixels; None for everywhere.
    covered: BoolArray | None
    #: What intensities are measured against.
    span: DataRange
    #: Whether not all pixels are compared.
    masked: bool

    @cached_property
    def known(self) -> BoolArray | None:
        """Where both images have pixels that are finite; None for everywhere."""
        known = self.covered
        for image in (self.image1, self.image2):
            if image.dtype.kind == "f" and not np.isfinite(image).all():
                known = np.isfinite(image) if known is None else known & np.isfinite(image)
        return known

    @cached_property
    def inside(self) -> BoolArray | None:
        """The pixels that are compared; None for all."""
        if self.mask is None or self.known is None:
            return self.known if self.mask is None else self.mask
        return self.mask & self.known

    @cached_property
    def n_pixels(self) -> int:
        """How many pixels are compared."""
        inside = self.inside
        return self.image1.size if inside is None else int(np.count_nonzero(inside))

    def blocks(self) -> Iterator[tuple[AnyArray, AnyArray]]:
        """Yield the compared pixels of both images as they are, block by block."""
        for where in block_slices(self.image1.shape):
            images = self.image1[where], self.image2[where]
            inside = slice(None) if self.inside is None else self.inside[where].ravel()
            first, second = (image.ravel()[inside] for image in images)
            yield first, second

    @cached_property
    def pixels1(self) -> FloatArray:
        """The compared pixels of image 1 in double precision."""
        return self._compared(self.image1)

    @cached_property
    def pixels2(self) -> FloatArray:
        """The compared pixels of image 2 in double precision."""
        return self._compared(self.image2)

    def _compared(self, image: AnyArray) -> FloatArray:
        pixels = image.ravel() if self.inside is None else image[self.inside]
        return np.asarray(pixels, np.float64)

    @cached_property
    def difference(self) -> FloatArray:
        """Image 1 less image 2, NaN where they are not compared."""
        difference = np.subtract(self.image1, self.image2, dtype=np.float64)
        if self.inside is not None:
            difference[~self.inside] = np.nan
        return difference

    @property
    def dropped(self) -> int:
        """Pixels inside the mask that are not finite."""
        there = [where for where in (self.mask, self.covered) if where is not None]
        if not there:
            return self.image1.size - self.n_pixels
        return int(np.count_nonzero(np.logical_and.reduce(there))) - self.n_pixels


def frame_of(name: str, image: Any) -> Channel:
    """Return one frame as a channel in memory; a picture in colours is refused.

    Raises
    ------
    TypeError
        If the image is complex, or in colours.
    ValueError
        If it is a series.
    """
    shape = tuple(getattr(image, "shape", ())) if not hasattr(image, "axes") else ()
    if is_picture(shape):
        msg = (
            f"{name} has shape {shape}, a picture in colours; compare_colors takes those "
            "(pass a stack as narrow as that as a Channel with its axes)"
        )
        raise TypeError(msg)
    channel = single_frame(name, as_channel(image), "covoxel.compare_channels")
    if 0 in channel.spatial_shape:
        msg = f"{name} has shape {channel.spatial_shape}; it must hold at least one pixel"
        raise ValueError(msg)
    axes, spacing = channel.spatial_axes, channel.spacing
    return Channel(channel.read(), axes, spacing, name=channel.name)


def mask_of(mask: Any, shape: tuple[int, ...]) -> BoolArray | None:
    """Return a mask of a frame's shape; None for all of it."""
    return as_region(mask, None, shape).inside(shape)
