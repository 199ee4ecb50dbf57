"""Sorted runs that are gathered in memory, and on disk past a budget or for other processes."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from covoxel.core.sharing import map_parts, scratch_folder
from covoxel.core.types import AnyArray
from covoxel.intensity.cells import Cells, Part
from covoxel.intensity.runs import GATHERED, MergedRuns, SortedRun, cells_of_run

#: One key of so many is kept in memory, to find ranges of keys that hold as many cells.
_STEP = 1024
#: Fewest cells of a window, however small the budget.
_FEWEST = 1 << 16
#: Bytes that a cell needs in the reading that needs most, Kendall's.
BYTES_A_CELL = 256
#: What part of the budget gathered cells fill, as merging needs four times as much; and at
#: which part cells that cannot go to disk are refused: a reading takes 10 times their bytes.
_SHARE, WIDE_SHARE = 8, 10
OVER_BUDGET = (
    "the cells of a 32-bit, 64-bit or float image outgrow memory_budget={} bytes; "
    "raise it, or ask for measures that need only sums"
)


@dataclass(frozen=True, slots=True, eq=False)
class StoredRun:
    """A sorted run in a file, its keys before its counts."""

    path: Path
    #: Cells, at least one.
    size: int
    key_type: np.dtype[Any]
    count_type: np.dtype[Any]
    #: Each 1024th key, and the last.
    sampled: AnyArray
    #: Width of a code.
    bits: int = 16
    #: Of the regions behind the counts, where keys do not hold them.
    region_type: np.dtype[Any] | None = None

    def take(self) -> SortedRun:
        """Return the whole run, and remove its file."""
        with self.path.open("rb") as file:
            key = np.fromfile(file, self.key_type, self.size)
            count = np.fromfile(file, self.count_type, self.size).astype(np.int64)
            apart = self.region_type
            region = None if apart is None else np.fromfile(file, apart, self.size)
        self.path.unlink()
        return SortedRun(self.bits, key, count, region)

    def read(self, low: int = 0, high: int | None = None) -> SortedRun:
        """Return the cells whose keys are at least `low` and below `high`."""
        keys = np.memmap(self.path, self.key_type, "r", shape=(self.size,))
        counts = np.memmap(self.path, self.count_type, "r", keys.nbytes, (self.size,))
        start = int(np.searchsorted(keys, self.key_type.type(low)))
        stop = self.size if high is None else int(np.searchsorted(keys, self.key_type.type(high)))
        return SortedRun(16, np.array(keys[start:stop]), counts[start:stop].astype(np.int64))


class Spill:
    """A folder of runs, removed with the object that made it; copies in other processes share it.

    `folder`: that of another object.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._given = folder
        self._remove: Any = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Spill, (self.folder,)

    @cached_property
    def folder(self) -> Path:
        """The folder, made now if that was not done."""
        if self._given is not None:
            return self._given
        folder = scratch_folder()
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def store(self, run: SortedRun) -> StoredRun:
        """Write a run to a file of its own; without room nothing is left behind."""
        count = run.count.astype(np.min_scalar_type(int(run.count.max())))
        handle, name = tempfile.mkstemp(dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                run.key.tofile(file)
                count.tofile(file)
                if run.region is not None:
                    run.region.tofile(file)
        except OSError as error:
            msg = f"cells do not fit on the disk of {self.folder}; raise memory_budget ({error})"
            Path(name).unlink(missing_ok=True)
            if self._remove is not None:
                self._remove()
            raise OSError(msg) from error
        sampled = np.append(run.key[::_STEP], run.key[-1])
        region = None if run.region is None else run.region.dtype
        types = (run.key.dtype, count.dtype)
        return StoredRun(Path(name), run.key.size, *types, sampled, run.bits, region)


def key_ranges(runs: Sequence[StoredRun], window: int) -> list[tuple[int, int | None]]:
    """Cut the keys of runs into ranges that hold about as many cells as a window, or fewer.

    A range holds whole regions, or a part of one that outgrows half a window, which ends where a
    first code does.
    """
    step = max(window, _FEWEST) // 2 // _STEP
    keys = np.sort(np.concatenate([run.sampled for run in runs]))[step::step].tolist()
    bounds, opened = {0}, 0
    for key in keys:
        region = key >> 32
        bounds.add(region << 32)
        if region == opened:
            bounds |= {key >> 16 << 16, region + 1 << 32}
        opened = region
    if runs[0].key_type != np.uint64:
        bounds.discard(1 << 32)
    ends = sorted(bounds)
    return list(zip(ends, [*ends[1:], None], strict=True))


class StoredPart:
    """Cells on disk, loaded when asked for."""

    def __init__(self, spill: Spill, run: StoredRun, n_regions: int) -> None:
        self._spill = spill  # keeps the folder alive
        self._run = run
        self.first_region, self.n_regions = 0, n_regions
        if run.key_type == np.uint64:
            self.first_region, last = (int(run.sampled[at]) >> 32 for at in (0, -1))
            self.n_regions = last - self.first_region + 1

    def load(self) -> Cells:
        """Read the cells."""
        return cells_of_run(self._run.read(), self.first_region, self.n_regions)


CellRun = SortedRun | StoredRun


class GatheredRuns(MergedRuns):
    """Runs in memory, and on disk.

    `budget`: bytes that cells, and readings of them, may take.
    `spill`: where runs past it go, and large ones that are sent to another process.
    `wide`: whether codes are wide: past the budget they are refused.
    """

    def __init__(self, budget: int, spill: Spill, *, wide: bool = False) -> None:
        super().__init__(budget // (WIDE_SHARE if wide else _SHARE), OVER_BUDGET.format(budget))
        self._budget, self._spill, self._wide = budget, spill, wide
        self._stored: list[StoredRun] = []

    def take(self, run: CellRun) -> None:
        """Take a run that may be on disk; see `add`."""
        if not isinstance(run, StoredRun):
            self.add(run)
        elif self._wide:
            self.add(run.take())
        else:
            self._stored.append(run)

    def _overflow(self) -> None:
        if self._wide:
            super()._overflow()
        self._store()

    def _store(self) -> None:
        """Take the one merged run to disk."""
        self._stored += [self._spill.store(run) for run in self._runs if run.key.size]
        self._runs, self._merged_bytes = [], 0

    def runs(self, *, sent: bool = False) -> list[CellRun]:
        """Return all runs; if they are `sent` to another process, none that is large in memory."""
        if self._runs and self.merged().nbytes > GATHERED and sent:
            self._store()
        return [*self._stored, *self._runs]

    def parts(self, n_regions: int) -> tuple[tuple[Part, ...], bool]:
        """Return the cells of all runs, and whether they are on disk, in parts that can be read."""
        window, spill = self._budget // BYTES_A_CELL, self._spill
        cells = self.merged().key.size if self._runs else 0
        if self._wide or not (self._stored or cells > window):
            return (cells_of_run(self._runs[0], 0, n_regions),), False
        self._store()
        runs = [replace(run, sampled=run.sampled[:0]) for run in self._stored]
        found = map_parts(partial(_merged_range, spill, runs), key_ranges(self._stored, window))
        parts = tuple(StoredPart(spill, run, n_regions) for run in found if run is not None)
        for run in runs:
            run.path.unlink()
        return parts, True


def _merged_range(
    spill: Spill, runs: Sequence[StoredRun], bounds: tuple[int, int | None]
) -> StoredRun | None:
    """Merge what runs have in a range of keys; None if that is nothing."""
    gathered = GatheredRuns(sys.maxsize, spill)
    for run in runs:
        gathered.add(run.read(*bounds))
    merged = gathered.merged()
    return spill.store(merged) if merged.key.size else None
