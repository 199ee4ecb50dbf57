"""Engines: what analyses the images of a batch, behind one seam."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from math import ceil
from typing import Protocol

from covoxel.batch.image_files import ImageFiles
from covoxel.batch.job import Job
from covoxel.batch.outcome import Entry

#: Seconds that a task takes at least, where images take less.
_TASK_SECONDS = 0.5
#: Weight of the last image in the mean of the times that images take.
_WEIGHT = 0.2
#: Seconds after which the caller hears that nothing has ended.
TICK = 0.2


class Engine(Protocol):
    """What analyses images."""

    def run(self, job: Job, images: Sequence[ImageFiles]) -> Generator[Entry | None, None, None]:
        """Yield an entry for each image, in any order; None where nothing ended for a while.

        Closing the generator stops what is running.
        """


class Serial:
    """Analyses images one after another in this process."""

    def run(self, job: Job, images: Sequence[ImageFiles]) -> Generator[Entry | None, None, None]:
        """Yield an entry for each image."""
        yield from map(job.run, images)


class ImageGroups:
    """Images in groups that take about half a second each; used by several threads."""

    def __init__(self, images: Iterable[ImageFiles]) -> None:
        self._images = deque(images)
        self._seconds = _TASK_SECONDS
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many images are left."""
        return len(self._images)

    def took(self, seconds: float) -> None:
        """Note how long an image took."""
        with self._lock:
            self._seconds += _WEIGHT * (seconds - self._seconds)

    def take(self, workers: int) -> tuple[ImageFiles, ...]:
        """Return the next group; empty where none is left.

        Towards the end they are smaller, so that all of so many workers end together.
        """
        with self._lock:
            fair = ceil(len(self._images) / (2 * workers))
            wanted = ceil(_TASK_SECONDS / max(self._seconds, 1e-3))
            return tuple(self._images.popleft() for _ in range(min(fair, wanted)))

    def put_back(self, images: Iterable[ImageFiles]) -> None:
        """Take back images that were not analysed."""
        with self._lock:
            self._images.extendleft(reversed(tuple(images)))
