"""Sums of any numbers in a window around each pixel, one axis after the other.

Nothing is ever taken off a sum: what has left the window leaves no rounding behind, and the sums
depend on nothing outside of it, so that parts of an image give the digits of the whole.
"""

from __future__ import annotations

import math

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.image.channel import Slices
from covoxel.local.pair import Pixels
from covoxel.local.window import Window


def window_sums(
    pixels: Pixels, part: Slices, window: Window, centres: tuple[float, float]
) -> FloatArray:
    """Return n, Σa, Σb, Σa², Σb², Σab of the window around each pixel of a part of a block.

    Parameters
    ----------
    pixels : Pixels
        The block; what lies beyond it does not count.
    part : tuple of slice
        Where sums are wanted, in the block.
    window : Window
        Along Z, Y and X.
    centres : tuple of float
        What is taken off the intensities.

    Returns
    -------
    (6, Z, Y, X) ndarray of float
        Weighted sums; of equal weights where the window is a box.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # sums beyond float64 are read as NaN
        sums = _products(pixels, part, window.halo, centres)
        for axis, weights in enumerate(window.weights(), start=1):
            if weights.size == 1:
                continue
            along = _boxed if window.kind == "box" else _weighted
            sums = along(sums, weights, axis)
    return np.ascontiguousarray(sums)


def _products(
    pixels: Pixels, part: Slices, halo: tuple[int, ...], centres: tuple[float, float]
) -> FloatArray:
    """Return 1, a, b, a², b², ab of a part and its halo; 0 where pixels do not count."""
    near, place = [], []
    for cut, reach, size in zip(part, halo, pixels.inside.shape, strict=True):
        start, stop = max(0, cut.start - reach), min(size, cut.stop + reach)
        near.append(slice(start, stop))
        place.append(slice(start - cut.start + reach, stop - cut.start + reach))
    shape = [cut.stop - cut.start + 2 * reach for cut, reach in zip(part, halo, strict=True)]
    out = np.zeros((6, *shape))
    counted = pixels.inside[tuple(near)]
    a, b = (
        np.where(counted, np.subtract(image[tuple(near)], centre, dtype=np.float64), 0.0)
        for image, centre in zip((pixels.image1, pixels.image2), centres, strict=True)
    )
    for own, values in zip(out, (counted, a, b, a * a, b * b, a * b), strict=True):
        own[tuple(place)] = values
    return out


def _weighted(values: FloatArray, weights: FloatArray, axis: int) -> FloatArray:
    """Return the weighted sums of values from each one on, along an axis."""
    from covoxel.local.kernels import weigh

    shape = list(values.shape)
    outer, step = math.prod(shape[:axis]), math.prod(shape[axis + 1 :])
    shape[axis] -= weights.size - 1
    out = np.empty((outer, shape[axis] * step))
    weigh(np.ascontiguousarray(values).reshape(outer, -1), weights, step, out)
    return out.reshape(shape)


def _boxed(values: FloatArray, weights: FloatArray, axis: int) -> FloatArray:
    """Return the sums of as many values as there are weights, by sums of 1, 2, 4, 8, … of them."""
    width = weights.size
    values = np.moveaxis(values, axis, 0)
    count = len(values) - width + 1
    total: FloatArray | None = None
    power, size, start = values, 1, 0
    while True:
        if width & size:
            more = power[start : start + count]
            total = more if total is None else total + more
            start += size
        if 2 * size > width:
            break
        power = power[:-size] + power[size:]
        size *= 2
    return np.moveaxis(np.asarray(total), 0, axis)
