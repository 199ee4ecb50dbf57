"""Moving an image between pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray

#: Degree of an interpolating spline; 0 takes the nearest pixel.
SplineOrder = Literal[0, 1, 2, 3, 4, 5]
#: A position that is outside by rounding alone counts as inside.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """A pixel x of the result is looked up at ``matrix @ x + offset`` of the image."""

    matrix: FloatArray
    offset: FloatArray

    def whole(self) -> bool:
        """Whether pixels fall on pixels."""
        steps = self.offset - np.rint(self.offset)
        straight = np.abs(self.matrix - np.eye(len(self.offset))).max() < _ROUNDING
        return bool(straight and np.abs(steps).max() < _ROUNDING)


def moved(
    image: AnyArray,
    mapping: Mapping,
    *,
    order: SplineOrder = 3,
    shape: tuple[int, ...] | None = None,
) -> AnyArray:
    """Resample an image with a spline of degree `order`; its data type stays, and its shape too.

    `shape` is another shape of the result. What lies outside the image, or beside a pixel that is
    not finite, is NaN, and 0 in integers.
    """
    if mapping.whole() or image.dtype == np.bool_:
        order = 0
    floating = image.dtype.kind == "f"
    lost = ~np.isfinite(image) if floating else None
    shape = shape or image.shape
    known: BoolArray = inside(image.shape, mapping, shape)
    if lost is not None and lost.any():
        image = np.where(lost, image.dtype.type(0), image)
        near: SplineOrder = 0 if order == 0 else 1
        known &= _resampled(lost.astype(np.float32), mapping, near, shape) < _ROUNDING
    source = image if order == 0 else image.astype(np.float64, copy=False)
    out = _resampled(source, mapping, order, shape)
    if not floating and order:
        limits = np.iinfo(image.dtype)
        out = np.clip(np.rint(out), limits.min, limits.max)
    out = out.astype(image.dtype, copy=False)
    out[~known] = np.nan if floating else 0
    return out


def inside(
    shape: tuple[int, ...], mapping: Mapping, result: tuple[int, ...] | None = None
) -> BoolArray:
    """Return which pixels of the result, of the image's shape if not of another, lie within it."""
    grids = [np.arange(n) for n in result or shape]
    room: BoolArray = np.ones([grid.size for grid in grids], np.bool_)
    for row, offset, n in zip(mapping.matrix, mapping.offset, shape, strict=True):
        position = offset + sum(
            np.ix_(*(step * grid for step, grid in zip(row, grids, strict=True)))
        )
        room &= (position > -_ROUNDING) & (position < n - 1 + _ROUNDING)
    return room


def _resampled(
    image: AnyArray, mapping: Mapping, order: SplineOrder, shape: tuple[int, ...]
) -> AnyArray:
    from scipy import ndimage  # takes a while to load

    straight = np.count_nonzero(mapping.matrix - np.eye(image.ndim)) == 0
    if straight and shape == image.shape:
        return np.asarray(ndimage.shift(image, -mapping.offset, order=order, mode="nearest"))
    matrix = np.ones(image.ndim) if straight else mapping.matrix
    return np.asarray(
        ndimage.affine_transform(image, matrix, mapping.offset, shape, order=order, mode="nearest")
    )
