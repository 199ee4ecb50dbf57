"""Runs: keys of intensities or of pairs of them, sorted and counted."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, IntArray
from covoxel.intensity.blocks import read_only
from covoxel.intensity.cells import Cells
from covoxel.intensity.value_codes import added_up, wide_keys

#: Bytes gathered before the first merge.
GATHERED = 1 << 22
#: Pairs of codes that are counted in a table: at most so many, and so many for each pixel.
_TABLE, _TABLE_A_PIXEL = 1 << 22, 8


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
        return sorted_run(32, wide_keys(code1, code2), region)
    if region is None and code1.size:
        low1, low2 = int(code1.min()), int(code2.min())
        shape = int(code1.max()) - low1 + 1, int(code2.max()) - low2 + 8 & ~7
        if shape[0] * shape[1] <= min(_TABLE, _TABLE_A_PIXEL * code1.size):
            from covoxel.intensity.cell_kernels import count_pairs

            codes = read_only(code1), read_only(code2)
            return SortedRun(16, *count_pairs(*codes, low1, low2, np.zeros(shape, np.uint32)))
    return sorted_run(16, _narrow_keys(code1, code2, region))


class MergedRuns:
    """Sorted runs in memory, which are merged when they have doubled.

    `most`: bytes that they may fill.
    `refused`: what is said of more.
    """

    def __init__(self, most: int, refused: str) -> None:
        self._most, self._refused = most, refused
        self._runs: list[SortedRun] = []
        self._merged_bytes = 0

    def add(self, run: SortedRun) -> None:
        """Take a run.

        Raises
        ------
        MemoryError
            If all of them outgrow what they may fill, and cannot go elsewhere.
        """
        self._runs.append(run)
        held = sum(run.nbytes for run in self._runs)
        if held <= min(max(2 * self._merged_bytes, GATHERED), self._most):
            return
        if self.merged().nbytes > self._most:
            self._overflow()

    def merged(self) -> SortedRun:
        """Return all runs as one; there must be some."""
        run = merge_runs(self._runs)
        self._runs, self._merged_bytes = [run], run.nbytes
        return run

    def _overflow(self) -> None:
        raise MemoryError(self._refused)


def merge_runs(runs: list[SortedRun]) -> SortedRun:
    """Merge sorted runs, of which the list is emptied, into one; equal keys add up."""
    runs.sort(key=_size, reverse=True)
    while len(runs) > 1:
        insort(runs, _merged(runs.pop(), runs.pop()), key=lambda run: -_size(run))
    return runs.pop()


def _size(run: SortedRun) -> int:
    return run.key.size


def _merged(one: SortedRun, other: SortedRun) -> SortedRun:
    from covoxel.intensity.cell_kernels import merge_sorted

    size = _size(one) + _size(other)
    key, count = np.empty(size, one.key.dtype), np.empty(size, np.int64)
    region = None if one.region is None else np.empty(size, np.uint32)
    given: list[Any] = [
        None if array is None else read_only(array)
        for run in (one, other)
        for array in (run.key, run.region, run.count)
    ]
    arrays = *given, key, region, count
    n = merge_sorted(*arrays)
    for array in (key, count, region):
        if array is not None:
            array.resize(n, refcheck=False)
    return SortedRun(one.bits, key, count, region)


def sorted_run(
    bits: int, key: AnyArray, region: AnyArray | None = None, count: IntArray | None = None
) -> SortedRun:
    """Sort keys, and add up those that are equal; each counts 1 without `count`.

    Counts have no regions.
    """
    from covoxel.intensity.cell_kernels import radix_sort

    if count is not None:
        key, count = radix_sort(key, count)
    elif region is None or (region[1:] == region[:-1]).all():
        key.sort()
        region = None if region is None else region.copy()
    elif key.dtype == np.uint32:
        both = wide_keys(region, key)
        both.sort()
        region, key = (both >> np.uint64(32)).astype(np.uint32), both.astype(np.uint32)
    else:
        _, order = radix_sort(key.copy(), np.arange(key.size))
        region, order = radix_sort(region[order], order)
        key = key[order]
    key, region, totals = added_up(key, region, count)
    return SortedRun(bits, key, totals, region)


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
    region = None if n_regions == 1 else (cells.region + cells.first_region).astype(np.uint32)
    if cells.code1.dtype == np.uint16 and cells.code2.dtype == np.uint16:
        return SortedRun(16, _narrow_keys(cells.code1, cells.code2, region), cells.count)
    return SortedRun(32, wide_keys(cells.code1, cells.code2), cells.count, region)


def _narrow_keys(code1: AnyArray, code2: AnyArray, region: AnyArray | None) -> AnyArray:
    pair: AnyArray = np.left_shift(code1, 16, dtype=np.uint32)
    pair |= code2
    return pair if region is None else wide_keys(region, pair)
