"""Widgets in a window of their own, of which nothing may be left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

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


@pytest.fixture
def cancelled(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], None]:
    """Return a function that starts a run that takes long, and cancels it by the button.

    It takes the widget, and the name of what computes, whose last argument is the progress.
    """

    def slow(*args: Any, **options: Any) -> None:
        for done in range(1000):
            args[-1](done, 1000)
            time.sleep(0.01)

    def cancel(widget: Any, computed: str) -> None:
        monkeypatch.setattr(computed, slow)
        said = widget.run_row.button.text()
        widget.run_row.button.click()
        qtbot.waitUntil(lambda: widget.run_row.bar.maximum() == 1000, timeout=5000)
        assert widget.run_row.button.text() == "Cancel"
        before = time.perf_counter()
        widget.run_row.button.click()
        assert time.perf_counter() - before < 0.2
        assert widget.run_row.button.text() == said
        qtbot.wait(100)

    return cancel
