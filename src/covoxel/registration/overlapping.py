"""Two frames cut to where they overlap at a displacement of whole pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.correlation.frames import Frame
from covoxel.correlation.overlaps import Lags, Transform
from covoxel.correlation.peak import REACH

#: Fewest pixels of overlap along an axis.
_FEWEST = 5
#: Width of the edges that count less, in pixels.
_FADE = 1.5
#: Smallest blocks whose agreement is tested, in pixels, and their number along an axis of images
#: with 1, 2 or 3.
_SMALLEST, _MOST = 6, (64, 8, 4)
#: Width of the smoothing before gradients, in pixels.
_GRADIENT = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Overlapping:
    """Both channels with mean 0 and variance 1, in float32, at one displacement.

    ``both`` is the intersection of the masks, None for everywhere; ``weight`` fades towards its
    edges and those of the images, where channel 2 cannot be interpolated. ``spectrum2`` and
    ``within2`` are transforms of channel 2 inside its own mask, and of that mask if it has gaps.
    """

    a: AnyArray
    b: AnyArray
    both: BoolArray | None
    weight: AnyArray
    spectrum2: AnyArray
    within2: AnyArray | None
    transform: Transform

    @classmethod
    def of(
        cls, frame1: Frame, frame2: Frame, offset: Sequence[int], workers: int | None
    ) -> Overlapping | None:
        """Cut two frames; None where too little overlaps."""
        cut = _cut(frame1, frame2, offset, _FEWEST)
        if cut is None:
            return None
        a, b, mask1, mask2 = cut
        both = _intersection(mask1, mask2)
        if both is not None and not both.any():
            return None
        a, b = standardised(a, both), standardised(b, both)
        reach = tuple(min(REACH, (n - 1) // 2) for n in a.shape)
        lags = Lags.around((0,) * a.ndim, reach)
        transform = Transform(lags, lags.padded(a.shape, a.shape), a.dtype, workers)
        spectrum2 = transform.forward(only(b, mask2))
        within2 = None if mask2 is None else transform.forward(mask2.astype(a.dtype))
        return cls(a, b, both, _fading(a.shape, both), spectrum2, within2, transform)

    @property
    def reach(self) -> tuple[int, ...]:
        """How far displacements go along each axis."""
        return self.transform.lags.high

    def displaced(self, place: FloatArray) -> tuple[AnyArray, AnyArray]:
        """Return channel 1 where channel 2 is inside its mask, and channel 2, at `place`."""
        step, shape = place.tolist(), self.a.shape
        b = self.transform.displaced(self.spectrum2, step, shape)
        if self.within2 is None:
            return self.a, b
        return self.a * self.transform.displaced(self.within2, step, shape), b


def correlation_at(frame1: Frame, frame2: Frame, offset: Sequence[int]) -> tuple[float, float]:
    """Return Pearson's r at a displacement of whole pixels, and the share of frame 1 it is from."""
    cut = _cut(frame1, frame2, offset, 1)
    if cut is None:
        return np.nan, 0.0
    a, b, mask1, mask2 = cut
    both = _intersection(mask1, mask2)
    pixels = a.size if both is None else int(both.sum())
    return correlation(a, b, both), pixels / frame1.pixels


def interpolated_correlation(
    frame1: Frame, frame2: Frame, offset: FloatArray, workers: int | None
) -> float:
    """Return Pearson's r at a displacement, channel 2 interpolated between its pixels."""
    whole = np.rint(offset).astype(np.int64)
    cut = _cut(frame1, frame2, whole.tolist(), 1)
    if cut is None:
        return np.nan
    a, b, mask1, mask2 = cut
    both = _intersection(mask1, mask2)
    b = standardised(b, both)
    reach = tuple(min(REACH, (n - 1) // 2) for n in b.shape)
    lags = Lags.around((0,) * b.ndim, reach)
    transform = Transform(lags, lags.padded(b.shape, b.shape), b.dtype, workers)
    spectrum = transform.forward(only(b, mask2))
    moved = transform.displaced(spectrum, (offset - whole).tolist(), b.shape)
    return correlation(a, moved, both)


def agreement(frame1: Frame, frame2: Frame, offset: Sequence[int]) -> float:
    """Return how well blocks of the image agree that the channels correlate at a displacement.

    The mean product of the standardised channels over its standard error among blocks: large if
    all of the image correlates, not if a few bright spots meet.
    """
    cut = _cut(frame1, frame2, offset, 1)
    if cut is None:
        return 0.0
    a, b, mask1, mask2 = cut
    both = _intersection(mask1, mask2)
    products = only(standardised(a, both) * standardised(b, both), both)
    weights = np.ones_like(products) if both is None else both.astype(np.float32)
    sums, sizes = (
        block_sums(values, _SMALLEST, _MOST[a.ndim - 1]) for values in (products, weights)
    )
    some = sizes > sizes.max(initial=0) / 4
    means = sums[some] / sizes[some]
    spread = means.std(ddof=1) if means.size > _FEWEST else 0.0
    return float(means.mean() / spread * means.size**0.5) if spread > 0 else 0.0


def gradient_tensor(frame1: Frame, frame2: Frame, offset: Sequence[int]) -> FloatArray | None:
    """Return mean products of the gradients of both channels, (D, D); None without an overlap.

    The contribution of noise is isotropic.
    """
    cut = _cut(frame1, frame2, offset, _FEWEST)
    if cut is None:
        return None
    a, b, mask1, mask2 = cut
    both = _intersection(mask1, mask2)
    weight = _fading(a.shape, both)
    slopes = []
    for values in (a, b):
        smooth = smoothed(standardised(values, both), both, _GRADIENT)
        along = enumerate(a.shape)
        slopes.append([np.gradient(smooth, axis=i) if n > 1 else 0 * smooth for i, n in along])
    tensor = np.array([[summed(weight * x * y, both) for y in slopes[1]] for x in slopes[0]])
    return np.asarray((tensor + tensor.T) / (2 * summed(weight, both)))


def block_sums(values: AnyArray, least: int, most: int) -> FloatArray:
    """Return sums over at most so many blocks along each axis, of `least` pixels or more."""
    for axis, n in enumerate(values.shape):
        count = max(1, min(most, n // least))
        starts = np.arange(count) * n // count
        values = np.add.reduceat(values, starts, axis=axis, dtype=np.float64)
    return np.asarray(values.ravel(), np.float64)


def correlation(a: AnyArray, b: AnyArray, mask: BoolArray | None) -> float:
    """Return Pearson's r inside the mask; NaN where a channel is constant."""
    a, b = standardised(a, mask), standardised(b, mask)
    squares = summed(a * a, mask) * summed(b * b, mask)
    return min(1.0, max(-1.0, summed(a * b, mask) / squares**0.5)) if squares else np.nan


def _cut(
    frame1: Frame, frame2: Frame, offset: Sequence[int], least: int
) -> tuple[AnyArray, AnyArray, BoolArray | None, BoolArray | None] | None:
    """Return values and masks where both frames overlap; None where that is too little."""
    lag = np.asarray(offset) + frame1.corner - frame2.corner
    cut1, cut2 = [], []
    for n1, n2, step in zip(frame1.values.shape, frame2.values.shape, lag.tolist(), strict=True):
        low, high = max(0, -step), min(n1, n2 - step)
        if high - low < min(least, n1):
            return None
        cut1.append(slice(low, high))
        cut2.append(slice(low + step, high + step))
    parts = []
    for frame, cut in ((frame1, tuple(cut1)), (frame2, tuple(cut2))):
        mask = None if frame.mask is None else frame.mask[cut]
        parts.append((frame.values[cut], None if mask is None or mask.all() else mask))
    (a, mask1), (b, mask2) = parts
    return a, b, mask1, mask2


def _intersection(mask1: BoolArray | None, mask2: BoolArray | None) -> BoolArray | None:
    if mask1 is None or mask2 is None:
        return mask1 if mask2 is None else mask2
    return mask1 & mask2


def _fading(shape: tuple[int, ...], mask: BoolArray | None) -> AnyArray:
    """Return weights that are 1 inside, 0 outside the mask, and small at its edges."""
    widths = [min(_FADE, n / 8) for n in shape]
    if mask is not None:
        weight = ndimage.gaussian_filter(mask.astype(np.float32), widths, mode="constant")
        return only(weight**4, mask)
    lines = [
        ndimage.gaussian_filter1d(np.ones(n, np.float32), width, mode="constant") ** 4
        for n, width in zip(shape, widths, strict=True)
    ]
    return np.asarray(math.prod(np.ix_(*lines)), np.float32)


def only(values: AnyArray, mask: BoolArray | None) -> AnyArray:
    """Return values, 0 outside the mask."""
    return values if mask is None else np.where(mask, values, values.dtype.type(0))


def summed(values: AnyArray, mask: BoolArray | None) -> float:
    """Return the sum inside the mask."""
    return float(np.sum(values, dtype=np.float64, where=np.True_ if mask is None else mask))


def standardised(values: AnyArray, mask: BoolArray | None) -> AnyArray:
    """Return values of mean 0 and variance 1 inside the mask; 0 where they are not finite."""
    out: AnyArray = values.astype(np.float32)
    if values.dtype.kind == "f":
        out[~np.isfinite(values)] = 0
    pixels = out.size if mask is None else max(1, int(mask.sum()))
    out -= np.float32(summed(out, mask) / pixels)
    return out / np.float32(np.sqrt(summed(out * out, mask) / pixels) or 1)


def smoothed(values: AnyArray, mask: BoolArray | None, width: float) -> AnyArray:
    """Smooth inside the mask, with nothing from outside."""
    widths = [min(width, n / 8) for n in values.shape]
    if mask is None:
        return np.asarray(ndimage.gaussian_filter(values, widths, mode="nearest", truncate=3))
    total = ndimage.gaussian_filter(only(values, mask), widths, mode="constant", truncate=3)
    weight = ndimage.gaussian_filter(mask.astype(np.float32), widths, mode="constant", truncate=3)
    return np.asarray(total / np.maximum(weight, np.float32(1e-3)))
