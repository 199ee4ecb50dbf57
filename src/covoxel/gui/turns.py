"""Work on the main thread in steps, between which the window has its turn."""

from __future__ import annotations

from collections.abc import Iterator

from qtpy.QtCore import QObject, QTimer, Signal


class Turns(QObject):
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

    def take(self, steps: Iterator[None]) -> None:
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
