"""Widgets in a window of their own, of which nothing may be left."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QCoreApplication, QEvent
from qtpy.QtWidgets import QApplication, QVBoxLayout, QWidget

Shown = Callable[..., QWidget]


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[Shown]:
    """Return a function that makes a widget and shows it in a window of a size."""
    before = set(QApplication.topLevelWidgets())
    windows: list[QWidget] = []

    def show(kind: type[QWidget], width: int = 430, height: int = 500) -> QWidget:
        window = QWidget()
        windows.append(window)
        column = QVBoxLayout(window)
        column.setContentsMargins(0, 0, 0, 0)
        widget = kind(window)
        column.addWidget(widget)
        window.resize(width, height)
        with qtbot.waitExposed(window):
            window.show()
        return widget

    yield show
    for window in windows:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [window for window in QApplication.topLevelWidgets() if window not in before]
    assert not left
