"""Cells: the pairs of intensities that occur, sorted, with their counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from covoxel._types import AnyArray, IntArray

_LOW = np.uint64(0xFFFFFFFF)


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

    @property
    def region(self) -> IntArray:
        """Index of each cell's region, relative to the first one held."""
        return np.repeat(np.arange(self.n_regions), np.diff(self.starts))

    def slice(self, start: int, stop: int) -> Cells:
        """Return the cells of the regions from `start` to before `stop` (relative)."""
        low, high = int(self.starts[start]), int(self.starts[stop])
        return Cells(
            self.first_region + start,
            self.starts[start : stop + 1] - low,
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


@dataclass(frozen=True, slots=True, eq=False)
class Run:
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


def run_of_pixels(code1: AnyArray, code2: AnyArray, region: AnyArray | None) -> Run:
    """Sort the pixels of a block into a run."""
    if code1.dtype == np.uint16 and code2.dtype == np.uint16:
        pair = code1.astype(np.uint32) << np.uint32(16) | code2
        if region is not None:
            return _counted(16, np.sort(region.astype(np.uint64) << np.uint64(32) | pair))
        return _counted(16, np.sort(pair))
    pair = code1.astype(np.uint64) << np.uint64(32) | code2
    if region is None:
        return _counted(32, np.sort(pair))
    order = np.lexsort((pair, region))
    return _counted(32, pair[order], region[order])


def merge_runs(runs: list[Run]) -> Run:
    """Merge sorted runs into one; equal keys add up."""
    if len(runs) == 1:
        return runs[0]
    bits = runs[0].bits
    keys = np.concatenate([run.key for run in runs])
    counts = np.concatenate([run.count for run in runs])
    if runs[0].region is not None:
        regions = np.concatenate([run.region for run in runs if run.region is not None])
        order = np.lexsort((keys, regions))
        return _counted(bits, keys[order], regions[order], counts[order])
    if keys.dtype == np.uint32 and int(counts.sum()) <= int(_LOW):
        packed = np.sort(keys.astype(np.uint64) << np.uint64(32) | counts.astype(np.uint64))
        keys = (packed >> np.uint64(32)).astype(np.uint32)
        return _counted(bits, keys, counts=(packed & _LOW).astype(np.int64))
    order = np.argsort(keys, kind="stable")
    return _counted(bits, keys[order], counts=counts[order])


def _counted(
    bits: int, key: AnyArray, region: AnyArray | None = None, counts: IntArray | None = None
) -> Run:
    """Run-length encode sorted keys."""
    change = key[1:] != key[:-1]
    if region is not None:
        change |= region[1:] != region[:-1]
    starts = np.flatnonzero(np.concatenate([[key.size > 0], change]))
    if counts is None:
        totals = np.diff(np.append(starts, key.size))
    else:
        totals = np.add.reduceat(counts, starts) if starts.size else counts[:0]
    return Run(bits, key[starts], totals, None if region is None else region[starts])


def cells_of_run(run: Run, first_region: int, n_regions: int) -> Cells:
    """Unpack a run that holds `n_regions` regions from `first_region` on."""
    key = run.key
    if run.bits == 32:
        region, shift, low = run.region, np.uint64(32), _LOW
    else:
        shift, low = key.dtype.type(16), key.dtype.type(0xFFFF)
        region = (key >> np.uint64(32)) if key.dtype == np.uint64 else None
    narrow = np.uint16 if run.bits == 16 else np.uint32
    if region is None:
        starts = np.array([0, key.size], np.int64)
    else:
        wanted = np.arange(first_region, first_region + n_regions + 1, dtype=region.dtype)
        starts = np.searchsorted(region, wanted).astype(np.int64)
    return Cells(
        first_region,
        starts,
        (key >> shift & low).astype(narrow),
        (key & low).astype(narrow),
        run.count,
    )


def run_of_cells(cells: Cells, n_regions: int) -> Run:
    """Pack cells again; the inverse of `cells_of_run`."""
    bits = 16 if cells.code1.dtype == np.uint16 and cells.code2.dtype == np.uint16 else 32
    wide = np.uint32 if bits == 16 and n_regions == 1 else np.uint64
    pair = cells.code1.astype(wide) << wide(bits) | cells.code2
    if n_regions == 1:
        return Run(bits, pair, cells.count)
    region = cells.region + cells.first_region
    if bits == 16:
        return Run(bits, region.astype(np.uint64) << np.uint64(32) | pair, cells.count)
    return Run(bits, pair, cells.count, region)
