"""Work in the background, one computation at a time, and in steps on the main thread."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

from qtpy.compat import isalive
from qtpy.QtCore import QObject, QRunnable, QThreadPool, QTimer, Signal

from covoxel.core.types import Cancelled, Work

#: Between steps, in ms; at 0 a plot would be drawn in the turn of the next step.
_BETWEEN = 5


class _Relay(QObject):
    """Signals of a thread, which outlive the `Jobs` that listen to them."""

    answered = Signal(int, str, object)
    reported = Signal(int, int, int)


class Jobs(QObject):
    """Runs computations off the main thread and emits their results on it.

    Only the newest run may answer. Cancelling takes effect at once: the thread ends at its next
    progress report, and its result is dropped.
    """

    progressed = Signal(int, int)
    returned = Signal(object)
    failed = Signal(object)
    #: True when a run starts, False when it has ended or was cancelled.
    busy = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.running = False
        self._generation = 0
        self._next: Work | None = None
        self._stop = threading.Event()
        self.relay = _Relay()
        self.relay.answered.connect(self._on_answer)
        self.relay.reported.connect(self._on_report)

    def run(self, work: Work) -> None:
        """Start a computation, and cancel an earlier one."""
        self.cancel()
        self._stop = threading.Event()
        self._set_running(running=True)
        pool = QThreadPool.globalInstance()
        assert pool is not None
        pool.start(_Task(work, self._generation, self._stop, self))

    def follow(self, work: Work) -> None:
        """Start a computation once the current one has ended; only the last one is kept."""
        if self.running:
            self._next = work
        else:
            self.run(work)

    def cancel(self) -> None:
        """Cancel the current computation, and the one that follows."""
        self._generation += 1
        self._next = None
        self._stop.set()
        if self.running:
            self._set_running(running=False)

    def _set_running(self, *, running: bool) -> None:
        self.running = running
        self.busy.emit(running)

    def _on_answer(self, generation: int, how: str, what: object) -> None:
        if generation != self._generation:
            return
        following = self._next
        self._set_running(running=False)
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
    """One computation in a thread of the pool."""

    def __init__(self, work: Work, generation: int, stop: threading.Event, jobs: Jobs) -> None:
        super().__init__()
        self._work, self._generation, self._stop = work, generation, stop
        self._jobs, self._relay = weakref.ref(jobs), jobs.relay

    def run(self) -> None:
        try:
            answer = "returned", self._work(self._report)
        except Cancelled:
            answer = "cancelled", None
        except Exception as error:  # noqa: BLE001  # shown to the user, whatever it is
            answer = "failed", error
        with suppress(RuntimeError):  # the application may have ended
            self._relay.answered.emit(self._generation, *answer)

    def _report(self, done: int, total: int) -> None:
        jobs = self._jobs()
        gone = jobs is None or not isalive(jobs)
        if gone or self._stop.is_set():
            raise Cancelled
        self._relay.reported.emit(self._generation, done, total)


def to_the_end(steps: Iterator[None]) -> Iterator[None]:
    """Yield steps; those that are left when they are dropped are taken at once."""
    for step in steps:
        try:
            yield step
        except GeneratorExit:
            deque(steps, maxlen=0)
            raise


class StepRunner(QObject):
    """Runs a generator one step per turn of the event loop, so that the window stays responsive.

    What a step has changed is drawn before the next one.
    ``failed`` emits the error of a step, after which the others are dropped.
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
        """Run the steps of a generator in place of an earlier one."""
        self._steps = steps
        self._timer.start(_BETWEEN)

    def follow(self, steps: Iterator[None]) -> None:
        """Run the steps of a generator after those that are left."""
        self.start(chain(self._steps or (), steps))

    def stop(self) -> None:
        """Drop the remaining steps."""
        self._steps = None
        self._timer.stop()

    def _on_turn(self) -> None:
        steps = self._steps
        if steps is None:
            return
        try:
            next(steps)
        except Exception as error:  # noqa: BLE001  # passed on, whatever it is
            if steps is self._steps:
                self.stop()
            if not isinstance(error, StopIteration):
                self.failed.emit(error)
