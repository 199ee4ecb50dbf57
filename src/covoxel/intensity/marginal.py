"""One channel of a group of regions: its levels, their counts and their ranks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.intensity.cells import Cells, Group, PerRegion, repeated
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.value_codes import LOW, wide_keys

#: Levels that a histogram keeps for the next reading.
_KEPT = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class Marginal(PerRegion):
    """The levels of one channel, region after region, on one flat axis."""

    channel: int
    #: Where the levels of each region begin, (R + 1,).
    starts: IntArray
    #: Intensity of each level, ascending within a region, (L,).
    values: AnyArray
    #: Pixels at each level; some may be 0, (L,).
    counts: IntArray
    #: What is added to a code to find its level; None where `places` holds them, (R,).
    offsets: IntArray | None
    #: The level of each cell of the group's only part, (C,).
    places: IntArray | None

    def place(self, cells: Cells) -> IntArray:
        """Return the level of each cell, as an index on the flat axis."""
        if self.offsets is None:
            assert self.places is not None
            return self.places
        code = cells.code1 if self.channel == 1 else cells.code2
        return code + (self.offsets if self.offsets.size == 1 else cells.per_entry(self.offsets))

    def only(self, region: int, cells: slice) -> Marginal:
        """Return the levels of one region of the group, which has these of its cells."""
        start, stop = self.starts[region : region + 2]
        return Marginal(
            self.channel,
            np.array([0, stop - start]),
            self.values[start:stop],
            self.counts[start:stop],
            None if self.offsets is None else self.offsets[region : region + 1] - start,
            None if self.places is None else self.places[cells] - start,
        )

    def occupied(self, region: int) -> tuple[AnyArray, IntArray]:
        """Return the levels of a region that have pixels, and the pixels of each."""
        at = slice(self.starts[region], self.starts[region + 1])
        values, counts = self.values[at], self.counts[at]
        held = counts > 0
        return (values, counts) if held.all() else (values[held], counts[held])

    def centred_ranks(self) -> FloatArray:
        """Return the mean rank of each level's pixels, less that of all of its region."""
        from covoxel.intensity.level_kernels import centre_ranks

        ranks = np.empty(self.counts.size)
        centre_ranks(self.counts, self.starts, ranks)
        return ranks

    def dense_ranks(self) -> IntArray:
        """Return the rank of each occupied level among those of its region, from 0."""
        occupied = self._occupied()
        total = np.zeros(occupied.size + 1, np.int64)
        np.cumsum(occupied, out=total[1:])
        return total[:-1] - self.per_entry(total[self.starts[:-1]])

    def distinct(self) -> IntArray:
        """Return how many levels of each region are occupied."""
        return self.by_region(self._occupied())

    def extremes(self) -> tuple[FloatArray, FloatArray]:
        """Return the lowest and the highest intensity of each region; NaN if it is empty."""
        occupied = self.counts.nonzero()[0]
        bounds = np.searchsorted(occupied, self.starts)
        held = (bounds[1:] > bounds[:-1]).nonzero()[0]
        lowest, highest = np.full((2, self.starts.size - 1), np.nan)
        lowest[held] = self.values[occupied[bounds[held]]]
        highest[held] = self.values[occupied[bounds[held + 1] - 1]]
        return lowest, highest

    def _occupied(self) -> IntArray:
        return (self.counts > 0).astype(np.int64)


def marginal(histogram: JointHistogram, group: Group, channel: int) -> Marginal:
    """Return the marginal of `channel` (1 or 2) over the regions of a group."""
    key = channel, group.start, group.stop
    found: Marginal | None = histogram.marginals.get(key)
    if found is None:
        found = _marginal(histogram, group, channel)
        kept = sum(each.values.size for each in histogram.marginals.values())
        if kept + found.values.size <= _KEPT:
            histogram.marginals[key] = found
    return found


def _marginal(histogram: JointHistogram, group: Group, channel: int) -> Marginal:
    codes = histogram.codes1 if channel == 1 else histogram.codes2
    if len(group.parts) > 1 or codes.kind != "wide":
        spans = _spans(group, channel)
        if spans is not None:
            return _tabled(histogram, group, channel, *spans)
    (cells,) = group.load()
    return _sorted(histogram, cells, channel)


def _code(cells: Cells, channel: int) -> AnyArray:
    return cells.code1 if channel == 1 else cells.code2


def _spans(group: Group, channel: int) -> tuple[IntArray, IntArray] | None:
    """Return each region's lowest and highest code; None if a table of them wastes memory."""
    n = group.stop - group.start
    low, high = np.full(n, np.iinfo(np.int64).max), np.full(n, -1)
    n_cells = 0
    for cells in group.load():
        n_cells += cells.count.size
        held = (cells.starts[1:] > cells.starts[:-1]).nonzero()[0]
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
    from covoxel.intensity.level_kernels import count_places

    codes = histogram.codes1 if channel == 1 else histogram.codes2
    starts = np.concatenate([[0], np.cumsum(high + 1 - low)])
    offsets = starts[:-1] - low
    level = np.arange(starts[-1])
    level -= repeated(offsets, starts)
    counts = np.zeros(level.size, np.int64)
    table = Marginal(channel, starts, codes.decode(level), counts, offsets, None)
    for cells in group.load():
        count_places(table.place(cells), cells.count, counts)
    return table


def _sorted(histogram: JointHistogram, cells: Cells, channel: int) -> Marginal:
    from covoxel.intensity.level_kernels import place_cells

    codes = histogram.codes1 if channel == 1 else histogram.codes2
    places, totals = np.empty((2, cells.count.size), np.int64)
    levels, starts = np.empty(places.size, np.uint32), np.zeros(cells.starts.size, np.int64)
    place_cells(
        _in_order(cells, channel), cells.count, cells.starts, places, levels, totals, starts
    )
    held = slice(starts[-1])
    values = codes.decode(levels[held].astype(_code(cells, channel).dtype, copy=False))
    return Marginal(channel, starts, values, totals[held], None, places)


def _in_order(cells: Cells, channel: int) -> AnyArray:
    """Return ``code << 32 | cell``, ascending in each region."""
    from covoxel.intensity.cell_kernels import radix_sort

    packed = wide_keys(_code(cells, channel), np.arange(cells.count.size, dtype=np.uint32))
    if channel == 2:
        packed.sort()
        if cells.n_regions > 1:
            region = cells.region.astype(np.uint32)[packed & LOW]
            _, packed = radix_sort(region, packed)
    return packed
