"""What all widgets of two layers have in common: a contract, held by each of them."""

import dataclasses
import gc
import threading
import time
import weakref
from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from napari.layers import Image, Labels
from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QStyle, QStyleOptionComboBox

from covoxel import simulate_pair
from covoxel.analysis.ccf import CcfOptions
from covoxel.analysis.delay import DelayOptions
from covoxel.analysis.field.options import FieldOptions
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.analysis.registry import analysis
from covoxel.gui.plots.pane import PlotPane
from covoxel.quality import Caution
from covoxel.report.theme import LIGHT

from .presented import names

pytestmark = pytest.mark.slow

#: By widget, options of sections after the first.
FURTHER = {"register": (FieldOptions,), "distance": (CcfOptions, DelayOptions)}
#: By widget, options that are not as by default.
CHANGES = {
    "measure": {"threshold1": "percentile:90", "like": "jacop"},
    "register": {"max_shift": (3, 4), "subpixel": False},
    "distance": {"components": 2, "max_distance": 3.5},
    "map": {"kind": "manders1", "threshold2": "li"},
    "compare": {"measures": ("ssim",), "bits": 8},
    "objects": {"find1": "spots", "spot_contrast": 5.0},
}
WIDTH, HEIGHT = 1366, 768
LONG = (
    "channel 2 lies 4.88 ± 0.06 px from channel 1 (y 3.90 ± 0.06, x -2.92 ± 0.06), registered, "
    "r is 0.97 where it is 0.85 now"
)
CAUTIONS = [Caution(f"caution_{i}", "warning", LONG, LONG) for i in range(4)]


@pytest.fixture(scope="module")
def channels():
    pair = simulate_pair(shape=(64, 64), offset=(2, -1), rng=4)
    return [np.asarray(channel.data) for channel in (pair.channel1, pair.channel2)]


@pytest.fixture
def add_pair(channels):
    """Return a function that adds two layers to a viewer, of one time point or two."""

    def add(viewer, axes="yx"):
        for data, name in zip(channels, ("one", "two"), strict=True):
            data = np.stack([data] * 2) if axes == "tyx" else data.copy()
            viewer.add_image(data, name=name, axis_labels=axes)
        return viewer

    return add


@pytest.fixture
def opened(model, add_pair, dock, kind):
    """Make a widget over two layers of a viewer without a window."""
    return add_pair(model), dock(model, kind)


@pytest.fixture
def name(kind):
    """Name of the analysis of a widget."""
    return kind.__module__.split(".")[-2]


@pytest.fixture
def computed(name):
    """Name of what runs in a thread; its last argument is the progress."""
    return f"covoxel.gui.{name}.{'presenter' if name == 'measure' else 'run'}.run_{name}"


def test_it_asks_for_two_layers_and_takes_the_first_ones(model, add_pair, dock, qtbot, kind):
    widget = dock(model, kind)
    assert widget.refusal.text().startswith("choose two image layers: open an image")
    assert not widget.run_row.button.isEnabled()
    add_pair(model)
    qtbot.waitUntil(widget.run_row.button.isEnabled)
    assert widget.refusal.text() == ""
    assert (widget.image1.value, widget.image2.value) == tuple(model.layers)


def test_it_says_what_it_is_for_until_there_is_a_result(opened, name, run):
    _, widget = opened
    assert widget.about.text().startswith(analysis(name).summary)
    assert widget.about.isVisibleTo(widget)
    run(widget)
    assert not widget.about.isVisibleTo(widget)


def test_the_same_layer_twice_is_refused(opened):
    _, widget = opened
    widget.image2.value = widget.image1.value
    with pytest.raises(ValueError, match="same layer"):
        widget.run()
    assert widget.result is None


def test_every_option_is_a_field(opened, name):
    _, widget = opened
    kinds = (analysis(name).options, *FURTHER.get(name, ()))
    for section, options in zip(widget.form.sections, kinds, strict=True):
        assert {*section.fields} >= {field.name for field in dataclasses.fields(options)}
    fields = [getattr(widget.form, field) for field in widget.form.named()]
    assert all(hasattr(field, "value") for field in fields)
    taken = {*dir(type(widget))} & {*widget.form.named()}
    assert not taken


def test_a_result_has_a_table_plots_in_the_theme_and_lines(opened, name):
    viewer, widget = opened
    widget.image1.value, widget.image2.value = viewer.layers[1], viewer.layers[0]
    beats = []
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(0))
    timer.start(1)
    assert widget.run() is widget.result
    timer.stop()  # it may be collected by a thread while it ticks
    assert beats
    assert isinstance(widget.result.table, pd.DataFrame)
    assert widget.presenter.last.selection.layer1.name == "two"
    viewer.theme = "light"
    assert {plot.theme for plot in widget.findChildren(PlotPane)} <= {LIGHT}
    widget.buttons.python_requested.emit()
    call = f"result = covoxel.{analysis(name).function}(first, second"
    assert call in QGuiApplication.clipboard().text()
    widget.buttons.command_requested.emit()
    assert "in no file" in QGuiApplication.clipboard().text()


def test_a_widget_opened_anew_is_set_as_the_last_one(opened, dock, kind, name):
    viewer, widget = opened
    before = widget.read_options()
    expected = dataclasses.replace(before, **CHANGES[name])
    for option, value in CHANGES[name].items():
        getattr(widget, option).value = value
    widget.image1.value, widget.image2.value = viewer.layers[1], viewer.layers[0]
    again = dock(viewer, kind)
    assert widget.read_options() == again.read_options() == expected
    assert (again.image1.value, again.image2.value) == (viewer.layers[1], viewer.layers[0])
    again.form.sections[0].restore.click()
    assert again.read_options() == before


def test_results_lie_like_the_channels_and_are_no_channels(opened, name, run):
    viewer, widget = opened
    placed = {"scale": (0.3, 0.1), "translate": (3, 4), "rotate": 5, "units": ("um", "um")}
    for layer, (what, value) in product(viewer.layers, placed.items()):
        setattr(layer, what, value)
    run(widget)
    source, _, *made = viewer.layers
    assert made
    for layer, what in product(made, (*placed, "shear", "axis_labels")):
        np.testing.assert_array_equal(getattr(layer, what), getattr(source, what))
    registered = ["two registered"] * (name == "register")
    assert [layer.name for layer in widget.image1.choices] == ["one", "two", *registered]


def test_no_layer_is_touched_in_a_thread(opened, run, monkeypatch):
    viewer, widget = opened
    cells = np.ones((64, 64), int)
    widget.regions.value = viewer.add_labels(cells, name="cells", axis_labels="yx")

    def guarded(layer, attribute):
        assert threading.current_thread() is threading.main_thread()
        return object.__getattribute__(layer, attribute)

    for one in (Image, Labels):
        monkeypatch.setattr(one, "__getattribute__", guarded)
    run(widget)
    assert widget.result is not None


def test_layers_of_a_second_run_take_the_place_of_the_first(opened, run):
    viewer, widget = opened
    run(widget)
    made, last = names(viewer), widget.presenter.last
    assert len(made) > 2
    run(widget)
    assert widget.presenter.last is not last
    assert names(viewer) == made


def test_a_cancelled_run_leaves_nothing(opened, cancelled, computed):
    viewer, widget = opened
    cancelled(widget, computed)
    assert names(viewer) == ["one", "two"]
    assert widget.result is None


def test_a_layer_that_is_closed_during_a_run_stops_it(opened, qtbot, monkeypatch, computed):
    viewer, widget = opened

    def slow(*args, **_):
        while True:
            args[-1](0, 1)
            time.sleep(0.01)

    monkeypatch.setattr(computed, slow)
    widget.run_row.button.click()
    assert widget.runs.running
    viewer.layers.remove("two")
    assert not widget.runs.running
    qtbot.waitUntil(lambda: "choose or open" in widget.refusal.text())
    assert names(viewer) == ["one"]


def test_a_result_goes_with_its_layers(opened, run, qtbot):
    viewer, widget = opened
    run(widget)
    held = weakref.ref(widget.presenter.last)
    viewer.layers.remove("two")
    assert widget.result is None
    assert not widget.buttons.isVisibleTo(widget)
    qtbot.wait(50)
    gc.collect()
    assert held() is None


@pytest.fixture
def docked(visible_viewer, add_pair, dock, every_kind):
    """Return a viewer of 1366 × 768 pixels with all widgets, each behind the tab of the next."""
    viewer = add_pair(visible_viewer, "tyx")
    viewer.window._qt_window.resize(WIDTH, HEIGHT)
    widgets = [dock(viewer, each, tabify=True) for each in every_kind]
    return viewer, [(widget, widget.parentWidget()) for widget in widgets]


def followers(viewer):
    dims, layers = viewer.dims.events, viewer.layers.events
    emitters = layers.inserted, layers.removed, layers.renamed, dims.current_step, dims.ndisplay
    return [len(emitter.callbacks) for emitter in (*emitters, viewer.events.theme)]


def own_windows():
    windows = QApplication.topLevelWidgets()
    return {window for window in windows if type(window).__module__.startswith("covoxel")}


def size(viewer):
    window = viewer.window._qt_window
    return window.width(), window.height()


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


def cut_off(part):
    """The text of a field or its name that is wider than its place; None if it fits."""
    if isinstance(part, QComboBox):
        about, kinds = QStyleOptionComboBox(), QStyle.SubControl
        part.initStyleOption(about)
        place = part.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, about, kinds.SC_ComboBoxEditField, part
        )
        text, room = part.currentText(), place.width()
    elif isinstance(part, QLineEdit):
        text, room = part.placeholderText(), part.width() - 4
    else:
        text, room = part.text(), part.width()
    return text if part.fontMetrics().horizontalAdvance(text) > room else None


def test_no_choice_is_cut_off_in_the_narrowest_dock(docked, qtbot):
    viewer, widgets = docked
    viewer.window._qt_window.resize(960, 700)
    for widget, dock in widgets:
        dock.raise_()
        qtbot.waitUntil(widget.form.native.isVisible)
        if widget.form.takes(MeasureOptions()):
            widget.threshold1.value = "manual:1234.5"
        for section in widget.form.sections:
            section.unfold()
        viewer.window._qt_window.resizeDocks([dock], [10], Qt.Orientation.Horizontal)
        qtbot.wait(50)
        assert dock.width() < 400
        kinds = QComboBox, QLineEdit, QLabel
        parts = [part for kind in kinds for part in widget.form.native.findChildren(kind)]
        parts = [part for part in parts if part.isVisible()]
        assert len(parts) > 12
        assert [text for part in parts if (text := cut_off(part))] == []
    assert size(viewer) == (960, 700)


def test_results_are_in_sight_and_whatever_is_unfolded_stays_on_the_screen(docked, qtbot):
    viewer, widgets = docked
    for widget, dock in widgets:
        dock.raise_()
        widget.run()
        widget.show_cautions(CAUTIONS[:3])
        qtbot.waitUntil(lambda widget=widget: widget.strip._more.isVisible())
        bar = widget.verticalScrollBar()
        qtbot.waitUntil(lambda bar=bar: not bar.isVisible())
        assert widget.minimumSizeHint().width() <= 430
        assert widget.minimumSizeHint().height() <= 690
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


def test_results_stand_beside_the_settings_where_both_fit(opened, run, qtbot):
    _, widget = opened
    run(widget)
    halves = widget.settings, widget.column
    both = sum(half.minimumSize().width() for half in halves) + 40  # and what is around them
    widget.resize(max(both, 600), 500)
    widget.show()
    qtbot.waitUntil(lambda: halves[0].geometry().right() < halves[1].geometry().left())
    assert widget.viewport().width() >= widget.widget().minimumSizeHint().width()
    widget.resize(430, 500)
    qtbot.waitUntil(lambda: halves[0].geometry().bottom() < halves[1].geometry().top())


def test_a_closed_widget_stops_follows_nothing_and_leaves_no_window(
    viewer, add_pair, qtbot, run, name, kind
):
    add_pair(viewer)
    before, windows = followers(viewer), own_windows()
    widget = kind(viewer)
    viewer.window.add_dock_widget(widget)
    during, released = followers(viewer), threading.Event()
    assert during != before
    run(widget)
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
    run(widget)
    viewer.window.remove_dock_widget(widget)
    widget.deleteLater()
    qtbot.wait(50)
    assert own_windows() <= windows
