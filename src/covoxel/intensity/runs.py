"""Runs: keys of pairs of intensities, sorted and counted, which become cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from covoxel.core.types import AnyArray, IntArray
from covoxel.intensity.blocks import read_only
from covoxel.intensity.cells import Cells
from covoxel.intensity.value_codes import LOW, added_up, wide_keys

#: Pairs of codes that are counted in a table: at most so many, and so many for each pixel.
_TABLE, _TABLE_A_PIXEL = 1 << 22, 8
#: Stands for counts of 1.
_ONE = np.ones(1, np.int64)


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
