"""Runs that outgrow their memory budget go to disk, sorted, and come back in key order."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.intensity.cells import Cells, SortedRun, cells_of_run, merge_runs

#: Fewest cells read of a run at a time: more than the keys that a first code can have.
_FEWEST = (1 << 16) + 1
#: Runs that are merged at once, however small the window.
_FEW_RUNS = 8


class Spill:
    """A folder of sorted runs of narrow codes, removed with the object.

    Each run is two flat files, keys and counts, read with explicit offsets so that the
    resident memory stays a window, whatever the page cache does.

    Parameters
    ----------
    window : int
        Cells merged at a time.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self.folder = Path(tempfile.mkdtemp(prefix="covoxel-"))
        self._finalizer = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._sizes: list[int] = []
        self._key_type = np.dtype(np.uint32)

    def write(self, run: SortedRun) -> None:
        """Append a run."""
        self._key_type = run.key.dtype
        self.store(f"run{len(self._sizes)}", run)
        self._sizes.append(run.key.size)

    def store(self, stem: str, run: SortedRun) -> None:
        """Append a run's keys and counts to files; without room nothing is left behind."""
        count = run.count.astype(np.int64, copy=False)
        try:
            for kind, values in (("key", run.key), ("count", count)):
                with (self.folder / f"{stem}.{kind}").open("ab") as file:
                    values.tofile(file)
        except OSError as error:
            msg = f"cells do not fit on the disk of {self.folder}; raise memory_budget ({error})"
            self._finalizer()
            raise OSError(msg) from error

    def load(self, stem: str, n: int = -1, start: int = 0) -> tuple[AnyArray, AnyArray]:
        """Read `n` keys and counts (all of them by default) from `start` on."""
        size = self._key_type.itemsize
        key = np.fromfile(self.folder / f"{stem}.key", self._key_type, n, offset=start * size)
        return key, np.fromfile(self.folder / f"{stem}.count", np.int64, n, offset=start * 8)

    def _read(self, index: int, start: int, stop: int) -> tuple[AnyArray, AnyArray]:
        n = max(0, min(stop, self._sizes[index]) - start)
        return self.load(f"run{index}", n, start)

    def merged(self) -> Iterator[SortedRun]:
        """Yield all runs merged, in key order.

        A piece holds either whole regions or, of a region that is larger than the window,
        a part that ends where a first code ends.
        """
        runs = list(range(len(self._sizes)))
        most = max(_FEW_RUNS, self._window // _FEWEST)
        while len(runs) > most:
            runs = [self._joined(runs[at : at + most]) for at in range(0, len(runs), most)]
        yield from self._merge(runs)

    def _joined(self, runs: list[int]) -> int:
        """Merge runs into one, which takes their place on disk."""
        joined = len(self._sizes)
        self._sizes.append(0)
        for piece in self._merge(runs):
            self.store(f"run{joined}", piece)
            self._sizes[joined] += piece.key.size
        for run in runs:
            for kind in ("key", "count"):
                (self.folder / f"run{run}.{kind}").unlink()
        return joined

    def _merge(self, runs: list[int]) -> Iterator[SortedRun]:
        at = dict.fromkeys(runs, 0)
        step = max(_FEWEST, self._window // len(runs))
        opened: int | None = None
        while any(at[run] < self._sizes[run] for run in runs):
            windows = {run: self._read(run, at[run], at[run] + step) for run in runs}
            ends = [
                int(keys[-1])
                for run, (keys, _) in windows.items()
                if keys.size and at[run] + keys.size < self._sizes[run]
            ]
            least = min(int(keys[0]) for keys, _ in windows.values() if keys.size)
            cut, opened = _cut(least, min(ends) if ends else None, opened)
            pieces = []
            for run, (keys, counts) in windows.items():
                n = keys.size
                if cut is not None and n and int(keys[-1]) >= cut:
                    n = int(np.searchsorted(keys, keys.dtype.type(cut)))
                if n:
                    pieces.append(SortedRun(16, keys[:n], counts[:n]))
                at[run] += n
            if pieces:
                yield merge_runs(pieces)

    def drop_runs(self) -> None:
        """Delete the runs, once they are merged."""
        for file in self.folder.glob("run*"):
            file.unlink()


def _cut(least: int, end: int | None, opened: int | None) -> tuple[int | None, int | None]:
    """Return the key to cut before (None: take all) and the region left open, if any.

    Keys up to `end` are complete; `opened` is the region that the last cut left open.
    """
    if opened is not None and least >> 32 == opened:
        boundary = opened + 1 << 32
        if end is None or end >= boundary:
            return boundary, None
        return end >> 16 << 16, opened
    if end is None:
        return None, None
    if end >> 32 > least >> 32:
        return end >> 32 << 32, None
    return end >> 16 << 16, end >> 32


class StoredPart:
    """Cells on disk, loaded when asked for."""

    def __init__(self, spill: Spill, index: int, run: SortedRun, n_regions: int) -> None:
        self._spill = spill  # keeps the folder alive
        self._stem = f"part{index}"
        if run.key.dtype == np.uint64:
            self.first_region = int(run.key[0] >> np.uint64(32))
            self.n_regions = int(run.key[-1] >> np.uint64(32)) - self.first_region + 1
        else:
            self.first_region, self.n_regions = 0, n_regions
        spill.store(self._stem, run)

    def load(self) -> Cells:
        """Read the cells."""
        return cells_of_run(
            SortedRun(16, *self._spill.load(self._stem)), self.first_region, self.n_regions
        )


def stored_parts(spill: Spill, n_regions: int) -> tuple[StoredPart, ...]:
    """Merge a spill into parts on disk, in key order."""
    parts = tuple(
        StoredPart(spill, index, run, n_regions) for index, run in enumerate(spill.merged())
    )
    spill.drop_runs()
    return parts
