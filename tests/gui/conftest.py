"""Widgets in a window of their own, of which nothing may be left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QCoreApplication, QEvent
from qtpy.QtWidgets import QApplication, QVBoxLayout, QWidget

from covoxel.gui.running.jobs import Jobs, StepRunner

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


@pytest.fixture
def dock() -> Iterator[Callable[[Any, type[QWidget]], Any]]:
    """Return a function that opens a widget in a viewer; what it runs is stopped in the end."""
    opened: list[QWidget] = []

    def open_widget(viewer: Any, kind: type[QWidget]) -> Any:
        widget: Any = kind(viewer)  # type: ignore[arg-type]
        viewer.window.add_dock_widget(widget, name=kind.__name__.removesuffix("Widget"))
        opened.append(widget)
        return widget

    yield open_widget
    for widget in opened:
        for jobs in widget.findChildren(Jobs):
            jobs.cancel()
        for steps in widget.findChildren(StepRunner):
            steps.stop()


@pytest.fixture
def wait(qtbot: QtBot) -> Callable[[Any], None]:
    """Return a function that waits until nothing of a widget runs."""

    def wait_for(widget: Any) -> None:
        parts = [*widget.findChildren(Jobs), *widget.findChildren(StepRunner)]
        qtbot.waitUntil(lambda: not any(part.running for part in parts), timeout=60000)

    return wait_for


@pytest.fixture
def run(wait: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a function that clicks the button of a widget, and waits for the end."""

    def run_widget(widget: Any) -> None:
        widget.run_row.button.click()
        wait(widget)

    return run_widget
