"""One channel of a group of regions: its levels, their counts and their ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from covoxel._types import AnyArray, FloatArray, IntArray
from covoxel.intensity.cells import Cells
from covoxel.intensity.histogram import Group, JointHistogram


@dataclass(frozen=True, slots=True, eq=False)
class Marginal:
    """The levels of one channel, region after region, on one flat axis.

    Attributes
    ----------
    starts : (R + 1,) int array
        Where the levels of each region begin.
    values : (L,) int or float array
        Intensity of each level, ascending within a region.
    counts : (L,) int array
        Pixels at each level; some may be 0.
    offsets : (R,) int array or None
        What is added to a code to find its level; None where `places` holds them.
    places : (C,) int array or None
        The level of each cell of the group's only part.
    """

    channel: int
    starts: IntArray
    values: AnyArray
    counts: IntArray
    offsets: IntArray | None
    places: IntArray | None

    def place(self, cells: Cells) -> IntArray:
        """Return the level of each cell, as an index on the flat axis."""
        if self.offsets is None:
            assert self.places is not None
            return self.places
        code = cells.code1 if self.channel == 1 else cells.code2
        if self.offsets.size == 1:
            return code + self.offsets[0]
        return code + np.repeat(self.offsets, np.diff(cells.starts))

    @property
    def region(self) -> IntArray:
        """Index of each level's region in the group."""
        return np.repeat(np.arange(self.starts.size - 1), np.diff(self.starts))

    def by_region(self, weights: AnyArray) -> AnyArray:
        """Sum `weights` (one a level) over each region."""
        total = np.concatenate([[0], np.cumsum(weights)])
        return total[self.starts[1:]] - total[self.starts[:-1]]

    def below(self) -> IntArray:
        """Return the pixels of the same region at lower levels."""
        total = np.cumsum(self.counts) - self.counts
        base = np.concatenate([total, [0]])[np.minimum(self.starts[:-1], total.size)]
        return total - np.repeat(base, np.diff(self.starts))

    def mid_ranks(self) -> FloatArray:
        """Return the mean rank of each level's pixels in its region, from 1."""
        return self.below() + (self.counts + 1) / 2

    def dense_ranks(self) -> IntArray:
        """Return the rank of each occupied level among those of its region, from 0."""
        occupied = (self.counts > 0).astype(np.int64)
        total = np.cumsum(occupied) - occupied
        base = np.concatenate([total, [0]])[np.minimum(self.starts[:-1], total.size)]
        return total - np.repeat(base, np.diff(self.starts))


def marginal(histogram: JointHistogram, group: Group, channel: int) -> Marginal:
    """Return the marginal of `channel` (1 or 2) over the regions of a group."""
    codes = histogram.codes1 if channel == 1 else histogram.codes2
    if len(group.parts) > 1 or codes.kind == "narrow":
        spans = _spans(histogram, group, channel)
        if spans is not None:
            return _tabled(histogram, group, channel, *spans)
    (cells,) = group.load()
    return _sorted(histogram, cells, channel)


def _code(cells: Cells, channel: int) -> AnyArray:
    return cells.code1 if channel == 1 else cells.code2


def _spans(
    histogram: JointHistogram, group: Group, channel: int
) -> tuple[IntArray, IntArray] | None:
    """Return each region's lowest and highest code; None if a table of them wastes memory."""
    n = group.stop - group.start
    low, high = np.full(n, np.iinfo(np.int64).max), np.full(n, -1)
    n_cells = 0
    for cells in group.load():
        n_cells += cells.count.size
        held = np.flatnonzero(np.diff(cells.starts))
        if held.size:
            code, starts = _code(cells, channel), cells.starts[held]
            at = held + cells.first_region - group.start
            low[at] = np.minimum(low[at], np.minimum.reduceat(code, starts))
            high[at] = np.maximum(high[at], np.maximum.reduceat(code, starts))
    low = np.minimum(low, high + 1)
    worth = len(group.parts) > 1 or int((high + 1 - low).sum()) <= 4 * n_cells + (1 << 20)
    return (low, high) if worth else None


def _tabled(
    histogram: JointHistogram, group: Group, channel: int, low: IntArray, high: IntArray
) -> Marginal:
    codes = histogram.codes1 if channel == 1 else histogram.codes2
    starts = np.concatenate([[0], np.cumsum(high + 1 - low)])
    offsets = starts[:-1] - low
    level = np.arange(starts[-1]) - np.repeat(offsets, np.diff(starts))
    empty = Marginal(
        channel, starts, codes.decode(level), np.zeros(level.size, np.int64), offsets, None
    )
    counts = empty.counts
    for cells in group.load():
        found = np.bincount(empty.place(cells), cells.count, level.size)
        counts += found.astype(np.int64)
    return empty


def _sorted(histogram: JointHistogram, cells: Cells, channel: int) -> Marginal:
    codes = histogram.codes1 if channel == 1 else histogram.codes2
    code = _code(cells, channel)
    region = cells.region
    if channel == 1:
        order = None
        new = np.ones(code.size, np.bool_)
        new[1:] = (code[1:] != code[:-1]) | (region[1:] != region[:-1])
    else:
        order = np.lexsort((code, region)) if cells.n_regions > 1 else np.argsort(code)
        code = code[order]
        new = np.ones(code.size, np.bool_)
        new[1:] = (code[1:] != code[:-1]) | (region[1:] != region[:-1])
    level = np.cumsum(new) - 1
    count = cells.count if order is None else cells.count[order]
    first = np.flatnonzero(new)
    counts = np.add.reduceat(count, first) if first.size else count[:0]
    places = level
    if order is not None:
        places = np.empty_like(level)
        places[order] = level
    starts = np.searchsorted(region[first], np.arange(cells.n_regions + 1))
    return Marginal(channel, starts, codes.decode(code[first]), counts, None, places)
