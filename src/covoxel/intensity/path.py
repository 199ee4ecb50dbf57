"""Sums over the pixels on one side of a moving pair of thresholds, at every step at once.

A pixel is above a pair of thresholds for an unbroken range of steps whenever each threshold
only rises or only falls along the path. Its weight is added where that range begins and
taken away where it ends; running sums then give every step's totals exactly.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np

from covoxel._types import AnyArray, FloatArray, IntArray
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.moments import Moments, no_moments, sums_by, zipped
from covoxel.intensity.parts import Group
from covoxel.intensity.pearson import pearson_of

Side = Literal["above", "below"]


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
    side : {"above", "below"}
        Pixels above both thresholds, or below both.
    inclusive : bool
        Whether a pixel on a threshold counts as above it.

    Returns
    -------
    Moments
        Of length K.
    """
    steps = path1.size
    shift1, shift2 = _shifts(histogram, group)
    totals = no_moments((steps + 1,)).sums
    for cells in group.load():
        value1, value2 = histogram.values(cells)
        spans = [
            _span(value, path, side=side, inclusive=inclusive)
            for value, path in ((value1, path1), (value2, path2))
        ]
        start = np.maximum(spans[0][0], spans[1][0])
        stop = np.maximum(np.minimum(spans[0][1], spans[1][1]), start)
        shifted = value1 - shift1, value2 - shift2
        gained = sums_by(start, steps + 1, cells.count, *shifted)
        lost = sums_by(stop, steps + 1, cells.count, *shifted)
        totals = zipped(lambda total, gain, loss: total + gain - loss, totals, gained, lost)
    n, s1, s2, s11, s22, s12 = (np.cumsum(total)[:steps] for total in totals)
    return Moments(
        n, s1, s2, s11, s22, s12, np.full(steps, float(shift1)), np.full(steps, float(shift2))
    )


def _shifts(histogram: JointHistogram, group: Group) -> tuple[float, float]:
    """Return what intensities are taken about: 0 for whole numbers, else their means."""
    cells = next(group.load())
    values = histogram.values(cells)
    if all(value.dtype.kind == "i" for value in values) or not cells.count.size:
        return 0, 0
    first, second = (float(np.average(value, weights=cells.count)) for value in values)
    return first, second


def _span(
    values: AnyArray, path: FloatArray, *, side: Side, inclusive: bool
) -> tuple[IntArray, IntArray]:
    """Return the range of steps in which each value lies on the side asked for."""
    steps = path.size
    rising = steps < 2 or path[-1] >= path[0]
    passed: Literal["left", "right"] = "right" if inclusive else "left"
    if rising:
        turn = np.searchsorted(path, values, side=passed)
    else:
        turn = steps - np.searchsorted(path[::-1], values, side=passed)
    before = np.zeros(values.size, np.int64), turn
    after = turn, np.full(values.size, steps)
    return before if rising == (side == "above") else after


def pearson_below_path(
    histogram: JointHistogram, group: Group, path1: FloatArray, path2: FloatArray
) -> FloatArray:
    """Return r of the pixels with a < T1 or b < T2 at each step of a path."""
    above = path_moments(histogram, group, path1, path2, side="above", inclusive=True)
    return pearson_of(whole(histogram, group, above) - above).value  # type: ignore[no-any-return]


def whole(histogram: JointHistogram, group: Group, like: Moments) -> Moments:
    """Return the moments of the whole group, as long as `like` and about the same value."""
    endless = np.full(1, -np.inf)
    everything = path_moments(histogram, group, endless, endless, side="above", inclusive=True)
    return everything.each(partial(np.broadcast_to, shape=like.n.shape))
