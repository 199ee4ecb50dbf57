"""Both channels of an association inside one mask, checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray
from covoxel.correlation.frames import Frame, Standardised, paired_frames
from covoxel.correlation.overlaps import MaskedBatch
from covoxel.image.channel import as_channel

#: Images of more voxels are computed in single precision.
_SINGLE = 1 << 22
#: Fewest pixels that a mask must hold.
_FEWEST = 64


@dataclass(frozen=True, slots=True, eq=False)
class MaskedChannels:
    """Both channels inside one mask, cut to its bounding box."""

    #: Values of mean 0 and variance 1 inside the mask, and 0 outside, made as they are read.
    sides: tuple[MaskedBatch, MaskedBatch]
    #: Pixel size along each axis, in `unit`; a stack of one plane has lost its axis z.
    step: tuple[float, ...]
    #: ``"µm"`` or ``"px"``.
    unit: str
    #: Mean and standard deviation of the channels.
    mean: tuple[float, float]
    scale: tuple[float, float]
    #: First pixel of the box, and the shape of the images given.
    corner: tuple[int, ...]
    whole: tuple[int, ...]
    #: Why nothing can be measured; empty otherwise.
    reason: str

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the bounding box."""
        return self.sides[0].shape

    @property
    def ndim(self) -> int:
        """Axes of the images given."""
        return len(self.whole)

    @property
    def mask(self) -> BoolArray | None:
        """The mask, None where it is all of the box."""
        return self.sides[0].mask

    @property
    def pixels(self) -> int:
        """Pixels inside the mask."""
        return math.prod(self.shape) if self.mask is None else int(np.count_nonzero(self.mask))

    @property
    def extent(self) -> float:
        """Longer side of the field in the plane, in `unit`."""
        return float(np.multiply(self.shape, self.step)[-2:].max())

    def placed(self, values: AnyArray) -> AnyArray:
        """Return values in the box as an image of the shape given, 0 elsewhere."""
        out = np.zeros(self.whole, values.dtype)
        sizes = (1,) * (self.ndim - values.ndim) + values.shape
        box = zip(self.corner, sizes, strict=True)
        out[tuple(slice(start, start + n) for start, n in box)] = values.reshape(sizes)
        return out


def association_inputs(
    image1: Any, image2: Any, mask: Any, spacing: Sequence[float] | None
) -> MaskedChannels:
    """Return both channels inside one mask; a pixel that is not finite in either is left out.

    Raises
    ------
    ValueError
        If grids differ, the mask is empty or does not fit, or the images are lines.
    """
    frame1, frame2, channel = paired_frames(image1, image2, mask, spacing=spacing)
    if frame1.mask is not frame2.mask or frame1.corner != frame2.corner:
        both = _whole(frame1) & _whole(frame2)
        first, second = _cleaned(image1, spacing), _cleaned(image2, spacing)
        frame1, frame2, channel = paired_frames(first, second, both, spacing=spacing)
    ndim = frame1.values.ndim
    if ndim == 1:
        msg = f"image1 has shape {frame1.shape}; a plane or a stack is needed"
        raise ValueError(msg)
    dtype = np.dtype(np.float32 if frame1.values.size > _SINGLE else np.float64)
    step, shape, corner = channel.spacing or (1.0,) * ndim, frame1.shape, frame1.corner
    if ndim == 3 and frame1.values.shape[0] == 1:
        frame1, frame2, step = _plane(frame1), _plane(frame2), step[1:]
    first, second = (Standardised(frame, dtype) for frame in (frame1, frame2))
    sides = MaskedBatch(first, frame1.mask), MaskedBatch(second, frame1.mask)
    reason = ""
    if frame1.pixels < _FEWEST or min(sides[0].shape[-2:]) < 5:
        reason = f"the mask holds {frame1.pixels} pixels, too few to compare displacements"
    for number, frame in enumerate((frame1, frame2), start=1):
        reason = reason or f"channel {number} is constant" * (frame.scale == 0)
    return MaskedChannels(
        sides,
        tuple(step),
        "px" if channel.spacing is None else "µm",
        (frame1.mean, frame2.mean),
        (frame1.scale, frame2.scale),
        corner,
        shape,
        reason,
    )


def _whole(frame: Frame) -> BoolArray:
    """Return a frame's mask in the whole image."""
    out = np.zeros(frame.shape, np.bool_)
    out[frame.box] = True if frame.mask is None else frame.mask
    return out


def _cleaned(image: Any, spacing: Sequence[float] | None) -> Any:
    """Return one frame with 0 in place of pixels that are not finite."""
    channel = as_channel(image, spacing=spacing)
    values: AnyArray = channel.read()
    return replace(
        channel, data=np.where(np.isfinite(values), values, 0), axes=channel.spatial_axes
    )


def _plane(frame: Frame) -> Frame:
    """Return a stack of one plane as the plane."""
    mask = None if frame.mask is None else frame.mask[0]
    return replace(
        frame, values=frame.values[0], mask=mask, corner=frame.corner[1:], shape=frame.shape[1:]
    )
