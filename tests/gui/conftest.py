"""Widgets in a window of their own, of which nothing may be left."""

import shlex
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

import napari
import pytest
from napari._qt.qt_viewer import QtViewer
from napari.components import ViewerModel
from napari.layers import Layer
from napari.settings import get_settings
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QCoreApplication, QEvent, QThreadPool
from qtpy.QtWidgets import QApplication, QVBoxLayout, QWidget
from typer.testing import CliRunner

from covoxel.cli.app import program
from covoxel.core.types import Cancelled
from covoxel.gui.compare.widget import CompareWidget
from covoxel.gui.distance.widget import DistanceWidget
from covoxel.gui.map.widget import MapWidget
from covoxel.gui.measure.widget import MeasureWidget
from covoxel.gui.objects.widget import ObjectsWidget
from covoxel.gui.register.widget import RegisterWidget
from covoxel.gui.running.jobs import Jobs, StepRunner
from covoxel.gui.viewer.reader import get_reader

Shown = Callable[..., QWidget]
KINDS = MeasureWidget, RegisterWidget, DistanceWidget, MapWidget, CompareWidget, ObjectsWidget


@pytest.fixture(scope="session")
def shared_viewer(qapp: QApplication) -> Iterator[napari.Viewer]:
    """One viewer for all tests, since opening and closing it takes longer than most of them.

    napari collects garbage after each removal of a layer, for OpenGL on Windows.
    """
    get_settings().reset()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("napari._qt.threads.status_checker.StatusChecker.start", lambda *_: None)
        patch.setattr("napari._vispy.canvas.gc", SimpleNamespace(collect=lambda: 0))
        viewer = napari.Viewer(show=False, show_welcome_screen=False)
        QtViewer._instances.clear()  # `make_napari_viewer` refuses to open another one
        yield viewer
        patch.setattr(viewer.window._qt_window, "_save_current_window_settings", lambda: None)
        viewer.close()


@pytest.fixture
def viewer(
    shared_viewer: napari.Viewer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[napari.Viewer]:
    """Return the shared viewer without layers and widgets, and empty it again."""
    viewer, window = shared_viewer, shared_viewer.window._qt_window
    monkeypatch.setattr("covoxel.gui.forms.kept._KEPT", WeakKeyDictionary())
    dims, theme, size = viewer.dims.model_dump(), viewer.theme, window.size()
    yield viewer
    for dock in list(viewer.window._wrapped_dock_widgets.values()):
        dock.widget().deleteLater()
        viewer.window.remove_dock_widget(dock)
    viewer.layers.clear()
    viewer.dims.update(dims)
    viewer.theme = theme
    window.hide()
    window.resize(size)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def qtbot(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> QtBot:
    """Return a bot whose patience does not depend on how busy the machine is."""
    for name in ("waitUntil", "waitSignal"):
        monkeypatch.setattr(qtbot, name, partial(getattr(qtbot, name), timeout=120_000))
    return qtbot


@pytest.fixture
def visible_viewer(viewer: napari.Viewer, qtbot: QtBot) -> napari.Viewer:
    """Return the shared viewer in a window that is shown."""
    viewer.window.show()
    qtbot.waitExposed(viewer.window._qt_window)
    return viewer


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

    released, stopped = threading.Event(), threading.Event()

    def slow(*args: Any, **options: Any) -> None:
        args[-1](0, 1000)
        released.wait(30)
        try:
            args[-1](1, 1000)
        except Cancelled:
            stopped.set()
            raise

    def cancel(widget: Any, computed: str) -> None:
        monkeypatch.setattr(computed, slow)
        said = widget.run_row.button.text()
        widget.run_row.button.click()
        qtbot.waitUntil(lambda: widget.run_row.bar.maximum() == 1000)
        assert widget.run_row.button.text() == "Cancel"
        widget.run_row.button.click()
        assert widget.run_row.button.text() == said
        released.set()
        qtbot.waitUntil(stopped.is_set)
        qtbot.wait(100)

    return cancel


@pytest.fixture
def model() -> ViewerModel:
    """Return a viewer without a window, whose layers take a tenth of the time."""
    return ViewerModel()


@pytest.fixture
def open_file() -> Callable[[Any, Any], list[Layer]]:
    """Return a function that adds the layers of a file to a viewer."""

    def add_layers(viewer: Any, path: Any) -> list[Layer]:
        reader: Any = get_reader(str(path))
        layers = [Layer.create(*data) for data in reader(str(path))]
        viewer.layers.extend(layers)
        return layers

    return add_layers


@pytest.fixture
def dock(qtbot: QtBot) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a widget over a viewer; what it runs is stopped in the end."""
    opened: list[Any] = []

    def open_widget(viewer: Any, kind: type[QWidget], **options: Any) -> Any:
        widget: Any = kind(viewer)
        if hasattr(viewer, "window"):
            name = kind.__name__.removesuffix("Widget")
            viewer.window.add_dock_widget(widget, name=name, **options)
        else:
            qtbot.addWidget(widget)
        opened.append(widget)
        return widget

    yield open_widget
    for widget in opened:
        widget._attend(attends=False)
    QThreadPool.globalInstance().waitForDone(10_000)


@pytest.fixture(scope="session")
def every_kind() -> tuple[type[QWidget], ...]:
    """All widgets of two layers."""
    return KINDS


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest) -> type[QWidget]:
    """Each widget of two layers."""
    return request.param


@pytest.fixture
def wait(qtbot: QtBot) -> Callable[[Any], None]:
    """Return a function that waits until nothing of a widget runs."""

    def wait_for(widget: Any) -> None:
        parts = [*widget.findChildren(Jobs), *widget.findChildren(StepRunner)]
        qtbot.waitUntil(lambda: not any(part.running for part in parts))

    return wait_for


@pytest.fixture
def run(wait: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a function that clicks the button of a widget, and waits for the end."""

    def run_widget(widget: Any) -> None:
        widget.run_row.button.click()
        wait(widget)

    return run_widget


@pytest.fixture
def by_python() -> Callable[..., dict[str, Any]]:
    """Return a function that runs copied lines of Python, and returns what they name."""

    def run_lines(lines: str, **names: Any) -> dict[str, Any]:
        exec(lines, names)
        return names

    return run_lines


@pytest.fixture
def by_command() -> Callable[[str], str]:
    """Return a function that runs a copied command line, and returns what it prints."""

    def run_line(line: str) -> str:
        name, *words = shlex.split(line)
        assert name == "covoxel"
        done = CliRunner().invoke(program(), words)
        assert done.exit_code == 0, done.output
        return done.stdout

    return run_line
