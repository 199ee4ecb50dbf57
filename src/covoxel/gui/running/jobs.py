"""Work in the background, one computation at a time, and in steps on the main thread."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from qtpy.compat import isalive
from qtpy.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from covoxel.core.types import Cancelled, Progress

#: A computation takes the progress callback and returns its result.
Work = Callable[[Progress], Any]


class _Relay(QObject):
    """Hands on what a thread emits; lives as long as the thread, unlike the jobs that listen."""

    answered = Signal(int, str, object)
    reported = Signal(int, int, int)


class Jobs(QObject):
    """Runs computations off the main thread and hands results back on it.

    Each run has a number; only the newest may answer. Cancelling lets go at once: the thread
    ends at its next progress report, and what it returns is dropped.
    """

    progressed = Signal(int, int)
    returned = Signal(object)
    failed = Signal(object)
    #: True when a run begins, False when it has ended or was let go.
    busy = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._generation = 0
        self._running = False
        self._next: Work | None = None
        self._stop = threading.Event()
        self.relay = _Relay()
        self.relay.answered.connect(self._on_answer)
        self.relay.reported.connect(self._on_report)

    @property
    def running(self) -> bool:
        """Whether an answer is awaited."""
        return self._running

    def run(self, work: Work) -> None:
        """Start a computation; an earlier one is let go."""
        self.cancel()
        self._stop = threading.Event()
        self._running = True
        self.busy.emit(True)
        task = _Task(work, self._generation, self._stop, self)
        pool = QThreadPool.globalInstance()
        assert pool is not None
        pool.start(task)

    def follow(self, work: Work) -> None:
        """Start a computation as soon as the one that runs has ended; of several the last."""
        if self._running:
            self._next = work
        else:
            self.run(work)

    def cancel(self) -> None:
        """Let go of the computation that runs, if any, and of the one that follows."""
        self._generation += 1
        self._next = None
        self._stop.set()
        if self._running:
            self._running = False
            self.busy.emit(False)

    def _on_answer(self, generation: int, how: str, what: object) -> None:
        if generation != self._generation:
            return
        following = self._next
        self._running = False
        self.busy.emit(False)
        if how == "returned":
            self.returned.emit(what)
        elif how == "failed" and following is None:
            self.failed.emit(what)
        if following is not None and generation == self._generation:
            self.run(following)

    def _on_report(self, generation: int, done: int, total: int) -> None:
        if generation == self._generation:
            self.progressed.emit(done, total)


class _Task(QRunnable):
    """The computation of one run, in a thread of the pool."""

    def __init__(self, work: Work, generation: int, stop: threading.Event, jobs: Jobs) -> None:
        super().__init__()
        self._work, self._generation, self._stop = work, generation, stop
        self._jobs, self._relay = weakref.ref(jobs), jobs.relay

    def run(self) -> None:
        """Compute, and answer with the result or the error."""
        try:
            answer = "returned", self._work(self._report)
        except Cancelled:
            answer = "cancelled", None
        except Exception as error:  # noqa: BLE001  # it is shown to the user, whatever it is
            answer = "failed", error
        with suppress(RuntimeError):  # the application may have ended
            self._relay.answered.emit(self._generation, *answer)

    def _report(self, done: int, total: int) -> None:
        jobs = self._jobs()
        gone = jobs is None or not isalive(jobs)  # type: ignore[no-untyped-call]
        if gone or self._stop.is_set():
            raise Cancelled
        self._relay.reported.emit(self._generation, done, total)


class StepRunner(QObject):
    """Takes one step in each turn of the event loop, so that a sum of steps stops nothing.

    ``failed`` hands over the error of a step, after which none follows.
    """

    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps: Iterator[None] | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_turn)

    @property
    def running(self) -> bool:
        """Whether steps are left."""
        return self._steps is not None

    def start(self, steps: Iterator[None]) -> None:
        """Take the steps of a generator; what is left of an earlier one is let go."""
        self._steps = steps
        self._timer.start(0)

    def stop(self) -> None:
        """Let go of the steps that are left."""
        self._steps = None
        self._timer.stop()

    def _on_turn(self) -> None:
        steps = self._steps
        if steps is None:
            return
        try:
            next(steps)
        except Exception as error:  # noqa: BLE001  # handed over, whatever it is
            if steps is self._steps:
                self.stop()
            if not isinstance(error, StopIteration):
                self.failed.emit(error)


@contextmanager
def gc_pause() -> Iterator[None]:
    """Put the search for garbage off for a moment in which very many objects are made.

    So many begin a search through all objects, which takes a fifth of a second with napari's,
    and stops every thread. What is made counts as old in the end, and begins none either.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()  # puts everything, new objects too, among the old
        if collects:
            gc.enable()
