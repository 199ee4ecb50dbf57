"""The levels of one or both channels, from one pass over pixels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.intensity.blocks import Stream, read_only
from covoxel.intensity.cells import repeated
from covoxel.intensity.marginal import Marginal
from covoxel.intensity.runs import MergedRuns, SortedRun, sorted_run
from covoxel.intensity.value_codes import as_numbers, from_sortable_bits, sortable_bits

#: Levels that are counted in a table of all.
_TABLE = 1 << 22
#: What merges or reads the levels of one channel takes so much more than they do.
_MORE = 1.5


def stream_marginals(
    stream: Stream, memory_budget: int, channels: Sequence[int] = (1, 2)
) -> list[Marginal]:
    """Return the marginals of channels over all regions, from one pass over the pixels.

    Raises
    ------
    MemoryError
        If merging the levels of a channel, or reading them, may take more than `memory_budget`
        bytes.
    """
    n = stream.regions.size
    totals = [_Levels(memory_budget, len(channels)) for _ in channels]
    for found in stream.each_slab(partial(_levels_of_stream, tuple(channels), memory_budget)):
        for total, run in zip(totals, found, strict=True):
            total.add(run)
    marginals = []
    for channel, total in zip(channels, totals, strict=True):
        run, starts = total.merged(), np.zeros(n + 1, np.int64)
        starts[1:] = run.key.size
        if run.region is not None:
            starts = np.searchsorted(run.region, np.arange(n + 1, dtype=np.uint32))
        values = from_sortable_bits(run.key, stream.dtypes[channel - 1])
        marginals.append(Marginal(channel, starts, as_numbers(values), run.count, None, None))
    return marginals


class _Levels(MergedRuns):
    """Levels of one channel, in memory, as may be those of others."""

    def __init__(self, memory_budget: int, n_channels: int) -> None:
        refused = f"the levels outgrow memory_budget={memory_budget} bytes"
        super().__init__(int(memory_budget / (n_channels + _MORE)), refused)

    def merged(self) -> SortedRun:
        """Return all levels; an image of no pixels has none."""
        if not self._runs:
            self._runs.append(SortedRun(32, np.zeros(0, np.uint32), np.zeros(0, np.int64)))
        return super().merged()


def _levels_of_stream(
    channels: Sequence[int], memory_budget: int, stream: Stream
) -> list[SortedRun]:
    """Return the levels of channels, from one pass over the pixels."""
    if levels_are_counted(stream.dtypes):
        counted = _counted(stream, channels, memory_budget)
        if counted is not None:
            return counted
    totals = [_Levels(memory_budget, len(channels)) for _ in channels]
    for block in stream.blocks():
        for channel, total in zip(channels, totals, strict=True):
            values = block.values1 if channel == 1 else block.values2
            total.add(_levels(values.astype(stream.dtypes[channel - 1], copy=False), block.region))
    return [total.merged() for total in totals]


def levels_are_counted(dtypes: Sequence[np.dtype[Any]]) -> bool:
    """Return whether levels are counted region by region, which takes less than a sort of all."""
    return all(dtype.kind in "bu" and dtype.itemsize <= 2 for dtype in dtypes)


def _counted(stream: Stream, channels: Sequence[int], memory_budget: int) -> list[SortedRun] | None:
    """Return levels of unsigned values of at most 16 bits.

    None where some pixels are masked, which are read as NaN.
    """
    n = stream.regions.size
    fits = n * (1 << 8 * max(dtype.itemsize for dtype in stream.dtypes)) <= _TABLE
    totals = [_LevelCounts(n) if fits else _Levels(memory_budget, len(channels)) for _ in channels]
    for pixels in stream.pixels():
        if any(values.dtype.kind == "f" for values in pixels.values):
            return None
        arrays: list[Any] = pixels.read_only()
        for channel, total in zip(channels, totals, strict=True):
            values = arrays[channel - 1]
            if isinstance(total, _LevelCounts):
                total.add(values, arrays[3], arrays[4])
            else:
                total.add(_levels_of_regions(values, arrays[4], n))
    return [total.merged() for total in totals]


class _LevelCounts:
    """A table of the pixels at each level of each region."""

    def __init__(self, n_regions: int) -> None:
        self._table = np.zeros((n_regions, 0), np.int64)

    def add(self, values: AnyArray, inside: Any, region: Any) -> None:
        """Count pixels."""
        from covoxel.intensity.cell_kernels import count_levels

        held, needed = self._table.shape[1], int(values.max(initial=0)) + 1
        if needed > held:
            table = np.zeros((len(self._table), needed), np.int64)
            table[:, :held] = self._table
            self._table = table
        count_levels(values, inside, region, self._table)

    def merged(self) -> SortedRun:
        """Return the levels that occur."""
        region, value = np.nonzero(self._table)
        apart = None if len(self._table) == 1 else region.astype(np.uint32)
        return SortedRun(32, value.astype(np.uint32), self._table[region, value], apart)


def _levels(values: AnyArray, region: AnyArray | None) -> SortedRun:
    """Return the levels of pixels."""
    if region is not None and levels_are_counted([values.dtype]):
        n_regions = int(region.max(initial=0)) + 1
        return _levels_of_regions(values, region + np.uint32(1), n_regions)
    return sorted_run(32, sortable_bits(values), region)


def _levels_of_regions(values: AnyArray, region: AnyArray, n_regions: int) -> SortedRun:
    """Return the levels of values of at most 16 bits; `region` is 1 for the first, 0 for none."""
    from covoxel.intensity.cell_kernels import count_region_levels

    starts, totals = np.zeros(n_regions + 1, np.int64), np.empty(values.size, np.int64)
    levels = np.empty(values.size, values.dtype)
    count_region_levels(read_only(values), read_only(region), starts, levels, totals)
    totals.resize(starts[-1], refcheck=False)
    of_level = repeated(np.arange(n_regions, dtype=np.uint32), starts)
    return SortedRun(32, levels[: starts[-1]].astype(np.uint32), totals, of_level)
