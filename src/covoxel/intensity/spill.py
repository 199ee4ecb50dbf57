"""Runs that outgrow their memory budget go to disk, sorted, and come back in key order."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from covoxel._types import AnyArray
from covoxel.intensity.cells import Cells, Run, cells_of_run, merge_runs

#: Cells merged at a time.
_WINDOW = 1 << 22
#: Fewest of them from each run: more than the keys that a first code can have.
_FEWEST = 1 << 17


class Spill:
    """A folder of sorted runs of narrow codes, removed with the object.

    Each run is two flat files, keys and counts, read with explicit offsets so that the
    resident memory stays a window, whatever the page cache does.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="covoxel-"))
        self._finalizer = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._sizes: list[int] = []
        self._key_type = np.dtype(np.uint32)

    def write(self, run: Run) -> None:
        """Append a run."""
        self._key_type = run.key.dtype
        self.store(f"run{len(self._sizes)}", run)
        self._sizes.append(run.key.size)

    def store(self, stem: str, run: Run) -> None:
        """Write a run's keys and counts; without room for them nothing is left behind."""
        try:
            run.key.tofile(self.folder / f"{stem}.key")
            run.count.astype(np.int64, copy=False).tofile(self.folder / f"{stem}.count")
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

    def merged(self) -> Iterator[Run]:
        """Yield all runs merged, in key order.

        A piece holds either whole regions or, of a region that is larger than the window,
        a part that ends where a first code ends.
        """
        at = [0] * len(self._sizes)
        step = max(_FEWEST, _WINDOW // max(1, len(at)))
        opened: int | None = None
        while any(at[i] < size for i, size in enumerate(self._sizes)):
            windows = [self._read(i, at[i], at[i] + step) for i in range(len(at))]
            ends = [
                int(keys[-1])
                for i, (keys, _) in enumerate(windows)
                if keys.size and at[i] + keys.size < self._sizes[i]
            ]
            least = min(int(keys[0]) for keys, _ in windows if keys.size)
            cut, opened = _cut(least, min(ends) if ends else None, opened)
            pieces = []
            for i, (keys, counts) in enumerate(windows):
                n = keys.size
                if cut is not None and n and int(keys[-1]) >= cut:
                    n = int(np.searchsorted(keys, keys.dtype.type(cut)))
                if n:
                    pieces.append(Run(16, keys[:n], counts[:n]))
                at[i] += n
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

    def __init__(self, spill: Spill, index: int, run: Run, n_regions: int) -> None:
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
            Run(16, *self._spill.load(self._stem)), self.first_region, self.n_regions
        )


def stored_parts(spill: Spill, n_regions: int) -> tuple[StoredPart, ...]:
    """Merge a spill into parts on disk, in key order."""
    parts = tuple(
        StoredPart(spill, index, run, n_regions) for index, run in enumerate(spill.merged())
    )
    spill.drop_runs()
    return parts
