"""Pauses of the window: the most that its thread computes between ticks of a timer.

It is compared with what napari itself takes to dock a label, to add a layer, to remove one, to
move a slider, or to idle, which is measured first, with the same images; so are its shaders
compiled, which happens once. Time of the processor is taken, which other programs lengthen least.
It needs a display.
``WINDOW="4096² float Measure"`` in the environment runs only these images and widgets; with
``wall`` in it time passes as clocks tell it, also while a thread keeps the window from running.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._harness import Comparison, Within
from covoxel.core.types import AnyArray

#: It takes many minutes.
ON_REQUEST = True
_SHAPES = {"64×1024²": (64, 1024, 1024), "4096²": (4096, 4096)}
_KINDS = {"16 bits": np.uint16, "float": np.float32}
_WIDGETS = ("Measure", "Register", "Distance", "Map", "Compare", "Objects", "Groups", "Batch")
#: Longest pause that is not felt, in s.
_GOAL = 0.1
#: What napari does by itself in an action; idling in others.
_LIKE = {
    "open": "dock",
    "open again": "dock",
    "run": "add",
    "run with labels": "add",
    "choose a view": "add",
    "open an image": "add",
    "remove": "remove",
    "move the slider": "slide",
    "choose a row": "slide",
}
#: Squares that are labels, in each direction.
_SQUARES = 6
#: Rows of the table of groups, and images of the experiment.
_ROWS, _IMAGES = 3000, 200
#: Steps in which a threshold is pulled, and between them, in ms.
_STEPS, _PULL = 6, 60
_RECIPE = """recipe = 1
[images]
pattern = "{number:d}.tif"
[measure]
measures = ["correlation"]
"""
#: Between ticks, in ms; how long an action is followed at least, and at most, in s.
_TICK, _LEAST, _MOST = 5, 0.5, 600.0


def run() -> Iterator[Comparison]:
    """Open every widget on large images, and do what a user does."""
    os.environ.setdefault("NUMBA_THREADING_LAYER", "workqueue")
    import napari

    wanted = set(os.environ.get("WINDOW", "").split())
    now = time.perf_counter if "wall" in wanted else time.thread_time
    wanted.discard("wall")
    names = wanted & set(_WIDGETS) or set(_WIDGETS)
    for size, shape in _SHAPES.items():
        for kind, dtype in _KINDS.items():
            if not wanted - names <= {size, *kind.split()}:
                continue
            viewer = napari.Viewer()
            for i, data in enumerate(_channels(shape, dtype), start=1):
                viewer.add_image(data, name=f"channel {i}", blending="additive")
            clock = _Clock(now)
            own = _napari_alone(viewer, clock)
            for name in (name for name in _WIDGETS if name in names):
                for action, pause in _actions(viewer, name, clock):
                    peer = own[_LIKE.get(action, "idle")]
                    place = f"{name}, {size} {kind}: {action}"
                    yield Comparison(place, [pause], [peer], Within(_GOAL))
            viewer.close()


def _napari_alone(viewer: Any, clock: _Clock) -> dict[str, float]:
    """Return the longest pause of what napari does by itself."""
    from qtpy.QtWidgets import QLabel

    image, docks = viewer.layers[0], list[Any]()

    def longest(act: Callable[[], object]) -> float:
        return clock.longest(act, lambda: False)

    def dock() -> None:
        docks.append(viewer.window.add_dock_widget(QLabel("covoxel"), name="label"))

    added = (
        lambda: viewer.add_image(image.data.astype(np.float32), contrast_limits=(0, 4000)),
        lambda: viewer.add_labels((image.data > 2000).astype(np.uint8)),
        lambda: viewer.add_points(np.zeros((1, image.ndim))),
        lambda: viewer.add_shapes([np.eye(4, image.ndim)]),
    )
    for add in added:  # what is compiled and loaded once
        add()
    longest(lambda: None)
    del viewer.layers[2:]
    own = {"idle": longest(lambda: None), "dock": longest(dock)}
    own["slide"] = longest(lambda: viewer.dims.set_point(0, 40 * (image.ndim - 2)))
    viewer.window.remove_dock_widget(docks[0])
    own["add"] = max(longest(add) for add in added)
    own["remove"] = max(longest(viewer.layers.pop) for _ in added)
    return own


def _channels(shape: tuple[int, ...], dtype: Any) -> Iterator[AnyArray]:
    """Yield two channels of smooth structures with noise."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(0)
    texture = gaussian_filter(rng.random(shape[-2:]), 3)
    texture = (texture - texture.min()) / np.ptp(texture)
    for shift in (0, 3):
        noise = rng.integers(0, 300, shape, np.uint16)
        yield (3000 * np.roll(texture, shift, axis=-1) + noise).astype(dtype)


class _Clock:
    """Ticks on the main thread, and keeps the longest time between two ticks, as `now` tells it."""

    def __init__(self, now: Callable[[], float]) -> None:
        from qtpy.QtCore import Qt, QTimer

        self._now = now
        self._timer, self._last, self._longest = QTimer(), now(), 0.0
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(_TICK)

    def _tick(self) -> None:
        now = self._now()
        self._longest, self._last = max(self._longest, now - self._last), now

    def longest(self, act: Callable[[], object], busy: Callable[[], bool]) -> float:
        """Return the longest pause from an action until nothing runs."""
        from qtpy.QtWidgets import QApplication

        QApplication.processEvents()
        self._longest, self._last = 0.0, self._now()
        act()
        begun = time.perf_counter()
        while time.perf_counter() < begun + (_MOST if busy() else _LEAST):
            QApplication.processEvents()
            time.sleep(0.001)
        return self._longest


def _actions(viewer: Any, name: str, clock: _Clock) -> Iterator[tuple[str, float]]:
    """Yield each action on a widget, and the longest pause."""
    from covoxel.gui.running.jobs import Jobs, StepRunner

    found: list[Any] = []

    def busy() -> bool:
        parts = [widget.findChildren(kind) for _, widget in found for kind in (Jobs, StepRunner)]
        return any(part.running for several in parts for part in several)

    def open_widget() -> None:
        found.append(viewer.window.add_plugin_dock_widget("covoxel", name))

    yield "open", clock.longest(open_widget, busy)
    yield "close", clock.longest(lambda: viewer.window.remove_dock_widget(found.pop()[0]), busy)
    yield "open again", clock.longest(open_widget, busy)
    ((dock, widget),) = found
    with tempfile.TemporaryDirectory() as folder:
        if name == "Groups":
            steps = _groups(viewer, widget, clock)
        elif name == "Batch":
            steps = _batch(widget, Path(folder))
        else:
            steps = _results(viewer, widget, Path(folder))
        for action, act in steps:
            yield action, clock.longest(act, busy)
    viewer.window.remove_dock_widget(dock)


def _results(viewer: Any, widget: Any, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what is done with two layers and a result."""
    from qtpy.QtWidgets import QTabWidget

    first, second = list(viewer.layers)[:2]
    yield "choose layers", lambda: widget.form.choose(second, first)
    yield "run", widget.run_row.button.click
    if widget.result is None:
        raise AssertionError(widget.refusal.text() or widget.notice.message.text())
    for tabs in widget.findChildren(QTabWidget):
        for index in range(tabs.count()):
            yield f"show {tabs.tabText(index)}", partial(tabs.setCurrentIndex, index)
        tabs.setCurrentIndex(0)
    if viewer.dims.ndim > 2:
        yield "move the slider", lambda: viewer.dims.set_point(0, 20)
    if hasattr(widget.presenter, "threshold_moved"):
        yield "pull a threshold", partial(_pull, widget)
    if widget.view_row is not None:
        box = widget.view_row.box
        for view in range(box.count() - 1, -1, -1):
            yield "choose a view", partial(box.setCurrentIndex, view)
    yield "save", partial(_save, widget, folder)
    squares = viewer.add_labels(_squares(first.data.shape), name="squares")
    if "regions" in widget.form.named():
        widget.form.regions.value = squares
        yield "run with labels", widget.run_row.button.click
        yield "choose a row", partial(widget.rows.view.selectRow, 1)
        yield "plot the rows", partial(widget.rows.names.setCurrentText, "plot")
    yield "remove", widget._remove_results  # noqa: SLF001
    viewer.layers.remove(squares)


def _squares(shape: tuple[int, ...]) -> AnyArray:
    """Return squares with a border as labels, alike in all planes."""
    rows, columns = (np.arange(length) * _SQUARES / length for length in shape[-2:])
    inside = np.logical_and.outer(rows % 1 > 0.2, columns % 1 > 0.2)
    labels = 1 + np.add.outer(rows.astype(np.uint16) * _SQUARES, columns.astype(np.uint16))
    return np.broadcast_to(labels * inside, shape).astype(np.uint16)


def _groups(viewer: Any, widget: Any, clock: _Clock) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what is done with the table of a layer."""
    import pandas as pd

    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "pearson": rng.normal(0.5, 0.1, _ROWS),
            "group": np.repeat(["control", "drug", "wash"], _ROWS // 3),
            "replicate": np.tile(np.arange(6), _ROWS // 6),
        }
    )
    points = viewer.add_points(rng.random((_ROWS, 2)), features=table, name="table")
    clock.longest(lambda: None, lambda: False)  # until the widget offers the table
    yield "choose a table", lambda: setattr(widget.form.table, "value", points)
    yield "compare", widget.button.click
    if widget.found is None:
        raise AssertionError(widget.message.text())
    yield "compare again", widget.button.click
    viewer.layers.remove(points)


def _batch(widget: Any, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what is done with a recipe for many small images."""
    import tifffile

    rng = np.random.default_rng(0)
    for number in range(_IMAGES):
        pair = rng.integers(0, 1000, (2, 32, 32), np.uint16)
        tifffile.imwrite(folder / f"{number:03}.tif", pair, imagej=True, metadata={"axes": "CYX"})
    recipe = folder / "recipe.toml"
    recipe.write_text(_RECIPE, encoding="utf-8")
    yield "open a recipe", partial(widget.open, recipe)
    if not widget.button.isEnabled():
        raise AssertionError(widget.message.text())
    yield "run", widget.button.click
    if widget.found is None or widget.found.failed:
        raise AssertionError(widget.message.text())
    yield "open an image", partial(widget.show_image, 0)


def _pull(widget: Any) -> None:
    """Drag a threshold across the histogram, and let go."""
    from qtpy.QtCore import QTimer

    for step in range(_STEPS):
        moved = partial(widget.presenter.threshold_moved, 1, 800.0 + 40 * step)
        QTimer.singleShot(_PULL * step, moved)
    released = partial(widget.presenter.threshold_released, 1, 800.0 + 40 * _STEPS)
    QTimer.singleShot(_PULL * _STEPS, released)


def _save(widget: Any, folder: Path) -> None:
    """Save tables and figures as the button does, into a folder of our own."""
    from covoxel.gui.running.result_buttons import ResultButtons
    from covoxel.gui.running.saving import save_run

    row, figures = widget.findChildren(ResultButtons)[0], widget._figures()  # noqa: SLF001
    row.saves.run(lambda _: save_run(widget.presenter.last, folder, figures))
