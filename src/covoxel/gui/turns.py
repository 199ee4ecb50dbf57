"""Turns of the event loop amid what has to be done on the main thread."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QCoreApplication, QEventLoop, QTimer

#: Interval at which the end of something is checked, in ms.
_INTERVAL = 10


def give_turn() -> None:
    """Let the window draw and timers tick; clicks and keys wait until all is done."""
    QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)


def wait_while(busy: Callable[[], bool]) -> None:
    """Wait for the end of something; the window stays responsive meanwhile."""
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: None if busy() else loop.quit())
    timer.start(_INTERVAL)
    loop.exec()
    timer.stop()  # it may outlive this call, and be collected by a thread while it ticks
