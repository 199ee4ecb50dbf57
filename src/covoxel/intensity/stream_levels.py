"""The levels of one or both channels, from one pass over pixels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, IntArray
from covoxel.intensity.blocks import Stream, read_only
from covoxel.intensity.cells import repeated
from covoxel.intensity.marginal import Marginal
from covoxel.intensity.value_codes import added_up, as_numbers, from_sortable_bits, sortable_bits

#: Bytes gathered before runs of levels are merged.
_GATHERED = 1 << 22
#: Levels that are counted in a table of all.
_TABLE = 1 << 22


def stream_marginals(
    stream: Stream, memory_budget: int, channels: Sequence[int] = (1, 2)
) -> list[Marginal]:
    """Return the marginals of channels over all regions, from one pass over the pixels.

    Raises
    ------
    MemoryError
        If the levels of a channel outgrow half of `memory_budget` bytes.
    """
    totals = [_Gathered(memory_budget) for _ in channels]
    for found in stream.each_slab(partial(_levels_of_stream, tuple(channels), memory_budget)):
        for total, levels in zip(totals, found, strict=True):
            total.add(levels)
    marginals = []
    for channel, total in zip(channels, totals, strict=True):
        value, region, count = total.merged()
        starts = np.searchsorted(region, np.arange(stream.regions.size + 1, dtype=region.dtype))
        marginals.append(Marginal(channel, starts, as_numbers(value), count, None, None))
    return marginals


def _levels_of_stream(
    channels: Sequence[int], memory_budget: int, stream: Stream
) -> list[_CountedLevels]:
    """Return the levels of channels, from one pass over the pixels."""
    if levels_are_counted(stream.dtypes):
        counted = _counted(stream, channels, memory_budget)
        if counted is not None:
            return counted
    totals = [_Gathered(memory_budget) for _ in channels]
    for block in stream.blocks():
        region = np.zeros(1, np.uint32) if block.region is None else block.region
        for channel, total in zip(channels, totals, strict=True):
            values = block.values1 if channel == 1 else block.values2
            total.add(_levels(values, np.broadcast_to(region, values.shape)))
    return [_within(memory_budget, total.merged()) for total in totals]


def levels_are_counted(dtypes: Sequence[np.dtype[Any]]) -> bool:
    """Return whether levels are counted region by region, which takes less than a sort of all."""
    return all(dtype.kind in "bu" and dtype.itemsize <= 2 for dtype in dtypes)


def levels_fit_table(dtypes: Sequence[np.dtype[Any]], n_regions: int) -> bool:
    """Return whether levels are counted in a table of all, both channels in one pass."""
    most = 1 << 8 * max(dtype.itemsize for dtype in dtypes)
    return levels_are_counted(dtypes) and n_regions * most <= _TABLE


def _counted(
    stream: Stream, channels: Sequence[int], memory_budget: int
) -> list[_CountedLevels] | None:
    """Return levels of unsigned values of at most 16 bits.

    None where some pixels are masked, which are read as NaN.
    """
    n = stream.regions.size
    fits = levels_fit_table(stream.dtypes, n)
    totals = [_LevelCounts(n) if fits else _Gathered(memory_budget) for _ in channels]
    for pixels in stream.pixels():
        if any(values.dtype.kind == "f" for values in pixels.values):
            return None
        arrays: list[Any] = pixels.read_only()
        for channel, total in zip(channels, totals, strict=True):
            values = arrays[channel - 1]
            if isinstance(total, _LevelCounts):
                total.add(values, arrays[3], arrays[4])
            else:
                total.add(_levels_of_regions(values, arrays[4], n, None))
    return [_within(memory_budget, total.merged()) for total in totals]


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

    def merged(self) -> _CountedLevels:
        """Return the levels that occur."""
        region, value = np.nonzero(self._table)
        return value.astype(np.uint16), region.astype(np.uint32), self._table[region, value]


#: Intensities, ascending within ascending regions, the regions, and how many pixels have them.
_CountedLevels = tuple[AnyArray, AnyArray, IntArray]


def _levels(values: AnyArray, region: AnyArray, count: IntArray | None = None) -> _CountedLevels:
    """Sort pixels, or levels with a `count`, and add up those that are equal."""
    from covoxel.intensity.cell_kernels import radix_sort

    if levels_are_counted([values.dtype]):
        n = int(region.max(initial=0)) + 1
        return _levels_of_regions(values, region + np.uint32(1), n, count)
    keys = sortable_bits(values)
    if keys.dtype == np.uint32:
        keys = np.left_shift(region, 32, dtype=np.uint64) | keys
        keys, count = radix_sort(keys, None if count is None else count.copy())
        region, keys = (keys >> np.uint64(32)).astype(np.uint32), keys.astype(np.uint32)
    elif count is None and (region[1:] == region[:-1]).all():  # without the order, which takes time
        keys.sort()
        region = region.copy()
    else:
        _, order = radix_sort(keys.copy(), np.arange(keys.size))
        region, order = radix_sort(region[order], order)
        keys, count = keys[order], None if count is None else count[order]
    keys, region, counts = added_up(keys, region, count)
    return from_sortable_bits(keys, values.dtype), region, counts


def _levels_of_regions(
    values: AnyArray, region: AnyArray, n_regions: int, count: IntArray | None
) -> _CountedLevels:
    """Return the levels of values of at most 16 bits; `region` is 1 for the first, 0 for none."""
    from covoxel.intensity.cell_kernels import count_region_levels

    given: list[Any] = [None if one is None else read_only(one) for one in (values, region, count)]
    starts, totals = np.zeros(n_regions + 1, np.int64), np.empty(values.size, np.int64)
    levels = np.empty(values.size, given[0].dtype)
    arrays = *given, starts, levels, totals
    count_region_levels(*arrays)
    levels, totals = levels[: starts[-1]], totals[: starts[-1]]
    if 2 * levels.size < values.size:
        levels, totals = levels.copy(), totals.copy()
    return levels, repeated(np.arange(n_regions, dtype=np.uint32), starts), totals


def _within(memory_budget: int, levels: _CountedLevels) -> _CountedLevels:
    if _size([levels]) > memory_budget // 2:
        msg = f"the levels outgrow memory_budget={memory_budget} bytes"
        raise MemoryError(msg)
    return levels


class _Gathered:
    """Runs of levels, merged when they have doubled."""

    def __init__(self, memory_budget: int) -> None:
        self._budget, self._held = memory_budget, 0
        self._runs: list[_CountedLevels] = []

    def add(self, levels: _CountedLevels) -> None:
        """Add a run; MemoryError where all of them outgrow the budget."""
        self._runs.append(levels)
        if len(self._runs) > 1 and _size(self._runs) > max(2 * self._held, _GATHERED):
            self._runs = [self.merged()]
            self._held = _size(self._runs)

    def merged(self) -> _CountedLevels:
        """Return all levels."""
        merged = _merged(self._runs)
        return merged if len(self._runs) == 1 else _within(self._budget, merged)


def _size(runs: Sequence[_CountedLevels]) -> int:
    return sum(part.nbytes for run in runs for part in run)


def _merged(runs: Sequence[_CountedLevels]) -> _CountedLevels:
    if len(runs) == 1:
        return runs[0]
    if not runs:
        return np.zeros(0, np.int64), np.zeros(0, np.uint32), np.zeros(0, np.int64)
    values, regions, counts = (np.concatenate(parts) for parts in zip(*runs, strict=True))
    return _levels(values, regions, counts)
