"""All widgets in a viewer of 1366 × 768 pixels, as many notebooks have."""

from __future__ import annotations

import threading
from itertools import pairwise

import numpy as np
import pytest
from qtpy.QtWidgets import QLabel

from covoxel import simulate_pair
from covoxel.gui.compare.widget import CompareWidget
from covoxel.gui.distance.widget import DistanceWidget
from covoxel.gui.map.widget import MapWidget
from covoxel.gui.measure.widget import MeasureWidget
from covoxel.gui.objects.widget import ObjectsWidget
from covoxel.gui.register.widget import RegisterWidget
from covoxel.quality import Caution

pytestmark = pytest.mark.slow

WIDTH, HEIGHT = 1366, 768
LONG = (
    "channel 2 lies 4.88 ± 0.06 px from channel 1 (y 3.90 ± 0.06, x -2.92 ± 0.06), registered, "
    "r is 0.97 where it is 0.85 now"
)
CAUTIONS = [Caution(f"caution_{i}", "warning", LONG, LONG) for i in range(6)]
KINDS = (
    *(MeasureWidget, RegisterWidget, DistanceWidget, MapWidget, CompareWidget),
    ObjectsWidget,
)


@pytest.fixture
def docked(visible_viewer):
    """Return a viewer, and six widgets in its window, each behind the tab of the next."""
    viewer = visible_viewer
    pair = simulate_pair(shape=(64, 64), n_frames=2, offset=(2, -1), rng=4)
    for channel in (pair.channel1, pair.channel2):
        viewer.add_image(np.asarray(channel.data), name=channel.name, axis_labels="tyx")
    viewer.window._qt_window.resize(WIDTH, HEIGHT)
    widgets = [kind(viewer) for kind in KINDS]
    docks = [viewer.window.add_dock_widget(widget, tabify=True) for widget in widgets]
    yield viewer, list(zip(widgets, docks, strict=True))
    for widget in widgets:
        for name in ("runs", "checks", "shifts", "previews", "loads"):
            if hasattr(widget, name):
                getattr(widget, name).cancel()
        widget.steps.stop()


def followers(viewer):
    dims, layers = viewer.dims.events, viewer.layers.events
    emitters = layers.inserted, layers.removed, layers.renamed, dims.current_step, dims.ndisplay
    return [len(emitter.callbacks) for emitter in (*emitters, viewer.events.theme)]


def size(viewer):
    window = viewer.window._qt_window
    return window.width(), window.height()


def run(widget, qtbot):
    widget.run_row.button.click()
    qtbot.waitUntil(lambda: not (widget.runs.running or widget.steps.running), timeout=60000)


def tabbed(widget):
    """Places of what the tab key reaches, in its order, until it leaves the widget."""
    inside = widget.widget()
    widget.form.image1.native.setFocus()
    found = []
    while inside.isAncestorOf(now := widget.window().focusWidget()) and now not in found:
        found.append(now)
        widget.focusNextPrevChild(True)
    return [part.mapTo(inside, part.rect().center()) for part in found]


def test_nothing_covers_a_label_and_tab_goes_down(docked, qtbot):
    _, widgets = docked
    for widget, dock in widgets:
        dock.raise_()
        qtbot.waitUntil(widget.form.native.isVisible)
        labels = [label for label in widget.form.native.findChildren(QLabel) if label.isVisible()]
        assert len(labels) > 3
        for label in labels:
            at = label.mapTo(widget, label.rect().center())
            assert widget.childAt(at) in (label, None), label.text()  # None: scrolled out of sight
        places = tabbed(widget)
        assert len(places) > 8
        for one, other in pairwise(places):
            assert one.y() < other.y() or (one.x() < other.x() and one.y() - other.y() < 8)


def test_results_are_in_sight_and_whatever_is_unfolded_stays_on_the_screen(docked, qtbot):
    viewer, widgets = docked
    for widget, dock in widgets:
        dock.raise_()
        run(widget, qtbot)
        widget.show_cautions(CAUTIONS[:3])
        qtbot.waitUntil(lambda widget=widget: widget.strip._more.isVisible())
        bar = widget.verticalScrollBar()
        qtbot.waitUntil(lambda bar=bar: not bar.isVisible(), timeout=2000)
        assert widget.minimumSizeHint().width() <= 430
        for part in (widget.column.itemAt(i).widget() for i in range(widget.column.count())):
            if part is not None and part.isVisible():
                wraps = part.hasHeightForWidth()
                least = (
                    part.heightForWidth(part.width()) if wraps else part.minimumSizeHint().height()
                )
                assert part.height() >= least
    assert size(viewer) == (WIDTH, HEIGHT)
    for widget, dock in widgets:
        dock.raise_()
        widget.show_cautions(CAUTIONS)
        widget.strip._more.click()
        for line in widget.strip._lines:
            line.arrow.click()
        widget.show_refusal(3 * LONG)
        qtbot.waitUntil(widget.verticalScrollBar().isVisible)
        qtbot.wait(50)
        assert widget.viewport().width() >= widget.widget().minimumSizeHint().width()
    assert size(viewer) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("kind", KINDS)
def test_a_closed_widget_stops_and_follows_nothing(viewer, qtbot, kind):
    pair = simulate_pair(shape=(64, 64), rng=4)
    for channel in (pair.channel1, pair.channel2):
        viewer.add_image(np.asarray(channel.data), name=channel.name)
    before = followers(viewer)
    widget = kind(viewer)
    viewer.window.add_dock_widget(widget)
    during, released = followers(viewer), threading.Event()
    assert during != before
    run(widget, qtbot)
    made = list(viewer.layers)
    assert len(made) > 2
    widget.runs.run(lambda _: released.wait(10))
    viewer.window.remove_dock_widget(widget)
    released.set()
    assert not widget.runs.running
    viewer.layers.remove(made[-1])
    qtbot.wait(100)
    assert list(viewer.layers) == made[:-1]
    assert followers(viewer)[2:] == before[2:]
    viewer.window.add_dock_widget(widget)
    assert followers(viewer)[2:] == during[2:]
    run(widget, qtbot)
