"""Work for worker processes: groups of images, and parts of large ones."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from covoxel.batch.engines import TICK, ImageGroups
from covoxel.batch.image_files import ImageFiles
from covoxel.batch.sharing import FAILED, PartResult, PartTask, Shared

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
