"""What of channel 1 lies unshifted in channel 2, as bleed-through does, and pulls a shift to 0.

Channel 2 is fitted by channel 1 moved by the displacement d, by 0, and by 2 d. Structure that
differs in shape from channel 1 adds as much at 0 as at 2 d; what is unshifted adds to 0 alone.
Slopes of the moved channel 1 leave the displacement free. What the noise of channel 1 adds to
products with itself is taken off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.correlation.frames import Frame
from covoxel.image.channel import Slices
from covoxel.registration.overlapping import (
    interpolated_correlation,
    only,
    overlapping_parts,
    sides,
    smoothed,
    summed,
    sums_covariance,
)
from covoxel.registration.refine import Refined, refine

#: Least displacement in pixels; below it, what is shifted and what is not look alike.
APART = 1.5
#: Pixels in the middle of an image that the share is from, and the width of the smoothing.
_PIXELS, _WIDTH = 1 << 18, 1.0
#: Pixels inside a mask that interpolation takes from outside.
_EDGE = 2
#: Least singular value of the fitted terms, scaled to 1; below it, some are alike.
_UNLIKE = 0.02
#: The share is taken off beyond so many standard errors and what interpolation leaves, so often.
_SURE, _LEAST, _ROUNDS = 2.0, 0.005, 2


@dataclass(frozen=True, slots=True)
class Unshifted:
    """The share of channel 1, both in standard deviations, in channel 2; its standard error."""

    share: float
    error: float


#: What is not shifted cannot be told from what is.
ALIKE = Unshifted(math.nan, math.nan)


def without_unshifted(
    frame1: Frame, frame2: Frame, fine: Refined, workers: int | None, fixed: FloatArray
) -> tuple[Refined, float]:
    """Return a displacement without the pull of what is unshifted, and the share of that.

    The share is of the intensities of channel 1; 0 where none is certain, and nothing changes. NaN
    where what is shifted and what is not look alike.
    """
    found, taken = fine, 0.0
    for _ in range(_ROUNDS):
        whole = np.rint(found.offset).astype(np.int64).tolist()
        part = unshifted(frame1, frame2, found.offset)
        if part is ALIKE and not taken:
            taken = math.nan
        if part is None or not part.share >= max(_LEAST, _SURE * part.error):
            break
        again = refine(frame1, less(frame1, frame2, part.share), whole, workers, fixed)
        if again is None:
            break
        error = np.hypot(again.error, (again.offset - fine.offset) * part.error / part.share)
        height = interpolated_correlation(frame1, frame2, again.offset, workers)
        found = replace(again, error=error, height=height)
        taken = part.share * frame2.scale / frame1.scale
    return found, taken


def unshifted(frame1: Frame, frame2: Frame, offset: FloatArray) -> Unshifted | None:
    """Return how much of channel 1 lies unshifted in channel 2, whose structure is at `offset`.

    `ALIKE` where that cannot be told: the displacement is below 1.5 pixels or small next to the
    structure, or the structure repeats. None where sizes differ, or the displacement is more than a
    third of the image.
    """
    if frame1.shape != frame2.shape:
        return None
    if np.linalg.norm(offset) < APART:
        return ALIKE
    frames = frame1.middle(_PIXELS), frame2.middle(_PIXELS)
    step = np.rint(offset).astype(np.int64).tolist()
    cut = overlapping_parts(*frames, (0,) * len(step), 1)
    if cut is None or any(n < 3 * abs(s) for n, s in zip(cut[0].values.shape, step, strict=True)):
        return None
    a, b = (np.squeeze(one.side(np.dtype(np.float32)).values) for one in cut)
    mask1, mask2 = (None if one.mask is None else np.squeeze(one.mask) for one in cut)
    long = [axis for axis, n in enumerate(cut[0].values.shape) if n > 1]
    offset, step = offset[long], [step[axis] for axis in long]
    known = np.ones(b.shape, np.bool_) if mask2 is None else mask2
    at = [_moved(b.shape, step, times) for times in range(3)]
    known = known[at[0]]
    if mask1 is not None:
        inner = ndimage.binary_erosion(mask1, iterations=_EDGE, border_value=1)
        known = np.logical_and.reduce([known, *(inner[one] for one in at)])
    pixel = _pixel(step)
    terms, weights = (_terms(each, offset) for each in (a, smoothed(a, mask1, _WIDTH)))
    alone, smooth = (_terms(each, offset) for each in (pixel, smoothed(pixel, None, _WIDTH)))
    noise = _noise(a, mask1) * np.count_nonzero(known) * _products(smooth, alone)
    terms, weights = ([_centred(each, known) for each in some] for some in (terms, weights))
    return _fitted(terms, weights, _centred(b[at[0]], known), noise)


def _moved(shape: Sequence[int], step: Sequence[int], times: int) -> Slices:
    """Return where x - times · step lies, for all x of which x - 2 · step is in the image too."""
    return tuple(
        slice(max(0, 2 * s) - times * s, n + min(0, 2 * s) - times * s)
        for n, s in zip(shape, step, strict=True)
    )


def _pixel(step: Sequence[int]) -> AnyArray:
    """Return an image of one bright pixel, which may be moved and smoothed."""
    out = np.zeros([4 * abs(s) + 17 for s in step], np.float32)
    out[tuple(n // 2 - s for n, s in zip(out.shape, step, strict=True))] = 1
    return out


def _noise(image: AnyArray, mask: BoolArray | None) -> float:
    """Return the variance of white noise, by which the autocovariance at 0 stands out."""
    known = (np.ones(image.shape, np.bool_) if mask is None else mask).astype(np.float32)
    here, near, further = (_beside(image, lag) / max(1.0, _beside(known, lag)) for lag in range(3))
    without = near * (near / further) ** (1 / 3) if near > 0 < further else near  # as a Gaussian
    return max(0.0, here - max(0.0, without))


def _beside(values: AnyArray, lag: int) -> float:
    """Return the sum of products of pixels and those further on, along all axes."""
    axes = (np.moveaxis(values, axis, 0) for axis in range(values.ndim))
    products = (lines[lag:] * lines[: len(lines) - lag] for lines in axes)
    return float(sum(np.sum(each, dtype=np.float64) for each in products))


def _terms(image: AnyArray, offset: FloatArray) -> list[AnyArray]:
    """Return an image moved by 0, by the offset, by twice the offset; and its slopes, by it."""
    step = np.rint(offset).astype(np.int64)
    at = [_moved(image.shape, step.tolist(), times) for times in range(3)]
    images = [image, *(ndimage.shift(image, k * (offset - step), mode="nearest") for k in (1, 2))]
    slopes = [np.gradient(images[1], axis=axis)[at[1]] for axis in range(image.ndim)]
    return [*(each[one] for each, one in zip(images, at, strict=True)), *slopes]


def _products(weights: list[AnyArray], terms: list[AnyArray]) -> FloatArray:
    return np.array([[summed(weight * term, None) for term in terms] for weight in weights])


def _centred(values: AnyArray, known: BoolArray) -> AnyArray:
    mean = summed(values, known) / max(1, int(np.count_nonzero(known)))
    return only(values - np.float32(mean), known)


def _fitted(
    terms: list[AnyArray], weights: list[AnyArray], channel2: AnyArray, noise: FloatArray
) -> Unshifted | None:
    """Return how much more of the first term channel 2 holds than of the third."""
    matrix = _products(weights, terms) - noise
    squares = np.diag(matrix)
    if not squares.min() > 0:
        return None
    alike = matrix / np.sqrt(np.outer(squares, squares))
    if np.linalg.svd(alike, compute_uv=False)[-1] < _UNLIKE:
        return ALIKE
    inverse = np.linalg.inv(matrix)
    shares = inverse @ [summed(weight * channel2, None) for weight in weights]
    left = channel2 - sum(np.float32(share) * x for share, x in zip(shares, terms, strict=True))
    spread = sums_covariance(weight * left for weight in weights)
    if spread is None:
        return None
    more = inverse[0] - inverse[2]
    return Unshifted(float(shares[0] - shares[2]), float(np.sqrt(more @ spread @ more)))


def less(frame1: Frame, frame2: Frame, share: float) -> Frame:
    """Return channel 2 less a share of channel 1, in standard deviations, where both are known."""
    cut = overlapping_parts(frame1, frame2, (0,) * len(frame2.shape), 1)
    assert cut is not None  # they overlap unshifted
    a, b, both = sides(*cut, tuple(slice(0, n) for n in cut[0].values.shape))
    pixels = b.size if both is None else int(np.count_nonzero(both))
    left = b - np.float32(share) * a
    return replace(cut[1], values=left, mask=both, pixels=pixels, mean=0.0, scale=1.0)
