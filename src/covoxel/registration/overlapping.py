"""Two frames cut to where they overlap at a displacement of whole pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product, starmap

import numpy as np
from scipy import ndimage

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.correlation.blocks import halo_blocks, within
from covoxel.correlation.frames import Frame
from covoxel.correlation.overlaps import Lags, Overlaps, Transform
from covoxel.correlation.peak import REACH
from covoxel.image.channel import NEAR_VOXELS, Slices, block_slices

#: Fewest pixels of overlap along an axis.
_FEWEST = 5
#: Width of the edges that count less, in pixels.
_FADE = 1.5
#: Smallest blocks whose agreement is tested, in pixels, and their number along an axis of images
#: with 1, 2 or 3.
_SMALLEST, _MOST = 6, (64, 8, 4)
#: Width of the smoothing before gradients, and how far that and fading edges reach, in pixels.
_GRADIENT, _BESIDE = 1.5, 7
#: Where smoothing ends, in its widths.
CUT = 3
#: Fewest pixels, largest and smallest number, of the blocks along an axis that errors are from.
_ERROR_BLOCK, _ERROR_BLOCKS, _FEWEST_BLOCKS = 16, 5, 8
#: Pixels around a block in which an interpolation meets its edge.
_HALO = 24
_SINGLE = np.dtype(np.float32)
#: Standard deviations, and means in standard deviations, of values that single precision holds.
_SMALL, _FAR = 1e-15, 100.0


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
        cut = overlapping_parts(frame1, frame2, offset, _FEWEST)
        if cut is None:
            return None
        mask2, both = cut[1].mask, _both(*cut)
        if both is not None and not both.any():
            return None
        a, b = (standardised(_in_single(frame), both) for frame in cut)
        reach = tuple(min(REACH, (n - 1) // 2) for n in a.shape)
        lags = Lags.around((0,) * a.ndim, reach)
        transform = Transform(lags, lags.padded(a.shape, a.shape), a.dtype, workers)
        spectrum2 = transform.forward(only(b, mask2))
        within2 = None if mask2 is None else transform.forward(mask2.astype(a.dtype))
        everywhere = tuple(slice(0, n) for n in a.shape)
        return cls(a, b, both, _fading(a.shape, everywhere, both), spectrum2, within2, transform)

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


def correlation_at(frame1: Frame, frame2: Frame, offset: Sequence[int]) -> float:
    """Return Pearson's r at a displacement of whole pixels."""
    cut = overlapping_parts(frame1, frame2, offset, 1)
    if cut is None:
        return np.nan
    blocks = block_slices(cut[0].values.shape, NEAR_VOXELS)
    return pearson_of_blocks(sides(*cut, block) for block in blocks)


def overlap_at(frame1: Frame, frame2: Frame, offset: Sequence[int]) -> float:
    """Return the share of frame 1 that is compared at a displacement of whole pixels."""
    cut = overlapping_parts(frame1, frame2, offset, 1)
    if cut is None:
        return 0.0
    both = _both(*cut)
    pixels = cut[0].values.size if both is None else int(np.count_nonzero(both))
    return pixels / frame1.pixels


def interpolated_correlation(
    frame1: Frame, frame2: Frame, offset: FloatArray, workers: int | None
) -> float:
    """Return Pearson's r at a displacement, channel 2 interpolated between its pixels."""
    whole = np.rint(offset).astype(np.int64)
    cut = overlapping_parts(frame1, frame2, whole.tolist(), 1)
    if cut is None:
        return np.nan
    step, shape = (offset - whole).tolist(), cut[0].values.shape

    def moved(block: Slices, near: Slices) -> Sides:
        a, _, both = sides(*cut, block)
        b = cut[1].part(near).side(_SINGLE).values
        reach = tuple(min(REACH, (n - 1) // 2) for n in b.shape)
        lags = Lags.around((0,) * b.ndim, reach)
        transform = Transform(lags, lags.padded(b.shape, b.shape), b.dtype, workers)
        b = transform.displaced(transform.forward(b), step, b.shape)
        return a, only(b[within(block, near)], both), both

    return pearson_of_blocks(starmap(moved, halo_blocks(shape, _HALO)))


def agreement(frame1: Frame, frame2: Frame, offset: Sequence[int]) -> float:
    """Return how well blocks of the image agree that the channels correlate at a displacement.

    The mean product of the standardised channels over its standard error among blocks: large if
    all of the image correlates, not if a few bright spots meet.
    """
    cut = overlapping_parts(frame1, frame2, offset, 1)
    if cut is None:
        return 0.0
    shape = cut[0].values.shape
    edges = [[*_starts(n, _SMALLEST, _MOST[len(shape) - 1]), n] for n in shape]
    blocks = product(*([slice(a, b) for a, b in pairwise(each)] for each in edges))
    sums = _sums(sides(*cut, block) for block in blocks)
    total = max(1, sums.n.sum())
    mean1, mean2 = sums.s1.sum() / total, sums.s2.sum() / total
    products = sums.s12 - mean1 * sums.s2 - mean2 * sums.s1 + mean1 * mean2 * sums.n
    some = sums.n > sums.n.max(initial=0) / 4
    means = products[some] / sums.n[some]
    if means.size <= _FEWEST:
        return 0.0
    mean, error = float(means.mean()), float(means.std(ddof=1) / means.size**0.5)
    if error == 0:  # blocks of a period each, without noise
        return math.inf if mean > 0 else 0.0
    return mean / error


def gradient_tensor(frame1: Frame, frame2: Frame, offset: Sequence[int]) -> FloatArray | None:
    """Return mean products of the gradients of both channels, (D, D); None without an overlap.

    The contribution of noise is isotropic.
    """
    cut = overlapping_parts(frame1, frame2, offset, _FEWEST)
    if cut is None:
        return None
    shape = cut[0].values.shape
    tensor, total = np.zeros((len(shape), len(shape))), 0.0
    for block, near in halo_blocks(shape, _BESIDE):
        inner = within(block, near)
        *images, both = sides(*cut, near)
        weight = _fading(shape, near, both)[inner]
        slopes = []
        for values in images:
            smooth = smoothed(values, both, _GRADIENT, shape)
            along = enumerate(shape)
            slopes.append(
                [np.gradient(smooth, axis=i)[inner] if n > 1 else 0 * weight for i, n in along]
            )
        tensor += [[summed(weight * x * y, None) for y in slopes[1]] for x in slopes[0]]
        total += summed(weight, None)
    return np.asarray((tensor + tensor.T) / (2 * total))


#: Both channels, 0 outside the mask of either, and where both are known (None: everywhere).
Sides = tuple[AnyArray, AnyArray, BoolArray | None]


def sides(frame1: Frame, frame2: Frame, block: Slices) -> Sides:
    """Return a block of two frames cut to their overlap, in float32."""
    parts = frame1.part(block), frame2.part(block)
    both = _both(*parts)
    a, b = (only(part.side(_SINGLE).values, both) for part in parts)
    return a, b, both


def _sums(blocks: Iterable[Sides]) -> Overlaps:
    """Return the sums over each block."""
    counts, sums = [], []
    for a, b, both in blocks:
        counts.append(a.size if both is None else np.count_nonzero(both))
        sums.append([each.sum(dtype=np.float64) for each in (a, b, a * a, b * b, a * b)])
    return Overlaps(np.array(counts, np.int64), *np.transpose(sums))


def pearson_of_blocks(blocks: Iterable[Sides]) -> float:
    """Return Pearson's r over all blocks; NaN where a channel is constant."""
    sums = _sums(blocks)
    each = (sums.n, sums.s1, sums.s2, sums.s11, sums.s22, sums.s12)
    n, s1, s2, s11, s22, s12 = (float(one.sum()) for one in each)
    if n == 0 or min(var1 := s11 - s1 * s1 / n, var2 := s22 - s2 * s2 / n) <= 0:
        return np.nan
    return min(1.0, max(-1.0, (s12 - s1 * s2 / n) / math.sqrt(var1 * var2)))


def sums_covariance(images: Iterable[AnyArray]) -> FloatArray | None:
    """Return the covariance, (k, k), of the sums over k images, as blocks of them disagree.

    None where there are too few blocks.
    """
    parts = np.array([_block_sums(each) for each in images])
    count = parts.shape[1]
    if count < _FEWEST_BLOCKS:
        return None
    return np.asarray(np.cov(parts, ddof=1).reshape(len(parts), -1) * count)


def _block_sums(values: AnyArray) -> FloatArray:
    for axis, n in enumerate(values.shape):
        starts = _starts(n, _ERROR_BLOCK, _ERROR_BLOCKS)
        values = np.add.reduceat(values, starts, axis=axis, dtype=np.float64)
    return np.asarray(values.ravel(), np.float64)


def _starts(n: int, least: int, most: int) -> IntArray:
    count = max(1, min(most, n // least))
    return np.arange(count) * n // count


def correlation(a: AnyArray, b: AnyArray, mask: BoolArray | None) -> float:
    """Return Pearson's r inside the mask; NaN where a channel is constant."""
    a, b = standardised(a, mask), standardised(b, mask)
    squares = summed(a * a, mask) * summed(b * b, mask)
    return min(1.0, max(-1.0, summed(a * b, mask) / squares**0.5)) if squares else np.nan


def overlapping_parts(
    frame1: Frame, frame2: Frame, offset: Sequence[int], least: int
) -> tuple[Frame, Frame] | None:
    """Return the parts of both frames that overlap; None where that is too little."""
    lag = np.asarray(offset) + frame1.corner - frame2.corner
    cut1, cut2 = [], []
    for n1, n2, step in zip(frame1.values.shape, frame2.values.shape, lag.tolist(), strict=True):
        low, high = max(0, -step), min(n1, n2 - step)
        if high - low < min(least, n1):
            return None
        cut1.append(slice(low, high))
        cut2.append(slice(low + step, high + step))
    parts = frame1.part(tuple(cut1)), frame2.part(tuple(cut2))
    first, second = (
        part if part.mask is None or not part.mask.all() else replace(part, mask=None)
        for part in parts
    )
    return first, second


def _both(frame1: Frame, frame2: Frame) -> BoolArray | None:
    """Return the intersection of the masks."""
    mask1, mask2 = frame1.mask, frame2.mask
    if mask1 is None or mask2 is None:
        return mask1 if mask2 is None else mask2
    return mask1 & mask2


def _fading(shape: tuple[int, ...], block: Slices, mask: BoolArray | None) -> AnyArray:
    """Return weights that are 1 inside, 0 outside the mask, and small at its edges.

    They are those of a block of an image of `shape`, and `mask` is the mask there.
    """
    widths = [min(_FADE, n / 8) for n in shape]
    if mask is not None:
        weight = ndimage.gaussian_filter(mask.astype(np.float32), widths, mode="constant")
        return only(weight**4, mask)
    lines = [
        ndimage.gaussian_filter1d(np.ones(n, np.float32), width, mode="constant")[part] ** 4
        for n, width, part in zip(shape, widths, block, strict=True)
    ]
    return np.asarray(math.prod(np.ix_(*lines)), np.float32)


def only(values: AnyArray, mask: BoolArray | None) -> AnyArray:
    """Return values, 0 outside the mask."""
    return values if mask is None else np.where(mask, values, values.dtype.type(0))


def summed(values: AnyArray, mask: BoolArray | None) -> float:
    """Return the sum inside the mask."""
    return float(np.sum(values, dtype=np.float64, where=np.True_ if mask is None else mask))


def _in_single(frame: Frame) -> AnyArray:
    """Return values whose contrast single precision holds: as they are, or standardised."""
    held = _SMALL < frame.scale < 1 / _SMALL and abs(frame.mean) < _FAR * frame.scale
    return frame.values if held else frame.side(_SINGLE).values


def standardised(values: AnyArray, mask: BoolArray | None) -> AnyArray:
    """Return values of mean 0 and variance 1 inside the mask; 0 where they are not finite."""
    out: AnyArray = values.astype(np.float32)
    if values.dtype.kind == "f":
        out[~np.isfinite(values)] = 0
    pixels = out.size if mask is None else max(1, int(mask.sum()))
    out -= np.float32(summed(out, mask) / pixels)
    return out / np.float32(np.sqrt(summed(out * out, mask) / pixels) or 1)


def smoothed(
    values: AnyArray, mask: BoolArray | None, width: float, shape: tuple[int, ...] | None = None
) -> AnyArray:
    """Smooth inside the mask, with nothing from outside; `shape` is that of the whole image."""
    widths = [min(width, n / 8) for n in shape or values.shape]
    if mask is None:
        return np.asarray(ndimage.gaussian_filter(values, widths, mode="nearest", truncate=CUT))
    total = ndimage.gaussian_filter(only(values, mask), widths, mode="constant", truncate=CUT)
    weight = ndimage.gaussian_filter(mask.astype(np.float32), widths, mode="constant", truncate=CUT)
    return np.asarray(total / np.maximum(weight, np.float32(1e-3)))
