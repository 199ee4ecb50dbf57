"""The displacement of whole pixels at which two frames correlate best."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from covoxel._types import AnyArray, BoolArray, FloatArray
from covoxel.displacement.correlogram import pearson_at
from covoxel.displacement.frames import Frame
from covoxel.displacement.memory import check_memory
from covoxel.displacement.overlaps import Lags, Side, overlaps

#: Share of the largest overlap that a displacement must leave.
MIN_OVERLAP = 0.3
#: Images up to this size along an axis are searched at every displacement.
_COARSE = 192
#: Coarse peaks that are looked at in full, and how near they must come to the highest.
_CANDIDATES, _NEARLY = 3, 0.85


@dataclass(frozen=True, slots=True)
class Found:
    """The best displacement.

    ``offset`` is the position of image 2 relative to image 1 in pixels; ``height`` its correlation;
    ``second`` that of the highest other peak, NaN without one; ``at_border`` whether the search
    went no further.
    """

    offset: tuple[int, ...]
    height: float
    second: float
    at_border: bool


def search(
    frame1: Frame, frame2: Frame, reach: tuple[int, ...] | None, workers: int | None = None
) -> Found | None:
    """Return the displacement with the highest correlation, None where none is defined.

    With a bound every displacement within it is compared. Without one, large images are binned
    first, and the best coarse displacements are compared in full.
    """
    side1 = frame1.side(np.dtype(np.float32))
    side2 = side1 if frame2 is frame1 else frame2.side(side1.values.dtype, shared=(frame1, side1))
    corner = np.subtract(frame1.corner, frame2.corner)
    full = tuple(n - 1 for n in frame1.shape)
    bins = _bins(side1, side2) if reach is None else (1,) * len(full)
    if max(bins) == 1:
        lags = Lags.around(tuple(corner.tolist()), full if reach is None else reach)
        surface = _surface(side1, side2, lags, workers)
        return _best(surface, lags, corner)
    coarse1, coarse2 = _binned(side1, bins), _binned(side2, bins)
    lags = Lags(tuple(1 - n for n in coarse1.shape), tuple(n - 1 for n in coarse2.shape))
    surface = _surface(coarse1, coarse2, lags, workers)
    rough = _best(surface, lags, np.zeros_like(corner))
    if rough is None:
        return None
    found = []
    for peak in _peaks(surface, rough.height):
        center = np.add(peak, lags.low) * bins
        window = Lags.around(tuple(center.tolist()), tuple(2 * b for b in bins))
        near = _near(side1, side2, window, corner, workers)
        if near is not None:
            found.append(near)
    if not found:
        return None
    best = max(found, key=lambda near: near.height)
    # the second peak was seen in binned images, which correlate better
    second = rough.second * best.height / rough.height
    return replace(best, second=second, at_border=False)


def _near(
    side1: Side, side2: Side, window: Lags, corner: AnyArray, workers: int | None
) -> Found | None:
    """Search a window of displacements, in the parts of the images that can overlap there."""
    cut1, cut2 = [], []
    for n1, n2, low, high in zip(side1.shape, side2.shape, window.low, window.high, strict=True):
        cut1.append(slice(max(0, -high), max(0, min(n1, n2 - low))))
        cut2.append(slice(max(0, low), max(0, min(n2, n1 + high))))
    moved = np.array([b.start - a.start for a, b in zip(cut1, cut2, strict=True)])
    part1, part2 = _part(side1, tuple(cut1)), _part(side2, tuple(cut2))
    if 0 in part1.shape or 0 in part2.shape:
        return None
    lags = Lags(
        tuple((np.array(window.low) - moved).tolist()),
        tuple((np.array(window.high) - moved).tolist()),
    )
    return _best(_surface(part1, part2, lags, workers), lags, corner - moved)


def _part(side: Side, cut: tuple[slice, ...]) -> Side:
    return Side(side.values[cut], None if side.mask is None else side.mask[cut])


def _surface(side1: Side, side2: Side, lags: Lags, workers: int | None) -> FloatArray:
    check_memory(side1, side2, lags)
    return pearson_at(overlaps(side1, side2, lags, workers), MIN_OVERLAP)


def _best(surface: FloatArray, lags: Lags, corner: AnyArray) -> Found | None:
    """Return the highest pixel of a surface; `corner` leads from its displacements to true ones."""
    if not np.isfinite(surface).any():
        return None
    start = tuple(int(i) for i in np.unravel_index(np.nanargmax(surface), surface.shape))
    ends = zip(start, surface.shape, strict=True)
    others = _other_peaks(surface, start)
    return Found(
        tuple((np.add(start, lags.low) - corner).tolist()),
        float(surface[start]),
        float(surface[others].max()) if others.any() else math.nan,
        any(n > 1 and i in (0, n - 1) for i, n in ends),
    )


def _other_peaks(surface: FloatArray, start: tuple[int, ...]) -> BoolArray:
    """Return the local maxima that are no part of the hill around the highest."""
    known = np.where(np.isfinite(surface), surface, -np.inf)
    base = float(np.median(surface[np.isfinite(surface)]))
    hills, _ = ndimage.label(known > (known[start] + base) / 2)
    tops = (known == ndimage.maximum_filter(known, size=3)) & np.isfinite(surface)
    tops[hills == hills[start]] = False
    edges = np.ones(surface.shape, np.bool_)
    edges[tuple(slice(1, -1) if n > 2 else slice(None) for n in surface.shape)] = False
    return np.asarray(tops & ~edges, np.bool_)


def _peaks(surface: FloatArray, height: float) -> AnyArray:
    """Return the highest peaks of a coarse surface, the best first."""
    known = np.where(np.isfinite(surface), surface, -np.inf)
    tops = np.argwhere(
        (known == ndimage.maximum_filter(known, size=3)) & (known >= _NEARLY * height)
    )
    heights = known[tuple(tops.T)]
    return np.asarray(tops[np.argsort(-heights, kind="stable")][:_CANDIDATES])


def _bins(side1: Side, side2: Side) -> tuple[int, ...]:
    sizes = np.maximum(side1.shape, side2.shape)
    return tuple(2 ** max(0, math.ceil(math.log2(n / _COARSE))) for n in sizes)


def _binned(side: Side, bins: tuple[int, ...]) -> Side:
    """Return means over bins, of those at least half inside the mask."""
    values, mask = _sums(side.values, bins), side.mask
    if mask is None:
        return Side(values / math.prod(bins))
    count = _sums(mask.astype(np.float32), bins)
    inside = count >= math.prod(bins) / 2
    return Side(np.where(inside, values / np.maximum(count, 1), np.float32(0)), inside)


def _sums(values: AnyArray, bins: tuple[int, ...]) -> AnyArray:
    cut = tuple(slice(0, n // b * b) for n, b in zip(values.shape, bins, strict=True))
    shape = [size for n, b in zip(values.shape, bins, strict=True) for size in (n // b, b)]
    summed: AnyArray = values[cut].reshape(shape).sum(axis=tuple(range(1, 2 * len(bins), 2)))
    return summed
