"""Turns of the event loop amid what has to be done on the main thread."""

from __future__ import annotations

from qtpy.QtCore import QCoreApplication, QEventLoop


def give_turn() -> None:
    """Let the window draw and timers tick; clicks and keys wait until all is done."""
    QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
