"""Sums over the pixels on one side of a moving pair of thresholds, at every step at once.

A pixel is above a pair of thresholds for an unbroken range of steps whenever each threshold
only rises or only falls along the path. Its weight is added where that range begins and
taken away where it ends; running sums then give every step's totals exactly.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from covoxel._types import AnyArray, FloatArray, IntArray
from covoxel.intensity.cells import Cells
from covoxel.intensity.histogram import Group, JointHistogram
from covoxel.intensity.pearson import pearson_of
from covoxel.intensity.sums import Moments, exact_bincount

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
    exact = histogram.codes1.exact and histogram.codes2.exact
    shift = np.zeros(2) if exact else _middle(histogram, group)
    totals: list[AnyArray] = [np.zeros(steps + 1, np.int64) for _ in range(6)]
    for cells in group.load():
        values = histogram.values(cells)
        spans = [
            _span(value, path, side=side, inclusive=inclusive)
            for value, path in zip(values, (path1, path2), strict=True)
        ]
        start = np.maximum(spans[0][0], spans[1][0])
        stop = np.maximum(np.minimum(spans[0][1], spans[1][1]), start)
        for which, weights in enumerate(_weights(cells, values, None if exact else shift)):
            gained = _binned(start, weights, steps + 1)
            lost = _binned(stop, weights, steps + 1)
            totals[which] = totals[which] + gained - lost
    sums = [np.cumsum(total)[:steps] for total in totals]
    return Moments(*sums, np.full(steps, shift[0]), np.full(steps, shift[1]))


def _middle(histogram: JointHistogram, group: Group) -> FloatArray:
    """Return the mean of both channels, about which the sums of floats are taken."""
    cells = next(group.load())
    means = [np.average(v, weights=cells.count) for v in histogram.values(cells)]
    return np.asarray(means)


def _span(
    values: AnyArray, path: FloatArray, *, side: Side, inclusive: bool
) -> tuple[IntArray, IntArray]:
    """Return the range of steps in which each value lies on the side asked for."""
    steps = path.size
    zero, end = np.zeros(values.size, np.int64), np.full(values.size, steps)
    rising = steps < 2 or path[-1] >= path[0]
    ordered = path if rising else path[::-1]
    turn = np.searchsorted(ordered, values, side="right" if inclusive else "left")
    if not rising:
        turn = steps - turn
    above_first = rising
    if side == "above":
        return (zero, turn) if above_first else (turn, end)
    return (turn, end) if above_first else (zero, turn)


def _weights(
    cells: Cells, values: tuple[AnyArray, AnyArray], shift: FloatArray | None
) -> list[AnyArray]:
    value1, value2 = values
    if shift is not None:
        value1, value2 = value1 - shift[0], value2 - shift[1]
    w1, w2 = cells.count * value1, cells.count * value2
    return [cells.count, w1, w2, w1 * value1, w2 * value2, w1 * value2]


def _binned(index: IntArray, weights: AnyArray, size: int) -> AnyArray:
    if weights.dtype.kind == "f":
        return np.bincount(index, weights, size)
    return exact_bincount(index, weights, None, size)


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
    sums = [
        np.broadcast_to(getattr(everything, f), like.n.shape)
        for f in ("n", "s1", "s2", "s11", "s22", "s12")
    ]
    return Moments(*sums, like.shift1, like.shift2)
