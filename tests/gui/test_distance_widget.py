"""The Distance widget in a real viewer."""

import re
import time

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel

from covoxel import simulate_pair
from covoxel.distance import association_distance
from covoxel.gui.distance.widget import DistanceWidget

from .presented import names

pytestmark = pytest.mark.slow

TABLE = "Distances: one × two"


@pytest.fixture(scope="module")
def pair():
    made = simulate_pair(
        shape=(128, 128), n_spots1=90, n_shared=70, association_distance=0.6, rng=4
    )
    return np.asarray(made.channel1.data), np.asarray(made.channel2.data)


def add_pair(viewer, pair, scale=(0.1, 0.1), axes="yx", units="um"):
    for image, name in zip(pair, ("one", "two"), strict=True):
        viewer.add_image(
            np.array(image), name=name, scale=scale, units=units, axis_labels=tuple(axes)
        )


@pytest.fixture
def opened(model, pair, dock):
    add_pair(model, pair)
    return model, dock(model, DistanceWidget)


@pytest.fixture
def view(wait):
    """Return a function that chooses what is in view."""

    def choose(widget, what):
        widget.view_row.box.setCurrentText(what)
        wait(widget)

    return choose


@pytest.fixture
def series(model, pair, dock):
    other = simulate_pair(shape=(128, 128), n_spots1=90, n_shared=0, rng=5)
    data = [
        np.stack([image] * 2 + [np.asarray(later.data)])
        for image, later in zip(pair, (other.channel1, other.channel2), strict=True)
    ]
    add_pair(model, data, (5, 0.1, 0.1), "tyx", ("s", "um", "um"))
    return model, dock(model, DistanceWidget)


def visible(viewer):
    return [layer.name for layer in viewer.layers if layer.visible]


def numbers(widget, page=0):
    return widget.pages()[page].numbers.text()


def test_a_run_shows_its_numbers_and_curves(opened, run):
    viewer, widget = opened
    run(widget)
    table = viewer.layers[TABLE]
    assert list(table.features)[:4] == ["row", "label", "distance", "distance_low"]
    assert "µm" in numbers(widget)
    assert "associated" in numbers(widget)
    assert "radial" in numbers(widget, 1)
    assert not widget.tabs.isTabVisible(2)
    assert len(names(viewer)) == 5


def test_layers_lie_where_they_belong_and_hide_nothing(opened, run, view):
    viewer, widget = opened
    viewer.layers["one"].translate = viewer.layers["two"].translate = (3, 4)
    run(widget)
    assert visible(viewer) == ["one", "two", TABLE]
    part = viewer.layers["one contribution"]
    assert part.data.shape == (128, 128)
    view(widget, "correlogram")
    lags = viewer.layers["Correlogram of one and two"]
    middle = np.array(lags.data.shape) // 2
    np.testing.assert_allclose(lags.data_to_world(middle), (0, 0), atol=1e-9)
    assert {str(unit) for layer in viewer.layers for unit in layer.units} == {"micrometer"}


def test_looking_at_results_and_back_leaves_the_viewer_as_it_was(opened, run, view):
    viewer, widget = opened
    viewer.layers["two"].visible = False
    run(widget)
    camera = viewer.scene.camera
    camera.center, camera.zoom = (0, 2, 3), 17
    before, reach = visible(viewer), viewer.dims.range
    for look, expected in (
        ("correlogram", ["Correlogram of one and two"]),
        ("contributions", ["one contribution", "two contribution"]),
        ("channels", before),
    ):
        view(widget, look)
        assert visible(viewer) == expected
    widget.view_row.box.setCurrentText("correlogram")
    assert widget.steps.running  # the window responds between them
    view(widget, "channels")
    assert visible(viewer) == before
    assert camera.zoom == 17
    np.testing.assert_allclose(camera.center[1:], (2, 3))
    assert viewer.dims.range == reach


def test_out_of_sight_the_layers_are_given_back(visible_viewer, pair, qtbot, run, dock, view):
    viewer = visible_viewer
    add_pair(viewer, pair)
    widget = dock(viewer, DistanceWidget)
    run(widget)
    before = visible(viewer)
    view(widget, "correlogram")
    assert visible(viewer) == ["Correlogram of one and two"]
    viewer.window.add_dock_widget(QLabel("other"), name="other", tabify=True).raise_()
    qtbot.waitUntil(lambda: visible(viewer) == before)
    widget.parentWidget().raise_()
    qtbot.waitUntil(lambda: widget.seen)
    view(widget, "contributions")
    assert visible(viewer) == ["one contribution", "two contribution"]
    widget.parentWidget().hide()
    assert visible(viewer) == before


def test_what_is_looked_at_may_be_deleted(opened, run, view):
    viewer, widget = opened
    run(widget)
    before = visible(viewer)
    view(widget, "contributions")
    viewer.layers.remove("one contribution")
    assert visible(viewer) == ["two contribution"]
    viewer.layers.remove("two contribution")
    assert widget.view_row.box.currentText() == "channels"
    assert visible(viewer) == before


def test_a_drag_on_the_profile_picks_the_range(opened, qtbot, pair, run, wait):
    _, widget = opened
    run(widget)
    plot = widget.pages()[0].profile
    plot.resize(420, 260)
    plot.canvas.draw()

    def place(distance):
        x = plot.axes.transData.transform((distance, 0))[0] / plot.canvas.device_pixel_ratio
        return QPoint(round(x), plot.canvas.height() // 2)

    QTest.mousePress(plot.canvas, Qt.MouseButton.LeftButton, pos=place(0.2))
    for distance in (0.6, 0.9, 1.2):
        QTest.mouseMove(plot.canvas, place(distance))
    qtbot.waitUntil(lambda: "fitted 0.2" in numbers(widget))
    assert plot.dragging
    QTest.mouseMove(plot.canvas, place(0.22))
    qtbot.waitUntil(lambda: "too few displacements" in numbers(widget))
    assert plot.dragging
    QTest.mouseMove(plot.canvas, place(1.2))
    QTest.mouseRelease(plot.canvas, Qt.MouseButton.LeftButton, pos=place(1.2))
    low, high = widget.fit_range.value
    assert (low, high) == pytest.approx((0.2, 1.2), abs=0.03)
    wait(widget)
    expected = association_distance(*pair, spacing=(0.1, 0.1), fit_range=(low, high))
    found = widget.presenter.last.regions[0].found
    assert found.distance == expected.distance
    assert widget.form.distances.more.isChecked()
    plot.range_cleared.emit()
    assert widget.fit_range.value is None


def test_a_series_is_followed_by_slider_and_table(series, qtbot, run, wait, view):
    viewer, widget = series
    viewer.dims.set_current_step(0, 0)
    widget.scope.value = "each time point"
    run(widget)
    view(widget, "profiles")
    picture = viewer.layers["Correlation of one and two by distance"]
    assert picture.data.shape[0] == 3
    assert {str(layer.units[-1]) for layer in viewer.layers} == {"micrometer"}
    view(widget, "channels")
    assert re.match(r"time point 0: <b>0\.(59|60)", numbers(widget))
    viewer.dims.set_current_step(0, 2)
    qtbot.waitUntil(lambda: numbers(widget).startswith("time point 2"))
    assert "no association found" in numbers(widget)
    viewer.layers[TABLE].selected_data = {1}
    assert viewer.dims.current_step[0] == 1
    assert re.match(r"time point 1: <b>0\.(59|6)", numbers(widget))
    wait(widget)


def test_labels_apart_are_rows_that_are_selected_in_the_image(opened, run, wait):
    viewer, widget = opened
    labels = np.zeros((128, 128), np.int32)
    labels[:, :60], labels[:, 64:] = 3, 7
    assert not widget.each_region.enabled
    cells = viewer.add_labels(labels, name="cells", scale=(0.1, 0.1), units="um")
    assert widget.regions.value is cells
    assert widget.each_region.enabled
    widget.each_region.value = True
    run(widget)
    assert viewer.layers[TABLE].features["label"].tolist() == [3, 7]
    cells.selected_label = 7
    assert numbers(widget).startswith("label 7: ")
    wait(widget)


def test_delays_have_a_tab_for_series_only(model, qtbot, wait, dock):
    trace = np.random.default_rng(3).normal(100, 20, 62)[:, None, None] + np.zeros((1, 8, 16))
    add_pair(model, (trace[2:], trace[:60]), (1.5, 1, 1), "tyx", ("s", "um", "um"))
    cells = model.add_labels(np.ones((8, 16), np.int32), name="cells", units="um")
    widget = dock(model, DistanceWidget)
    qtbot.waitUntil(lambda: widget.tabs.isTabVisible(2))
    page = widget.pages()[2]
    assert widget.time_step.line.native.placeholderText() == "1.5"
    widget.regions.value = cells
    widget.each_region.value = True
    page.run_row.button.click()
    wait(widget)
    table = model.layers["Delays: one × two"]
    assert table.features["delay"].tolist() == pytest.approx([3], abs=0.3)
    np.testing.assert_allclose(model.layers["Delay (s)"].data, 3, atol=0.3)
    assert "channel 2 is later" in page.numbers.text()
    page.buttons.python_requested.emit()
    assert "covoxel.measure_delay(first, second, labels=" in QGuiApplication.clipboard().text()
    widget.max_distance.value = 2
    assert not widget.outdated.text()
    widget.max_delay.value = 30
    assert "options chosen before" in widget.outdated.text()
    widget.max_delay.value = None
    assert not widget.outdated.text()
    widget.time_step.value = "nonsense"
    page.run_row.button.click()
    assert "nonsense" in widget.refusal.text()


def test_a_layer_that_is_closed_while_delays_are_measured_stops_it(opened, qtbot, monkeypatch):
    viewer, widget = opened

    def slow(*args):
        while True:
            args[-1](0, 1)
            time.sleep(0.01)

    monkeypatch.setattr("covoxel.gui.distance.run.run_delay", slow)
    widget.presenter.measure_delays()
    assert widget.delays.running
    viewer.layers.remove("two")
    assert not widget.delays.running
    qtbot.wait(200)
    assert names(viewer) == ["one"]
    assert "choose or open" in widget.refusal.text()


def test_a_failure_is_shown(opened, run):
    viewer, widget = opened
    widget.max_distance.value = 500
    run(widget)
    assert "max_distance is 500" in widget.refusal.text()
    assert names(viewer) == ["one", "two"]
