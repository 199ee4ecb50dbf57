"""Sums over the pixels on one side of a moving pair of thresholds, at every step at once.

A pixel is above a pair of thresholds for an unbroken range of steps whenever each threshold
only rises or only falls along the path. Its weight is added where that range begins and
taken away where it ends; running sums then give every step's totals.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Literal

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.intensity.cells import Cells, Group
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.linear_correlation import coefficients
from covoxel.intensity.marginal import Marginal, marginal
from covoxel.intensity.moments import Moments, no_moments, sums_by, zipped

PathSide = Literal["below", "not above"]


class SingleRegion:
    """A region of a histogram by itself, and the levels of both channels in it.

    `group`: regions among which it is.
    `number`: its index in the histogram.
    """

    def __init__(self, histogram: JointHistogram, group: Group, number: int) -> None:
        self.histogram, self.number = histogram, number
        self._whole, self._at = group, number - group.start

    @cached_property
    def group(self) -> Group:
        """The region as a group of its own."""
        if self._whole.stop - self._whole.start == 1:
            return self._whole
        (cells,) = self._whole.load()
        return Group((cells.between(self._at, self._at + 1),))

    @cached_property
    def levels(self) -> list[Marginal]:
        """The levels of both channels; those of all regions of its group are kept."""
        levels = [marginal(self.histogram, self._whole, channel) for channel in (1, 2)]
        if self.group is self._whole:
            return levels
        (cells,) = self._whole.load()
        return [one.only(self._at, slice(*cells.starts[self._at : self._at + 2])) for one in levels]


def path_moments(
    region: SingleRegion,
    path1: FloatArray,
    path2: FloatArray,
    *,
    side: PathSide,
    inclusive: bool,
) -> Moments:
    """Return the moments of the pixels on one side of both thresholds, step by step.

    `path1`, `path2`: the thresholds of each step; each must be monotone, (K,).
    `side`: pixels "below" both thresholds, or "not above" both.
    `inclusive`: whether a pixel on a threshold counts as above it.

    Returns
    -------
    Moments
        Of length K.
    """
    steps = path1.size
    if path1[-1] < path1[0]:  # walk the other way: sums that grow lose nothing to cancellation
        paths = path1[::-1], path2[::-1]
        return path_moments(region, *paths, side=side, inclusive=inclusive)[::-1]
    shift1, shift2 = _shifts(region)
    totals = no_moments((steps + 1,)).sums
    for cells in region.group.load():
        value1, value2 = region.histogram.values(cells)
        ranges = [
            _range(levels, cells, path, below=side == "below", inclusive=inclusive)
            for levels, path in zip(region.levels, (path1, path2), strict=True)
        ]
        start = np.maximum(ranges[0][0], ranges[1][0])
        stop = np.maximum(np.minimum(ranges[0][1], ranges[1][1]), start)
        shifted = value1 - shift1, value2 - shift2
        for index, change in _changes(start, stop, side):
            found = sums_by(index, steps + 1, cells.count, *shifted)
            totals = zipped(change, totals, found)
    n, s1, s2, s11, s22, s12 = (np.cumsum(total)[:steps] for total in totals)
    return Moments(
        n, s1, s2, s11, s22, s12, np.full(steps, float(shift1)), np.full(steps, float(shift2))
    )


def _changes(
    start: IntArray, stop: IntArray, side: PathSide
) -> list[tuple[IntArray, Callable[..., AnyArray]]]:
    """Return at which steps pixels join (added) or leave (subtracted) the side asked for."""
    if side == "below":
        return [(start, np.add), (stop, np.subtract)]
    if not start.any():
        return [(stop, np.add)]
    return [(np.zeros_like(start), np.add), (start, np.subtract), (stop, np.add)]


def _shifts(region: SingleRegion) -> tuple[float, float]:
    """Return what intensities are taken about: 0 for whole numbers, else their means."""
    cells = next(region.group.load())
    values = region.histogram.values(cells)
    if all(value.dtype.kind == "i" for value in values) or not cells.count.size:
        return 0, 0
    first, second = (float(np.average(value, weights=cells.count)) for value in values)
    return first, second


def _range(
    levels: Marginal, cells: Cells, path: FloatArray, *, below: bool, inclusive: bool
) -> tuple[IntArray, IntArray]:
    """Return the range of steps in which each cell is below a threshold, or above it."""
    steps = path.size
    rising = path[-1] >= path[0]
    ascending = path if rising else path[::-1]
    passed = np.searchsorted(ascending, levels.values, "right" if inclusive else "left")
    turn: IntArray = (passed if rising else steps - passed)[levels.place(cells)]
    if rising != below:
        return np.zeros_like(turn), turn
    return turn, np.full_like(turn, steps)


def pearson_below_path(region: SingleRegion, path1: FloatArray, path2: FloatArray) -> FloatArray:
    """Return r of the pixels with a < T1 or b < T2 at each step of a path."""
    below = path_moments(region, path1, path2, side="not above", inclusive=True)
    r: FloatArray = coefficients(below)
    return r
