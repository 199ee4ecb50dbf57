"""Thresholds and backgrounds read off one channel's levels and their counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.intensity.blocks import read_only
from covoxel.intensity.moments import unit_of

#: Unit bins are used for integer values that span at most this many.
UNIT_BINS = 1 << 16
#: Bins used for any other values.
_BINS = 256
#: Levels that are binned at once.
_AT_ONCE = 1 << 20
_MOST_SMOOTHINGS = 10_000
#: Why a method finds no threshold where there is nothing to divide.
ONE_LEVEL = "{} needs more than one level"


def binned(values: AnyArray, counts: IntArray) -> tuple[IntArray, FloatArray]:
    """Return the histogram that the methods work on, as (counts, bin centres).

    Bins of width 1 where all values are integers spanning at most 65 536, whatever their
    data type; else 256 bins between the extremes.
    """
    low, high = float(values[0]), float(values[-1])
    whole = values.dtype.kind in "ui" or bool((np.floor(values) == values).all())
    unit_bins = whole and high - low < UNIT_BINS
    if unit_bins:
        start, width, size = values[0], 1.0, int(high - low) + 1
        centres = np.arange(size, dtype=np.float64) + low
    else:
        start, width, size = low, (high - low) / _BINS, _BINS
        centres = low + (np.arange(_BINS, dtype=np.float64) + 0.5) * width
    found = np.zeros(size)
    for first in range(0, values.size, _AT_ONCE):  # what it takes may be more than the levels
        part = slice(first, first + _AT_ONCE)
        index = np.minimum(((values[part] - start) / width).astype(np.int64), size - 1)
        found += np.bincount(index, counts[part], size)
    return found.astype(np.int64), centres


def _mean(counts: IntArray, centres: FloatArray) -> float:
    return float(np.average(centres, weights=counts))


def otsu_levels(values: AnyArray, counts: IntArray, starts: IntArray) -> FloatArray:
    """Otsu 1979, doi:10.1109/TSMC.1979.4310076: the largest variance between two classes.

    Empty bins change nothing, so that the levels of a region stand for bins of width 1. NaN where a
    region has one level or none.
    """
    from covoxel.thresholds.kernels import largest_variance

    found = np.full(starts.size - 1, np.nan)
    largest_variance(read_only(values), read_only(counts), read_only(starts), found)
    return found


def _otsu(counts: IntArray, centres: FloatArray) -> float:
    return float(otsu_levels(centres, counts, np.array([0, counts.size]))[0])


def _li(counts: IntArray, centres: FloatArray) -> float:
    """Li & Tam 1998, doi:10.1016/S0167-8655(98)00057-9: minimum cross entropy, iterated."""
    values = centres - centres[0]
    used = values[counts > 0]
    tolerance = np.diff(used).min() / 2 if used.size > 1 else 1.0
    guess, before = float(np.average(values, weights=counts)), -2 * tolerance
    while abs(guess - before) > tolerance:
        before = guess
        above = values > before
        fore = np.average(values[above], weights=counts[above])
        back = np.average(values[~above], weights=counts[~above])
        if back == 0:
            break
        guess = float((back - fore) / (np.log(back) - np.log(fore)))
    return guess + float(centres[0])


def _triangle(counts: IntArray, centres: FloatArray) -> float:
    """Zack et al. 1977, doi:10.1177/25.7.70454: farthest from the peak-to-tail line."""
    peak = int(np.argmax(counts))
    low, high = 0, counts.size - 1
    flipped = peak - low < high - peak
    if flipped:
        counts = counts[::-1]
        low, peak = 0, counts.size - 1 - peak
    height, width = float(counts[peak]), float(peak - low)
    norm = np.hypot(height, width)
    x = np.arange(width)
    distance = height / norm * x - width / norm * counts[low : low + x.size]
    level = int(np.argmax(distance)) + low
    return float(centres[counts.size - 1 - level if flipped else level])


def _minimum(counts: IntArray, centres: FloatArray) -> float:
    """Prewitt & Mendelsohn 1966, doi:10.1111/j.1749-6632.1965.tb11715.x: between two peaks.

    The histogram is smoothed until it has no more than two.
    """
    from scipy.ndimage import uniform_filter1d  # loads slowly

    smooth = counts.astype(np.float32)
    for _ in range(_MOST_SMOOTHINGS):
        smooth = uniform_filter1d(smooth, 3)
        peaks = _peaks(smooth)
        if peaks.size < 3:
            break
    if peaks.size != 2:
        msg = "the histogram is not bimodal"
        raise RuntimeError(msg)
    return float(centres[peaks[0] + np.argmin(smooth[peaks[0] : peaks[1] + 1])])


def _peaks(heights: AnyArray) -> IntArray:
    """Return where heights, as if they rose before the first, begin to fall."""
    slope = np.diff(heights)
    steps = np.flatnonzero(slope)
    falls = slope[steps] < 0
    found: IntArray = steps[falls & ~np.concatenate([[False], falls[:-1]])]
    return found


def _skimage(name: str) -> Callable[[IntArray, FloatArray], float]:
    def method(counts: IntArray, centres: FloatArray) -> float:
        from skimage import filters  # loads slowly

        return float(getattr(filters, f"threshold_{name}")(hist=(counts, centres)))

    return method


#: Histogram methods by name; each takes counts and bin centres.
METHODS: dict[str, Callable[[IntArray, FloatArray], float]] = {
    "isodata": _skimage("isodata"),
    "li": _li,
    "mean": _mean,
    "minimum": _minimum,
    "otsu": _otsu,
    "triangle": _triangle,
    "yen": _skimage("yen"),
}


def method_threshold(values: AnyArray, counts: IntArray, method: str) -> tuple[float, str]:
    """Return a histogram method's threshold and the reason why there is none."""
    if values.size < 2:
        return np.nan, ONE_LEVEL.format(method)
    counts, centres = binned(values, counts)
    unit = unit_of(float(np.abs(centres).max()))
    try:
        return METHODS[method](counts, centres / unit) * unit, ""
    except RuntimeError:  # the minimum method finds no two peaks
        return np.nan, f"{method} found no threshold: the histogram is not bimodal"


def percentile_level(values: AnyArray, counts: IntArray, percent: float) -> float:
    """Return a percentile, interpolated as `numpy.percentile` does."""
    if not values.size:
        return np.nan
    total = np.cumsum(counts)
    place = (int(total[-1]) - 1) * percent / 100
    lower = int(np.floor(place))
    at, after = np.searchsorted(total, [lower, min(lower + 1, int(total[-1]) - 1)], side="right")
    low, high = float(values[at]), float(values[after])
    return low + (high - low) * (place - lower)


def top_level(values: AnyArray, counts: IntArray, percent: float) -> float:
    """Return the threshold above which the brightest `percent` of the pixels lie.

    Of tied pixels either all or none are taken: all if their mean rank from the top is at
    most percent · n / 100, rounded up (as EzColocalization does).
    """
    if not values.size:
        return np.nan
    n = int(counts.sum())
    rank = (counts + 1) / 2
    rank -= np.cumsum(counts)
    out = np.flatnonzero(rank > np.ceil(n * percent / 100 - 1e-9) - n)
    if out.size:
        return float(values[out[-1]])
    return float(np.nextafter(float(values[0]), -np.inf))


def mode_level(values: AnyArray, counts: IntArray) -> float:
    """Return the most frequent value (of the histogram's bins); the lowest of several."""
    if not values.size:
        return np.nan
    if values.size == 1:
        return float(values[0])
    found, centres = binned(values, counts)
    return float(centres[int(np.argmax(found))])
