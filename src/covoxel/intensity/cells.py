"""Cells: the pairs of intensities that occur, sorted, with their counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, IntArray
from covoxel.intensity.blocks import read_only

#: The lower half of a key of 64 bits.
LOW = np.uint64(0xFFFFFFFF)
#: Pairs of codes that are counted in a table: at most so many, and so many for each pixel.
_TABLE, _TABLE_A_PIXEL = 1 << 22, 8
#: Stands for counts of 1.
_ONE = np.ones(1, np.int64)
#: Cells in a piece, and in a bunch of regions.
_PIECE, _BUNCH = 1 << 16, 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Sorted cells of consecutive regions.

    Attributes
    ----------
    first_region : int
        Index of the first region held.
    starts : (R + 1,) int array
        Where the cells of each region begin.
    code1, code2 : (C,) unsigned integer arrays
        Codes of the two intensities, ascending in (region, code1, code2).
    count : (C,) int array
        Pixels in each cell.
    """

    first_region: int
    starts: IntArray
    code1: AnyArray
    code2: AnyArray
    count: IntArray

    @property
    def n_regions(self) -> int:
        """Number of regions held."""
        return self.starts.size - 1

    def load(self) -> Cells:
        """Return the cells themselves, which are a `Part` in memory."""
        return self

    @property
    def regions(self) -> slice:
        """The regions held, as a slice of the histogram's."""
        return slice(self.first_region, self.first_region + self.n_regions)

    @property
    def region(self) -> IntArray:
        """Index of each cell's region, relative to the first one held."""
        return self.per_cell(np.arange(self.n_regions))

    def per_cell(self, values: AnyArray) -> AnyArray:
        """Return one value a region as one a cell."""
        return np.repeat(values, self.starts[1:] - self.starts[:-1])

    def sums(self, values: AnyArray) -> AnyArray:
        """Sum one value a cell over each region."""
        return sums_between(values, self.starts)

    def between(self, start: int, stop: int) -> Cells:
        """Return the cells of the regions from `start` to before `stop` (relative)."""
        return self._cut(int(self.starts[start]), int(self.starts[stop]), start, stop)

    def pieces(self) -> Iterator[Cells]:
        """Yield the cells a few at a time, so that what is computed on them stays in cache.

        A region may be cut in two.
        """
        for low in range(0, self.count.size, _PIECE):
            high = min(low + _PIECE, self.count.size)
            start = int(np.searchsorted(self.starts, low, side="right")) - 1
            stop = int(np.searchsorted(self.starts, high, side="left"))
            yield self._cut(low, high, start, stop)

    def bunches(self) -> Iterator[Cells]:
        """Yield the cells a few whole regions at a time."""
        start = 0
        while start < self.n_regions:
            most = self.starts[start] + _BUNCH
            stop = max(start + 1, int(np.searchsorted(self.starts, most, side="right")) - 1)
            yield self.between(start, stop)
            start = stop

    def _cut(self, low: int, high: int, start: int, stop: int) -> Cells:
        return Cells(
            self.first_region + start,
            np.clip(self.starts[start : stop + 1], low, high) - low,
            self.code1[low:high],
            self.code2[low:high],
            self.count[low:high],
        )

    def filtered(self, keep: AnyArray) -> Cells:
        """Return the cells where `keep` is true."""
        kept = np.concatenate([[0], np.cumsum(keep)])
        starts = kept[self.starts].astype(np.int64)
        return Cells(
            self.first_region, starts, self.code1[keep], self.code2[keep], self.count[keep]
        )


def sums_between(values: AnyArray, starts: IntArray) -> AnyArray:
    """Sum values between consecutive starts, each run by itself; 0 where a run is empty."""
    out = np.zeros(starts.size - 1, values.dtype)
    held = (starts[1:] > starts[:-1]).nonzero()[0]
    if held.size:
        out[held] = np.add.reduceat(values, starts[held])
    return out


@dataclass(frozen=True, slots=True, eq=False)
class SortedRun:
    """Sorted distinct keys with counts; ``region`` leads unless it is packed into the key.

    ``bits`` is the width of one code within the key. With narrow codes the region stands
    in the upper half of a 64-bit key; wide codes fill the key, and the region is apart.
    """

    bits: int
    key: AnyArray
    count: IntArray
    region: AnyArray | None = None

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        apart = 0 if self.region is None else self.region.nbytes
        return self.key.nbytes + self.count.nbytes + apart


def run_of_pixels(code1: AnyArray, code2: AnyArray, region: AnyArray | None) -> SortedRun:
    """Return the cells of a block of pixels as a run."""
    if code1.dtype != np.uint16 or code2.dtype != np.uint16:
        return _sorted(SortedRun(32, wide_keys(code1, code2), _ONE, region))
    if region is None and code1.size:
        low1, low2 = int(code1.min()), int(code2.min())
        shape = int(code1.max()) - low1 + 1, int(code2.max()) - low2 + 8 & ~7
        if shape[0] * shape[1] <= min(_TABLE, _TABLE_A_PIXEL * code1.size):
            from covoxel.intensity.cell_kernels import count_pairs

            codes = read_only(code1), read_only(code2)
            return SortedRun(16, *count_pairs(*codes, low1, low2, np.zeros(shape, np.uint32)))
    return _sorted(SortedRun(16, _narrow_keys(code1, code2, region), _ONE))


def merge_runs(runs: list[SortedRun]) -> SortedRun:
    """Merge runs into one, sorted or not; equal keys add up."""
    if len(runs) == 1:
        return runs[0]
    region = None
    if runs[0].region is not None:
        region = np.concatenate([run.region for run in runs if run.region is not None])
    keys = np.concatenate([run.key for run in runs])
    return _sorted(
        SortedRun(runs[0].bits, keys, np.concatenate([run.count for run in runs]), region)
    )


def _sorted(run: SortedRun) -> SortedRun:
    """Sort the keys of a run, and add up those that are equal; each counts 1 without counts."""
    from covoxel.intensity.cell_kernels import radix_sort

    key, region = run.key, run.region
    counts = None if run.count is _ONE or run.count.max(initial=1) == 1 else run.count
    if region is not None:
        _, order = radix_sort(key.copy(), np.arange(key.size))
        region, order = radix_sort(region[order], order)
        key = key[order]
        counts = None if counts is None else counts[order]
    elif counts is None:
        key.sort()
    elif key.dtype == np.uint32 and counts.max() <= LOW:
        pairs = wide_keys(key, counts.astype(np.uint32))
        pairs.sort()
        key, counts = (pairs >> np.uint64(32)).astype(np.uint32), pairs.astype(np.uint32)
    else:
        key, counts = radix_sort(key, counts)
    key, region, totals = added_up(key, region, counts)
    return SortedRun(run.bits, key, totals, region)


def added_up(
    key: AnyArray, region: AnyArray | None = None, count: IntArray | None = None
) -> tuple[AnyArray, Any, IntArray]:
    """Add up equal keys, which are sorted in each region: keys, regions, and pixels of each.

    Keys and regions are overwritten.
    """
    from covoxel.intensity.cell_kernels import add_up

    totals = np.empty(key.size, np.int64)
    n = add_up(key, region, count, totals)
    found: list[Any] = [None if array is None else array[:n] for array in (key, region, totals)]
    if 2 * n < key.size:  # the memory is worth a copy
        found = [None if array is None else array.copy() for array in found]
    return found[0], found[1], found[2]


def cells_of_run(run: SortedRun, first_region: int, n_regions: int) -> Cells:
    """Unpack a run that holds `n_regions` regions from `first_region` on."""
    key, region = run.key, run.region
    shift, narrow = key.dtype.type(run.bits), np.dtype(f"u{run.bits // 8}")
    if run.bits == 16 and key.dtype == np.uint64:
        region = key >> np.uint64(32)
    if region is None:
        starts = np.array([0, key.size], np.int64)
    else:
        wanted = np.arange(first_region, first_region + n_regions + 1, dtype=region.dtype)
        starts = np.searchsorted(region, wanted).astype(np.int64)
    return Cells(
        first_region,
        starts,
        (key >> shift).astype(narrow),  # the lower bits
        key.astype(narrow),
        run.count,
    )


def run_of_cells(cells: Cells, n_regions: int) -> SortedRun:
    """Pack cells again; the inverse of `cells_of_run`."""
    region = None if n_regions == 1 else (cells.region + cells.first_region).astype(np.uint64)
    if cells.code1.dtype == np.uint16 and cells.code2.dtype == np.uint16:
        return SortedRun(16, _narrow_keys(cells.code1, cells.code2, region), cells.count)
    return SortedRun(32, wide_keys(cells.code1, cells.code2), cells.count, region)


def _narrow_keys(code1: AnyArray, code2: AnyArray, region: AnyArray | None) -> AnyArray:
    pair: AnyArray = np.left_shift(code1, 16, dtype=np.uint32)
    pair |= code2
    return pair if region is None else wide_keys(region, pair)


def wide_keys(high: AnyArray, low: AnyArray) -> AnyArray:
    """Return keys of 64 bits from two halves."""
    keys: AnyArray = np.left_shift(high, 32, dtype=np.uint64)
    keys |= low
    return keys
