"""Engines: what analyses the images of a batch, and the board of those that share the work."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Protocol

from covoxel.batch.image_files import ImageFiles
from covoxel.batch.job import Job
from covoxel.batch.outcome import Entry
from covoxel.batch.sharing import FAILED, PartResult, PartTask, Shared

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


#: Parts for each worker that are computed before those in front of them are added.
_AHEAD = 4


class _Share:
    """Parts of one image, of which the process of the image takes what was computed, in order."""

    def __init__(self, asked: Shared, ahead: int) -> None:
        self._asked, self._ahead = asked, ahead
        self._todo = deque(range(len(asked.parts)))
        self._next = 0
        self.computed: dict[int, PartResult | None] = {}

    def take(self) -> Taken | None:
        """Return a part that nobody has taken; None if there is none, or it is too far ahead."""
        if not self._todo or self._todo[0] >= self._next + self._ahead:
            return None
        return self._part(self._todo.popleft())

    def next(self) -> Taken | PartResult | None:
        """Return what is next in order, or a part to compute; None where it has to be waited."""
        if self._next not in self.computed:
            return self.take()
        computed = self.computed.pop(self._next)
        if computed is FAILED:
            return self._part(self._next)
        self._next += 1
        return computed

    def _part(self, number: int) -> Taken:
        task = PartTask(self._asked.function, self._asked.parts[number])
        return Taken(self, number, task)


@dataclass(frozen=True)
class Taken:
    """A part that one worker has taken."""

    share: _Share
    number: int
    task: PartTask


class Board:
    """The work of a batch, handed out to several threads."""

    def __init__(self, images: Sequence[ImageFiles], workers: int) -> None:
        self.groups = ImageGroups(images)
        self.stopped = False
        self._workers, self._running = workers, 0
        self._shares: list[_Share] = []
        self._changed = threading.Condition()

    def take(self) -> Sequence[ImageFiles] | Taken | None:
        """Wait for a part of an image or a group; return None where all is done or stopped."""
        with self._changed:
            while not self.stopped:
                for share in self._shares:
                    if (part := share.take()) is not None:
                        return part
                if group := self.groups.take(self._workers):
                    self._running += 1
                    return group
                if not self._running:
                    break
                self._changed.wait(TICK)
        return None

    def finished(self) -> None:
        """Note that a group has ended."""
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    @contextmanager
    def sharing(self, asked: Shared) -> Iterator[_Share]:
        """Have parts of an image taken within."""
        share = _Share(asked, _AHEAD * self._workers)
        with self._changed:
            self._shares.append(share)
            self._changed.notify_all()
        try:
            yield share
        finally:
            with self._changed:
                self._shares.remove(share)

    def put(self, part: Taken, computed: PartResult | None) -> None:
        """Take what was computed of a part, or that this failed."""
        with self._changed:
            part.share.computed[part.number] = computed
            self._changed.notify_all()

    def next(self, share: _Share) -> Taken | PartResult | None:
        """Wait for what the process of an image gets next; return None where all is stopped."""
        with self._changed:
            while not self.stopped:
                if (found := share.next()) is not None:
                    self._changed.notify_all()
                    return found
                self._changed.wait(TICK)
        return None

    def stop(self) -> None:
        """Have no more handed out."""
        with self._changed:
            self.stopped = True
            self._changed.notify_all()
