"""Pauses of the window: the longest time between ticks of a timer, against napari's own.

What napari itself takes to dock a label, to add a layer, to remove one, or to idle is measured
first, with the same images; so are its shaders compiled, which happens once. It needs a display.
An action is taken once; on a machine with other work all pauses are longer.
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
_LIKE = {"open": "dock", "open again": "dock", "run": "add", "remove": "remove"}
#: Steps in which a threshold is pulled, and between them, in ms.
_STEPS, _PULL = 6, 60
#: Between ticks, in ms; how long an action is followed at least, and at most, in s.
_TICK, _LEAST, _MOST = 5, 0.5, 600.0


def run() -> Iterator[Comparison]:
    """Open every widget on large images, and do what a user does."""
    os.environ.setdefault("NUMBA_THREADING_LAYER", "workqueue")
    import napari

    for size, shape in _SHAPES.items():
        for kind, dtype in _KINDS.items():
            viewer = napari.Viewer()
            for i, data in enumerate(_channels(shape, dtype), start=1):
                viewer.add_image(data, name=f"channel {i}", blending="additive")
            clock = _Clock()
            own = _napari_alone(viewer, clock)
            for name in _WIDGETS:
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
    """Ticks on the main thread, and keeps the longest time between two ticks."""

    def __init__(self) -> None:
        from qtpy.QtCore import Qt, QTimer

        self._timer, self._last, self._longest = QTimer(), time.perf_counter(), 0.0
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(_TICK)

    def _tick(self) -> None:
        now = time.perf_counter()
        self._longest, self._last = max(self._longest, now - self._last), now

    def longest(self, act: Callable[[], object], busy: Callable[[], bool]) -> float:
        """Return the longest pause from an action until nothing runs."""
        from qtpy.QtWidgets import QApplication

        QApplication.processEvents()
        self._longest, self._last = 0.0, time.perf_counter()
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
    if not hasattr(widget, "run_row"):
        viewer.window.remove_dock_widget(dock)
        return
    first, second = list(viewer.layers)[:2]
    yield "choose layers", clock.longest(lambda: widget.form.choose(second, first), busy)
    yield "run", clock.longest(widget.run_row.button.click, busy)
    if viewer.dims.ndim > 2:
        yield "move the slider", clock.longest(lambda: viewer.dims.set_point(0, 20), busy)
    if name == "Measure":
        yield "pull a threshold", clock.longest(partial(_pull, widget), busy)
    with tempfile.TemporaryDirectory() as folder:
        yield "save", clock.longest(partial(_save, widget, Path(folder)), busy)
    yield "remove", clock.longest(widget._remove_results, busy)  # noqa: SLF001
    viewer.window.remove_dock_widget(dock)


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
