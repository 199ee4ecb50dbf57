"""Frame: one image inside its mask, cut to the mask's bounding box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import ndimage

from covoxel.core.types import AnyArray, BoolArray
from covoxel.correlation.blocks import SidePair
from covoxel.correlation.overlaps import MaskedBatch
from covoxel.image.channel import NEAR_VOXELS, Channel, Slices, as_channel, block_slices
from covoxel.image.regions import as_region, finite_inside
from covoxel.intensity.blocks import checked_pair
from covoxel.intensity.moments import unit_of


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """An image cut to the bounding box of the finite pixels inside its mask.

    ``corner`` is the first pixel of the box in the image of ``shape``; ``mask`` is None where the
    box is full. ``mean`` and ``scale`` are the mean and standard deviation inside the mask.
    """

    values: AnyArray
    mask: BoolArray | None
    corner: tuple[int, ...]
    shape: tuple[int, ...]
    pixels: int
    mean: float
    scale: float
    name: str

    @property
    def box(self) -> Slices:
        """Where the values lie in the image."""
        ends = zip(self.corner, self.values.shape, strict=True)
        return tuple(slice(start, start + length) for start, length in ends)

    def side(self, dtype: np.dtype[Any]) -> MaskedBatch:
        """Return standardised values, 0 outside the mask."""
        out = np.empty(self.values.shape, dtype)
        for block in block_slices(self.values.shape, NEAR_VOXELS):
            centred = np.subtract(self.values[block], self.mean, dtype=np.float64)
            centred /= self.scale or 1.0
            if self.mask is not None:
                np.copyto(centred, 0, where=~self.mask[block])
            out[block] = centred
        return MaskedBatch(out, self.mask)

    def part(self, where: Slices) -> Frame:
        """Return a part of the frame, whose pixels are standardised alike."""
        return replace(
            self,
            values=self.values[where],
            mask=None if self.mask is None else self.mask[where],
            corner=tuple(c + (cut.start or 0) for c, cut in zip(self.corner, where, strict=True)),
        )

    def middle(self, pixels: int) -> Frame:
        """Return the middle of the frame, of about so many pixels."""
        share = min(1.0, (pixels / self.values.size) ** (1 / self.values.ndim))
        lengths = [max(1, round(n * share)) for n in self.values.shape]
        starts = [(n - m) // 2 for n, m in zip(self.values.shape, lengths, strict=True)]
        return self.part(tuple(slice(s, s + m) for s, m in zip(starts, lengths, strict=True)))


class Standardised:
    """The values of `Frame.side`, which are made part by part as they are read."""

    def __init__(self, frame: Frame, dtype: np.dtype[Any]) -> None:
        self._frame, self.dtype, self.shape = frame, dtype, frame.values.shape
        self.ndim = len(self.shape)

    def __getitem__(self, where: Slices) -> AnyArray:
        values: AnyArray = self._frame.part(where).side(self.dtype).values
        return values


def side_pair(frame1: Frame, frame2: Frame, dtype: np.dtype[Any]) -> SidePair:
    """Return two frames standardised, part by part."""

    def parts(cut1: Slices, cut2: Slices) -> tuple[MaskedBatch, MaskedBatch]:
        side1 = frame1.part(cut1).side(dtype)
        if frame2 is frame1 and cut1 == cut2:
            return side1, side1
        side2 = frame2.part(cut2).side(dtype)
        if frame1.mask is frame2.mask and cut1 == cut2:
            side2 = MaskedBatch(side2.values, side1.mask)  # one mask is transformed once
        return side1, side2

    masked = frame1.mask is not None or frame2.mask is not None
    return SidePair(frame1.values.shape, frame2.values.shape, np.dtype(dtype), masked, parts)


def paired_frames(
    image1: Any,
    image2: Any,
    mask: Any = None,
    mask1: Any = None,
    mask2: Any = None,
    spacing: Sequence[float] | None = None,
    *,
    one_size: bool = True,
) -> tuple[Frame, Frame, Channel]:
    """Return both frames and channel 1 with its grid; with `one_size` False sizes may differ.

    Raises
    ------
    ValueError
        If the grids differ, a mask is empty, or `mask` is given beside `mask1` or `mask2`.
    """
    channel1, channel2 = checked_pair(image1, image2, one_size=one_size)
    if spacing is not None:
        channel1 = as_channel(channel1, spacing=spacing)
    else:
        _same_spacing(channel1.spacing, channel2.spacing)
    if mask is not None and (mask1 is not None or mask2 is not None):
        msg = "mask is for both channels; pass it, or mask1 and mask2, not all of them"
        raise ValueError(msg)
    if mask is not None and channel1.shape != channel2.shape:
        msg = (
            f"mask is for both channels, but image1 has shape {channel1.shape} and image2 "
            f"{channel2.shape}; pass mask1 and mask2"
        )
        raise ValueError(msg)
    values1, values2 = channel1.read(), channel2.read()
    inside1 = _inside(
        "mask" if mask is not None else "mask1", mask1 if mask is None else mask, channel1
    )
    inside2 = inside1 if mask is not None else _inside("mask2", mask2, channel2)
    inside1, inside2 = finite_inside(inside1, values1), finite_inside(inside2, values2)
    first = _frame(values1, inside1, "image1", channel1)
    if image2 is image1 and inside2 is inside1:
        return first, first, channel1
    shared = inside2 is inside1 and channel1.shape == channel2.shape
    second = _frame(values2, inside2, "image2", channel2, first if shared else None)
    return first, second, channel1


def _same_spacing(spacing1: tuple[float, ...] | None, spacing2: tuple[float, ...] | None) -> None:
    if spacing1 and spacing2 and not np.allclose(spacing1, spacing2, rtol=1e-3):
        msg = (
            f"image1 has pixels of {spacing1} µm but image2 of {spacing2} µm; resample one of "
            "them, or pass spacing= if both are the same"
        )
        raise ValueError(msg)


def _inside(name: str, mask: Any, channel: Channel) -> BoolArray | None:
    if mask is None:
        return None
    shape = channel.spatial_shape
    inside = as_region(mask, None, shape).inside(shape)
    if inside is not None and not inside.any():
        msg = f"{name} is empty; it must hold at least one pixel"
        raise ValueError(msg)
    return inside


def _frame(
    values: AnyArray,
    inside: BoolArray | None,
    role: str,
    channel: Channel,
    like: Frame | None = None,
) -> Frame:
    """Cut an image to its mask, which is that of the frame `like` where one is given."""
    shape = values.shape
    corner, mask = (0,) * len(shape), None
    if like is not None:
        corner, mask, values = like.corner, like.mask, values[like.box]
    elif inside is not None:
        boxes = ndimage.find_objects(inside.view(np.uint8))
        if not boxes:
            msg = f"{role} has no finite pixel inside its mask"
            raise ValueError(msg)
        box = boxes[0]
        corner, values, inside = tuple(s.start for s in box), values[box], inside[box]
        mask = None if inside.all() else inside
    if values.size == 0:
        msg = f"{role} has no pixels: its shape is {shape}"
        raise ValueError(msg)
    everywhere = np.True_ if mask is None else mask
    pixels = values.size if mask is None else int(mask.sum())
    unit = _unit(values, everywhere)
    scaled = values if unit == 1 else np.asarray(values / unit)
    mean = float(np.mean(scaled, dtype=np.float64, where=everywhere))
    scale = _variance(scaled, mask, mean, pixels) ** 0.5
    return Frame(values, mask, corner, shape, pixels, mean * unit, scale * unit, channel.name)


def _unit(values: AnyArray, inside: BoolArray | np.bool) -> float:
    """Return the power of 2 in which the squares of intensities are finite numbers."""
    if values.dtype.kind != "f":
        return 1.0
    low, high = (float(of(values, where=inside, initial=0)) for of in (np.min, np.max))
    return unit_of(max(-low, high))


def _variance(values: AnyArray, mask: BoolArray | None, mean: float, pixels: int) -> float:
    """Return the variance; 0 where it is no more than the rounding of the mean."""
    total = 0.0
    for block in block_slices(values.shape, NEAR_VOXELS):
        squares = np.square(np.subtract(values[block], mean, dtype=np.float64))
        total += float(np.sum(squares, where=np.True_ if mask is None else mask[block]))
    rounding = np.square(4 * np.finfo(np.float64).eps * mean)
    return 0.0 if total <= pixels * rounding else total / pixels


def per_axis(name: str, given: int | Sequence[int], ndim: int) -> tuple[int, ...]:
    """Return one integer for each axis; `name` is that of the argument.

    Raises
    ------
    ValueError
        If it is neither one integer nor one for each axis.
    """
    numbers = np.atleast_1d(np.asarray(given))
    if numbers.dtype.kind not in "iu" or numbers.ndim > 1 or numbers.size not in (1, ndim):
        msg = (
            f"{name} is {given!r}; one whole number of pixels, or one for each axis ({ndim}), is "
            "needed"
        )
        raise ValueError(msg)
    return tuple(np.broadcast_to(numbers, ndim).tolist())


def shift_bound(max_shift: int | Sequence[int] | None, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the largest displacement along each axis, by default as far as images overlap.

    One number is as far as they overlap along axes that are shorter.

    Raises
    ------
    ValueError
        If it is no integer, or beyond the image.
    """
    most = tuple(n - 1 for n in shape)
    if max_shift is None:
        return most
    bound = per_axis("max_shift", max_shift, len(shape))
    if np.size(max_shift) == 1 and bound[0] <= max(most):
        bound = tuple(min(lag, n) for lag, n in zip(bound, most, strict=True))
    if any(not 0 <= lag <= n for lag, n in zip(bound, most, strict=True)):
        msg = (
            f"max_shift is {max_shift!r}; allowed in an image of shape {shape} are 0 to {most} "
            "pixels"
        )
        raise ValueError(msg)
    return bound
