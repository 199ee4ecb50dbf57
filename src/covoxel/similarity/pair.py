"""Pair: two images on one grid, promoted so that nothing overflows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.image.channel import Channel, as_channel, is_picture
from covoxel.image.region import as_region
from covoxel.similarity.span import Span

#: A value, and the reason where it is not finite.
Found = tuple[float, str]


@dataclass(frozen=True, eq=False)
class Pair:
    """What measures are read from.

    Attributes
    ----------
    image1, image2 : ndarray
        The images as they are, of one shape.
    mask : bool ndarray
        Where they are compared, before pixels that are not finite are left out.
    covered : bool ndarray or None
        Where both images have pixels; None for everywhere.
    span : Span
        What intensities are measured against.
    masked : bool
        Whether not all pixels are compared.
    """

    image1: AnyArray
    image2: AnyArray
    mask: BoolArray
    covered: BoolArray | None
    span: Span
    masked: bool

    @cached_property
    def values1(self) -> FloatArray:
        """Image 1 in double precision."""
        return self.image1.astype(np.float64)

    @cached_property
    def values2(self) -> FloatArray:
        """Image 2 in double precision."""
        return self.image2.astype(np.float64)

    @cached_property
    def known(self) -> BoolArray:
        """Where both images have pixels that are finite."""
        finite = np.isfinite(self.values1) & np.isfinite(self.values2)
        return finite if self.covered is None else finite & self.covered

    @cached_property
    def inside(self) -> BoolArray:
        """The pixels that are compared."""
        return self.mask & self.known

    @cached_property
    def pixels1(self) -> FloatArray:
        """The compared pixels of image 1."""
        return self.values1[self.inside]

    @cached_property
    def pixels2(self) -> FloatArray:
        """The compared pixels of image 2."""
        return self.values2[self.inside]

    def difference(self) -> FloatArray:
        """Return image 1 less image 2, NaN where they are not compared."""
        out = np.full(self.values1.shape, np.nan)
        np.subtract(self.values1, self.values2, out=out, where=self.inside)
        return out

    @property
    def dropped(self) -> int:
        """Pixels inside the mask that are not finite."""
        there = self.mask if self.covered is None else self.mask & self.covered
        return int(np.count_nonzero(there) - self.pixels1.size)


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
    channel = as_channel(image)
    if channel.n_frames > 1:
        msg = (
            f"{name} has {channel.n_frames} time points; "
            "covoxel.compare_channels takes series, this function one frame"
        )
        raise ValueError(msg)
    if 0 in channel.spatial_shape:
        msg = f"{name} has shape {channel.spatial_shape}; it must hold a pixel at least"
        raise ValueError(msg)
    axes, spacing = channel.spatial_axes, channel.spacing
    return Channel(channel.read(), axes, spacing, name=channel.name)


def mask_of(mask: Any, shape: tuple[int, ...]) -> BoolArray:
    """Return a mask of a frame's shape; without one, all of it."""
    inside = as_region(mask, None, shape).inside(shape)
    return np.ones(shape, np.bool_) if inside is None else inside
