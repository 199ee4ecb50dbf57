"""Jobs that kill the processes which run them, in a module that worker processes can import."""

import os
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from covoxel.analysis.measure import data
from covoxel.batch.job import Job
from covoxel.intensity import blocks, histogram, runs, spill

#: What has images of 16 × 16 pixels read, not held, and cut into slabs, and their cells on disk.
SMALL = [
    (blocks, "LARGE_VOXELS", 50),
    (blocks, "_SLAB_BYTES", 176),
    (data, "BLOCK_VOXELS", 50),
    (histogram, "_SHARED_BUDGET", 1 << 13),
    (runs, "GATHERED", 1 << 8),
    (spill, "GATHERED", 1 << 8),
    (spill, "_STEP", 4),
    (spill, "_FEWEST", 32),
]

#: How often each image kills its process.
DEATHS = {"control/1/i0.tif": 1, "drug/1/i1.tif": 9}
_OF_SLAB = blocks._of_slab


@dataclass(frozen=True, kw_only=True)
class Deadly(Job):
    """A job in which some images kill their process."""

    def run(self, image):
        marks = self.folder / f"{image.key(self.recipe.root)}.deaths"
        marks.touch()
        with marks.open("a") as file:
            file.write("x")
        if marks.stat().st_size <= DEATHS.get(image.name, 0):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().run(image)


@dataclass(frozen=True, kw_only=True)
class Large(Job):
    """A job in which a process dies at a slab: the one that has the image, or one that helps."""

    dies: str

    def run(self, image):
        deadly = partial(_slab, str(self.folder), self.dies, os.getpid())
        with made_small(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(blocks, "_of_slab", deadly)
            return super().run(image)


@contextmanager
def made_small():
    """Have small images treated as large ones."""
    with pytest.MonkeyPatch.context() as patch:
        for one in SMALL:
            patch.setattr(*one)
        yield


def _slab(folder, dies, owner, *given):
    """Compute a slab; the process with the image waits until another one has helped."""
    helped, died = Path(folder, "helped"), Path(folder, "died")
    if os.getpid() != owner:
        helped.touch()
    deadline = time.monotonic() + 60
    while not helped.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    if dies == ("owner" if os.getpid() == owner else "helper") and not died.exists():
        died.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    with made_small():
        return _OF_SLAB(*given)
