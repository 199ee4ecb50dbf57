"""Sorted runs of cells that are gathered, merged, and taken to disk past a budget."""

from __future__ import annotations

from covoxel.intensity.cells import SortedRun, cells_of_run, merge_runs
from covoxel.intensity.parts import Part
from covoxel.intensity.spill import Spill, stored_parts

#: Bytes that a cell needs in the reading that needs most, Kendall's.
BYTES_A_CELL = 256
#: What part of the budget gathered cells fill, as merging needs four times as much; and at
#: which part cells that cannot go to disk are refused: a reading takes 10 times their bytes.
_SHARE, WIDE_SHARE = 8, 10
#: Bytes gathered before the first merge.
_GATHERED = 1 << 22
OVER_BUDGET = (
    "the cells of a 32-bit, 64-bit or float image outgrow memory_budget={} bytes; "
    "raise it, or ask for measures that need only sums"
)


class GatheredRuns:
    """Runs in memory, which are merged when they have doubled, and those on disk.

    Parameters
    ----------
    budget : int
        Bytes that cells, and readings of them, may take.
    spills : bool
        Whether runs past it go to disk; else they are refused.
    """

    def __init__(self, budget: int, *, spills: bool) -> None:
        self._budget, self._spills = budget, spills
        self._most = budget // (_SHARE if spills else WIDE_SHARE)
        self._runs: list[SortedRun] = []
        self._merged_bytes = 0
        self._spill: Spill | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added."""
        return not self._runs and self._spill is None

    def add(self, run: SortedRun) -> None:
        """Take a run.

        Raises
        ------
        MemoryError
            If runs that cannot go to disk fill their share of the budget.
        """
        self._runs.append(run)
        held = sum(run.nbytes for run in self._runs)
        if held <= max(2 * self._merged_bytes, _GATHERED) and held <= self._most:
            return
        self._merge()
        if self._merged_bytes > self._most:
            if not self._spills:
                raise MemoryError(OVER_BUDGET.format(self._budget))
            self._write()

    def _merge(self) -> None:
        self._runs = [merge_runs(self._runs)]
        self._merged_bytes = self._runs[0].nbytes

    def _write(self) -> Spill:
        """Take the one merged run to disk."""
        self._spill = self._spill or Spill(self._budget // BYTES_A_CELL)
        self._spill.write(self._runs.pop())
        self._merged_bytes = 0
        return self._spill

    def parts(self, n_regions: int) -> tuple[tuple[Part, ...], bool]:
        """Return the cells of all runs, and whether they are on disk."""
        spill = self._spill
        if self._runs:
            self._merge()
            large = self._runs[0].key.size > self._budget // BYTES_A_CELL
            if spill is not None or (large and self._spills):
                spill = self._write()
        if spill is not None:
            return tuple(stored_parts(spill, n_regions)), True
        return (cells_of_run(self._runs[0], 0, n_regions),), False
