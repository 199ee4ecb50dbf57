"""Sorted runs of cells that are gathered, merged, and taken to disk past a budget."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from covoxel.core.sharing import map_parts
from covoxel.intensity.cells import SortedRun, cells_of_run, merge_runs
from covoxel.intensity.parts import Part
from covoxel.intensity.spill import Spill, StoredPart, StoredRun, key_ranges

#: Bytes that a cell needs in the reading that needs most, Kendall's.
BYTES_A_CELL = 256
#: What part of the budget gathered cells fill, as merging needs four times as much; and at
#: which part cells that cannot go to disk are refused: a reading takes 10 times their bytes.
_SHARE, WIDE_SHARE = 8, 10
#: Bytes gathered before the first merge, and most of a run that processes send to each other.
_GATHERED = 1 << 22
OVER_BUDGET = (
    "the cells of a 32-bit, 64-bit or float image outgrow memory_budget={} bytes; "
    "raise it, or ask for measures that need only sums"
)

Run = SortedRun | StoredRun


class GatheredRuns:
    """Runs in memory, which are merged when they have doubled, and those on disk.

    Parameters
    ----------
    budget : int
        Bytes that cells, and readings of them, may take.
    spill : Spill
        Where runs past it go, and large ones that are sent to another process.
    wide : bool
        Whether codes are wide: past the budget they are refused.
    """

    def __init__(self, budget: int, spill: Spill, *, wide: bool = False) -> None:
        self._budget, self._spill, self._wide = budget, spill, wide
        self._most = budget // (WIDE_SHARE if wide else _SHARE)
        self._runs: list[SortedRun] = []
        self._stored: list[StoredRun] = []
        self._merged_bytes = 0

    def add(self, run: Run) -> None:
        """Take a run.

        Raises
        ------
        MemoryError
            If runs that cannot go to disk fill their share of the budget.
        """
        if isinstance(run, StoredRun) and not self._wide:
            self._stored.append(run)
            return
        self._runs.append(run.take() if isinstance(run, StoredRun) else run)
        held = sum(run.nbytes for run in self._runs)
        if held <= max(2 * self._merged_bytes, _GATHERED) and held <= self._most:
            return
        if self.merged().nbytes > self._most:
            if self._wide:
                raise MemoryError(OVER_BUDGET.format(self._budget))
            self._store()

    def merged(self) -> SortedRun:
        """Return what is in memory as one run; something must be."""
        self._runs = [merge_runs(self._runs)]
        self._merged_bytes = self._runs[0].nbytes
        return self._runs[0]

    def _store(self) -> None:
        """Take the one merged run to disk."""
        self._stored += [self._spill.store(run) for run in self._runs if run.key.size]
        self._runs, self._merged_bytes = [], 0

    def runs(self, *, sent: bool = False) -> list[Run]:
        """Return all runs; if they are `sent` to another process, none that is large in memory."""
        if self._runs and self.merged().nbytes > _GATHERED and sent:
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
