"""Sums over the pixels on one side of a moving pair of thresholds, at every step at once.

A pixel is above a pair of thresholds for an unbroken range of steps whenever each threshold
only rises or only falls along the path. Its weight is added where that range begins and
taken away where it ends; running sums then give every step's totals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.linear_correlation import pearson_of
from covoxel.intensity.moments import Moments, no_moments, sums_by, zipped
from covoxel.intensity.parts import Group

Side = Literal["above", "below", "not above"]


def path_moments(
    histogram: JointHistogram,
    group: Group,
    path1: FloatArray,
    path2: FloatArray,
    *,
    side: Side,
    inclusive: bool,
) -> Moments:
    """Return the moments of the pixels on one side of both thresholds, step by step.

    Parameters
    ----------
    histogram, group
        A group of one region.
    path1, path2 : (K,) float array
        The thresholds of each step; each must be monotone.
    side : {"above", "below", "not above"}
        Pixels above both thresholds, below both, or not above both.
    inclusive : bool
        Whether a pixel on a threshold counts as above it.

    Returns
    -------
    Moments
        Of length K.
    """
    steps = path1.size
    shrinks = path1[-1] > path1[0] if side == "above" else path1[-1] < path1[0]
    if shrinks:  # walk the other way: sums that grow lose nothing to cancellation
        paths = path1[::-1], path2[::-1]
        return path_moments(histogram, group, *paths, side=side, inclusive=inclusive).each(np.flip)
    shift1, shift2 = _shifts(histogram, group)
    totals = no_moments((steps + 1,)).sums
    for cells in group.load():
        value1, value2 = histogram.values(cells)
        start, stop = _span(value1, value2, path1, path2, side=side, inclusive=inclusive)
        shifted = value1 - shift1, value2 - shift2
        for index, change in _changes(start, stop, side):
            found = sums_by(index, steps + 1, cells.count, *shifted)
            totals = zipped(change, totals, found)
    n, s1, s2, s11, s22, s12 = (np.cumsum(total)[:steps] for total in totals)
    return Moments(
        n, s1, s2, s11, s22, s12, np.full(steps, float(shift1)), np.full(steps, float(shift2))
    )


def _changes(
    start: IntArray, stop: IntArray, side: Side
) -> list[tuple[IntArray, Callable[..., AnyArray]]]:
    """Return at which steps pixels join (added) or leave (subtracted) the side asked for."""
    if side != "not above":
        return [(start, np.add), (stop, np.subtract)]
    if not start.any():
        return [(stop, np.add)]
    return [(np.zeros_like(start), np.add), (start, np.subtract), (stop, np.add)]


def _shifts(histogram: JointHistogram, group: Group) -> tuple[float, float]:
    """Return what intensities are taken about: 0 for whole numbers, else their means."""
    cells = next(group.load())
    values = histogram.values(cells)
    if all(value.dtype.kind == "i" for value in values) or not cells.count.size:
        return 0, 0
    first, second = (float(np.average(value, weights=cells.count)) for value in values)
    return first, second


def _span(
    value1: AnyArray,
    value2: AnyArray,
    path1: FloatArray,
    path2: FloatArray,
    *,
    side: Side,
    inclusive: bool,
) -> tuple[IntArray, IntArray]:
    """Return the range of steps in which each cell is below both thresholds, or above both."""
    ranges = [
        _range(values, path, below=side == "below", inclusive=inclusive)
        for values, path in ((value1, path1), (value2, path2))
    ]
    start = np.maximum(ranges[0][0], ranges[1][0])
    return start, np.maximum(np.minimum(ranges[0][1], ranges[1][1]), start)


def _range(
    values: AnyArray, path: FloatArray, *, below: bool, inclusive: bool
) -> tuple[IntArray, IntArray]:
    """Return the range of steps in which each value is below a threshold, or above it."""
    steps = path.size
    rising = steps < 2 or path[-1] >= path[0]
    if rising:
        turn = _places(path, values, inclusive=inclusive)
    else:
        turn = steps - _places(path[::-1], values, inclusive=inclusive)
    if rising != below:
        return np.zeros(values.size, np.int64), turn
    return turn, np.full(values.size, steps)


def _places(path: FloatArray, values: AnyArray, *, inclusive: bool) -> IntArray:
    """Return where values stand in an ascending path; each level is searched but once."""
    side: Literal["left", "right"] = "right" if inclusive else "left"
    if values.size and values.dtype.kind == "i":
        low, high = int(values.min()), int(values.max())
        if high - low < values.size:
            levels = np.searchsorted(path, np.arange(low, high + 1), side=side)
            places: IntArray = levels[values - low]
            return places
    return np.searchsorted(path, values, side=side)


def pearson_below_path(
    histogram: JointHistogram, group: Group, path1: FloatArray, path2: FloatArray
) -> FloatArray:
    """Return r of the pixels with a < T1 or b < T2 at each step of a path."""
    below = path_moments(histogram, group, path1, path2, side="not above", inclusive=True)
    r: FloatArray = pearson_of(below).value
    return r
