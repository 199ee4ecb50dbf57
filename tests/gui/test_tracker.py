"""Results belong to what was chosen; refusals end with their cause; faults are no refusals."""

from __future__ import annotations

import html
from types import SimpleNamespace

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.utils.notifications import notification_manager
from qtpy.QtWidgets import QApplication

from covoxel.gui.distance.widget import DistanceWidget
from covoxel.gui.measure.widget import MeasureWidget
from covoxel.image.channel import as_channel

pytestmark = pytest.mark.slow


@pytest.fixture
def viewer():
    model = ViewerModel()
    rng = np.random.default_rng(0)
    first = rng.poisson(50, (32, 32)).astype(np.uint16)
    for name in ("one", "two", "three"):
        noise = rng.poisson(20, (32, 32)).astype(np.uint16)
        model.add_image(first + noise, name=name, scale=(0.1, 0.1), units="um")
    return model


@pytest.fixture
def opened(viewer, dock):
    """Return a function that makes a widget over the viewer."""
    return lambda kind: dock(viewer, kind)


def held(widget):
    """Let a widget hold a result of what is chosen, without the run."""
    if isinstance(widget, DistanceWidget):
        widget.pages()  # else they are made later, for what has been measured
    selection = widget.selection()
    channels = tuple(as_channel(layer) for layer in selection.layers[:2])
    run = SimpleNamespace(
        selection=selection, inputs=SimpleNamespace(channels=channels, t=None, z=None)
    )
    run.kind, run.several, run.movable = "field", False, True
    widget.presenter.last = run = Held(run)
    widget.tracker.renew(run)
    return run


class Held:
    """A result that can be referred to weakly."""

    def __init__(self, given):
        self.__dict__.update(vars(given))


def test_a_result_of_other_layers_is_marked_and_inert(viewer, opened, kind):
    widget = opened(kind)
    held(widget)
    assert widget.outdated.text() == ""
    widget.image2.value = viewer.layers["three"]
    assert widget.outdated.text() == "These results are of one × two, which was chosen before."
    assert widget._results()
    assert not any(part.isEnabled() for part in widget._results())
    acted = []
    widget.if_current(acted.append)(1)
    widget.image2.value = viewer.layers["two"]
    assert widget.outdated.text() == ""
    assert all(part.isEnabled() for part in widget._results())
    widget.if_current(acted.append)(2)
    assert acted == [2]


@pytest.mark.parametrize(
    "change",
    [
        lambda layer: setattr(layer, "data", layer.data + 1),
        lambda layer: setattr(layer, "scale", (0.2, 0.2)),
        lambda layer: setattr(layer, "translate", (1, 0)),
        lambda layer: setattr(layer, "rotate", 10.0),
        lambda layer: setattr(layer, "affine", np.diag([1, 2, 1])),
        lambda layer: setattr(layer, "units", "nm"),
        lambda layer: setattr(layer, "axis_labels", ("z", "x")),
    ],
    ids=["data", "scale", "translate", "rotate", "affine", "units", "axis_labels"],
)
def test_a_result_of_layers_that_have_changed_is_marked(viewer, opened, change):
    widget = opened(MeasureWidget)
    held(widget)
    viewer.layers["one"].contrast_limits = (0, 10)
    assert widget.outdated.text() == ""
    change(viewer.layers["one"])
    assert "an earlier state of the layers" in widget.outdated.text()


def test_a_result_of_other_options_is_named_and_may_be_acted_on(opened):
    widget = opened(MeasureWidget)
    held(widget)
    widget.threshold1.method.value = "percentile"
    assert widget.outdated.text() == "These results were made with the options chosen before."
    assert all(part.isEnabled() for part in widget._results())


def test_a_handle_of_one_pair_measures_no_other(viewer, opened, run, wait):
    widget = opened(MeasureWidget)
    run(widget)
    assert widget.outdated.text() == ""
    before = widget.presenter.last
    widget.image2.value = viewer.layers["three"]
    widget.plot.threshold_released.emit(2, 60.0)
    widget.plot.lassoed.emit(np.array([[0, 0], [0, 200], [200, 0]]))
    widget.buttons.python_requested.emit()
    assert not widget.runs.running
    assert not widget.lives.running
    assert widget.presenter.last is before
    assert widget.threshold2.value != "manual:60.0"
    assert widget.buttons.message.text() == ""
    assert not np.any(viewer.layers["Colocalized: one × two"].data == 2)
    run(widget)
    assert widget.outdated.text() == ""
    widget.plot.threshold_released.emit(2, 60.0)
    assert widget.runs.running
    wait(widget)
    assert widget.presenter.last.selection.layer2 is viewer.layers["three"]
    assert widget.outdated.text() == ""


def test_renamed_layers_stay_chosen_and_closed_ones_choose_no_pair(viewer, opened):
    widget = opened(MeasureWidget)
    widget.form.choose(viewer.layers["two"], viewer.layers["three"])
    viewer.layers["two"].name = "actin"
    assert widget.image1.value is viewer.layers["actin"]
    assert widget.image1.current_choice == "actin"
    widget.pairs._shown = [viewer.layers["one"], viewer.layers["three"]]
    viewer.layers.remove("one")
    widget.pairs._on_picked(0, 1)
    assert widget.image1.value is viewer.layers["actin"]
    assert "gone" in widget.pairs.message.text()


def paint(layer):
    layer.selected_label = 1
    layer.paint((8, 8), 1)


def write_in_place(layer):
    layer.data[4:9, 4:9] = 3
    layer.refresh()


@pytest.mark.parametrize("draw", [paint, write_in_place])
def test_labels_that_are_painted_end_the_refusal_of_empty_ones(viewer, opened, qtbot, draw):
    labels = viewer.add_labels(np.zeros((32, 32), int), scale=(0.1, 0.1), units="um", name="cells")
    widget = opened(MeasureWidget)
    widget.regions.value = labels
    widget.presenter.selection_changed()
    said = "layer 'cells' has no labels; paint one, or choose the whole image"
    assert widget.refusal.text() == said
    assert not widget.run_row.button.isEnabled()
    draw(labels)
    qtbot.waitUntil(widget.run_row.button.isEnabled)
    assert widget.refusal.text() == ""


def test_an_undone_stroke_marks_the_result(viewer, opened, qtbot):
    labels = viewer.add_labels(np.ones((32, 32), int), scale=(0.1, 0.1), units="um", name="cells")
    widget = opened(MeasureWidget)
    widget.regions.value = labels
    labels.paint((8, 8), 2)
    held(widget)
    labels.undo()
    qtbot.waitUntil(lambda: "an earlier state" in widget.outdated.text())
    labels.redo()
    qtbot.waitUntil(lambda: widget.outdated.text() == "")


def test_a_drawn_shape_ends_the_refusal_of_none(viewer, opened, qtbot, kind):
    shapes = viewer.add_shapes(ndim=2, name="drawn")
    widget = opened(kind)
    widget.regions.value = shapes
    widget.presenter.selection_changed()
    assert "has no shapes; draw one" in widget.refusal.text()
    shapes.add([[0.2, 0.2], [0.2, 2.5], [2.5, 2.5]], shape_type="polygon")
    qtbot.waitUntil(widget.run_row.button.isEnabled)
    assert widget.refusal.text() == ""


def test_a_corrected_scale_ends_the_refusal(viewer, opened, qtbot):
    viewer.layers["two"].scale = (0.2, 0.2)
    widget = opened(MeasureWidget)
    assert "the layers 'one' and 'two' differ in their scale" in widget.refusal.text()
    viewer.layers["two"].scale = (0.1, 0.1)
    qtbot.waitUntil(widget.run_row.button.isEnabled)


def test_refusals_name_layers(viewer, opened, kind):
    viewer.layers["two"].data = np.ones((32, 30), np.uint16)
    widget = opened(kind)
    said = html.unescape(widget.refusal.text())
    assert "image" not in said
    assert "layer 'one' has shape (32, 32)" in said
    assert "layer 'two'" in said


def test_labels_of_another_size_are_refused_by_name(viewer, opened):
    labels = viewer.add_labels(np.ones((9, 9), int), scale=(0.1, 0.1), units="um", name="cells")
    widget = opened(MeasureWidget)
    widget.regions.value = labels
    widget.presenter.selection_changed()
    assert widget.refusal.text().startswith("layer 'cells' has shape (9, 9); allowed")


@pytest.mark.parametrize(
    "broken",
    [lambda: {}["t"], lambda: [][1], lambda: len(3), lambda: np.ones(2) + np.ones(3)],
    ids=["KeyError", "IndexError", "TypeError", "ValueError"],
)
@pytest.mark.parametrize("where", ["thread", "window"])
def test_a_fault_is_reported_with_its_traceback(opened, monkeypatch, broken, where, run):
    widget = opened(MeasureWidget)
    if where == "thread":
        monkeypatch.setattr("covoxel.gui.measure.presenter.run_measure", lambda *_: broken())
    else:
        monkeypatch.setattr("covoxel.gui.running.presenter.inputs_of", lambda *_: broken())
    reported = len(notification_manager.records)
    run(widget)
    assert widget.notice.message.text().startswith("Error in Covoxel: ")
    assert widget.run_row.button.isEnabled()
    assert widget.refusal.text() == ""
    widget.notice.copy.click()
    copied = QApplication.clipboard().text()
    assert copied.startswith("Traceback (most recent call last):")
    assert "in <lambda>" in copied
    (record, *_) = notification_manager.records[reported:]
    assert record.message == widget.notice.message.text()
    assert "<lambda>" in record.as_text()


@pytest.fixture
def series(dock):
    """A Measure widget over a series whose channels agree the more the later."""
    model, rng = ViewerModel(), np.random.default_rng(1)
    first, own = (rng.poisson(100, (6, 24, 24)) for _ in range(2))
    share = np.linspace(0, 1, 6)[:, None, None]
    for name, data in (("one", first), ("two", share * first + (1 - share) * own)):
        placed = {
            "axis_labels": ("t", "y", "x"),
            "scale": (2, 0.1, 0.1),
            "units": ("s", "um", "um"),
        }
        model.add_image(data.round().astype(np.uint16), name=name, **placed)
    model.dims.set_point(0, 10)
    return model, dock(model, MeasureWidget)


def frame_of(widget, t):
    """Return the correlation of a time point, and what the line says of it."""
    one, two = (layer.data[t].ravel() for layer in widget.selection().layers[:2])
    r = np.corrcoef(one, two)[0, 1]
    return r, f"time point {t}: r\N{NO-BREAK SPACE}{r:.3f}"


def test_the_histogram_is_of_the_time_point_in_view(series, qtbot, run):
    viewer, widget = series
    run(widget)
    r, said = frame_of(widget, 5)
    assert widget.numbers.text().startswith(said)
    assert widget.presenter.last.histogram.pixels.tolist() == [24 * 24]
    assert len(widget.presenter.last.table) == 6
    viewer.dims.set_point(0, 4)
    earlier, said = frame_of(widget, 2)
    assert abs(r - earlier) > 0.1
    qtbot.waitUntil(lambda: widget.numbers.text().startswith(said))
    assert widget.outdated.text() == ""


def test_a_result_of_one_time_point_is_named_at_another(series, qtbot, run):
    viewer, widget = series
    widget.scope.value = "this time point"
    run(widget)
    assert widget.presenter.last.table["t"].tolist() == [5]
    viewer.dims.set_point(0, 2)
    said = "These results are of time point 5."
    qtbot.waitUntil(lambda: widget.outdated.text() == said)
    viewer.dims.set_point(0, 10)
    qtbot.waitUntil(lambda: widget.outdated.text() == "")


def test_cautions_and_pairs_are_of_the_time_point_in_view(series, qtbot):
    viewer, widget = series
    viewer.layers["one"].data[5, :5] = 65535
    widget.presenter.selection_changed()
    qtbot.waitUntil(lambda: bool(widget.strip._cautions))
    assert all(one.message.startswith("time point 5: ") for one in widget.strip._cautions)
    widget.pairs.run()
    qtbot.waitUntil(lambda: "click a pair" in widget.pairs.message.text())
    assert "at time point 5;" in widget.pairs.message.text()
