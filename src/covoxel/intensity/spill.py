"""Sorted runs of cells on disk: those that outgrow memory, and those of other processes."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from covoxel.core.sharing import scratch_folder
from covoxel.core.types import AnyArray
from covoxel.intensity.cells import Cells, SortedRun, cells_of_run

#: One key of so many is kept in memory, to find ranges of keys that hold as many cells.
_STEP = 1024
#: Fewest cells of a window, however small the budget.
_FEWEST = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class StoredRun:
    """A sorted run in a file, its keys before its counts.

    Attributes
    ----------
    path : Path
    size : int
        Cells, at least one.
    key_type, count_type : dtype
    sampled : array
        Each 1024th key, and the last.
    bits : int
        Width of a code.
    region_type : dtype, optional
        Of the regions behind the counts, where keys do not hold them.
    """

    path: Path
    size: int
    key_type: np.dtype[Any]
    count_type: np.dtype[Any]
    sampled: AnyArray
    bits: int = 16
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

    Parameters
    ----------
    folder : Path, optional
        That of another object.
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
