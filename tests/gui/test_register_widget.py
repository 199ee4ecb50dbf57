"""The Register widget in a real viewer."""

import numpy as np
import pytest
from napari.layers import Image
from qtpy.QtCore import QSignalBlocker
from qtpy.QtWidgets import QLabel

from covoxel import simulate_pair
from covoxel.gui.measure.form import MeasureForm
from covoxel.gui.measure.widget import MeasureWidget
from covoxel.gui.register.widget import RegisterWidget
from covoxel.registration import Registration, register

from .presented import names

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pair():
    return simulate_pair(shape=(4, 64, 64), offset=(0, 4, -3), n_spots1=60, rng=4)


def add_pair(viewer, pair):
    for channel, color in ((pair.channel1, "red"), (pair.channel2, "cyan")):
        viewer.add_image(
            np.array(channel.data),
            name=channel.name,
            scale=channel.spacing,
            translate=(1, 2, 3),
            rotate=5,
            units="um",
            axis_labels=("z", "y", "x"),
            colormap=color,
            contrast_limits=(90, 300),
            blending="additive",
        )


@pytest.fixture
def opened(model, pair, dock):
    add_pair(model, pair)
    return model, dock(model, RegisterWidget)


def state(viewer):
    return [
        (
            layer.name,
            layer.visible,
            layer.colormap.name,
            layer.blending,
            tuple(layer.contrast_limits),
            layer.affine.affine_matrix.tolist(),
        )
        for layer in viewer.layers
        if isinstance(layer, Image)
    ]


def test_it_makes_a_layer_that_looks_like_its_source(opened, pair, run):
    viewer, widget = opened
    run(widget)
    source, made = viewer.layers["Channel 2"], viewer.layers["Channel 2 registered"]
    expected = register(pair.channel1, pair.channel2)
    np.testing.assert_array_equal(made.data, expected.apply(source.data))
    assert made.data.dtype == source.data.dtype
    assert made.colormap == source.colormap
    assert made.contrast_limits == source.contrast_limits
    assert not source.visible
    table = viewer.layers["Registration: Channel 1 × Channel 2"]
    assert table.features["shift_y"].tolist() == [expected.shift[1]]
    for text in ("shift", "µm", "NCC", "overlap"):
        assert text in widget.page.numbers.text()


def test_a_moved_layer_lies_where_its_pixels_belong(opened, run):
    viewer, widget = opened
    widget.moves.value = True
    assert [c.code for c in widget.strip._cautions] == ["moved_layer"]
    run(widget)
    assert names(viewer)[:3] == ["Channel 1", "Channel 2", "Registration: Channel 1 × Channel 2"]
    one, other = viewer.layers["Channel 1"], viewer.layers["Channel 2"]
    shift = np.array(widget.presenter.last.at(0).shift)
    for pixel in ([0, 0, 0], [3, 60, 5], [1, 20, 33]):
        np.testing.assert_allclose(other.data_to_world(pixel), one.data_to_world(pixel + shift))
    assert not widget.run_row.button.isEnabled()
    assert "Undo" in widget.refusal.text()


@pytest.mark.parametrize("moves", [False, True])
def test_undo_leaves_everything_as_it_was(opened, moves, run, wait):
    viewer, widget = opened
    before = state(viewer)
    widget.moves.value = moves
    run(widget)
    assert state(viewer)[:2] != before
    widget.page.undo.click()
    wait(widget)
    assert state(viewer) == before
    assert widget.page.isHidden()
    assert widget.run_row.button.isEnabled()


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_removal_ends_where_the_widget_is_closed_meanwhile(opened, run, turns, qtbot):
    viewer, widget = opened
    before = state(viewer)
    run(widget)
    widget._remove_results()
    for _ in range(turns):
        widget.steps._on_turn()
    widget.steps.stop()  # as closing does
    assert state(viewer) == before


def test_the_overlay_leads_from_before_to_after(opened, run, wait):
    viewer, widget = opened
    run(widget)
    magenta, green = viewer.layers[-2:]
    assert [layer.colormap.name for layer in (magenta, green)] == ["magenta", "green"]
    assert all(layer.blending == "additive" for layer in (magenta, green))
    assert np.shares_memory(green.data, viewer.layers["Channel 2"].data)
    assert [layer.visible for layer in viewer.layers] == [False] * 4 + [True] * 2
    source, shift = viewer.layers["Channel 1"], np.array(widget.presenter.last.at(0).shift)
    for value in (100, 25, 0):
        widget.page.slider.setValue(value)
        there = source.data_to_world(np.array([1, 20, 33]) + value / 100 * shift)
        np.testing.assert_allclose(green.data_to_world([1, 20, 33]), there)
    run(widget)
    assert widget.page.fraction == 1
    widget.page.overlay.setChecked(False)
    assert len(viewer.layers) == 4
    shown = [layer.visible for layer in viewer.layers]
    assert shown == [layer.name != "Channel 2" for layer in viewer.layers]
    widget.page.overlay.setChecked(True)
    wait(widget)
    assert len(viewer.layers) == 6


def test_the_overlay_is_added_one_layer_a_turn(opened, run):
    viewer, widget = opened
    run(widget)
    widget.page.overlay.setChecked(False)
    assert list(widget._showing_overlay()) == []  # nothing is wanted
    with QSignalBlocker(widget.page.overlay):
        widget.page.overlay.setChecked(True)
    # each is added in one turn, and shown in the next
    assert [len(viewer.layers) for _ in widget._showing_overlay()] == [5, 5, 6, 6]
    widget.overlay.restore()
    next(steps := widget._showing_overlay())
    widget.overlay.restore()  # amid the steps
    assert list(steps) == []
    assert len(viewer.layers) == 4


def test_the_overlay_is_no_channel_and_goes_with_the_widget(viewer, pair, dock, qtbot, run):
    add_pair(viewer, pair)
    widget = dock(viewer, RegisterWidget)
    run(widget)
    offered = [layer.name for layer in widget.image1.choices]
    assert offered == ["Channel 1", "Channel 2", "Channel 2 registered"]
    own = viewer.window.add_dock_widget(QLabel("another"), name="another", tabify=True)
    register = viewer.window._wrapped_dock_widgets["Register"]
    viewer.window._qt_window.show()
    for part, count in ((register, 6), (own, 4), (register, 6)):
        part.raise_()
        qtbot.waitUntil(lambda count=count: len(viewer.layers) == count)
    register.close()
    assert len(viewer.layers) == 4


def test_a_tilt_between_planes_is_no_part_of_the_overlay(opened, tmp_path, run):
    viewer, widget = opened
    tilted = Registration(
        shift=(0, 1, 1),
        matrix=((1, 0.01, 0), (0, 1, 0.02), (0, 0, 1)),
        shape=(4, 64, 64),
        transform="affine",
    )
    widget.presenter.load(tilted.save(tmp_path / "tilted.json"))
    assert widget.run_row.button.text() == "Apply calibration"
    run(widget)
    linear = viewer.layers[-1].affine.linear_matrix
    assert linear[0, 1] == 0
    assert linear[1, 2] != 0
    viewer.dims.ndisplay = 3
    assert viewer.layers[-1].affine.linear_matrix[0, 1] != 0


def test_a_saved_calibration_is_loaded_and_applied(opened, tmp_path, monkeypatch, run, wait):
    _, widget = opened
    run(widget)
    path = str(tmp_path / "beads.json")
    dialog = "covoxel.gui.register.{}.QFileDialog.get{}FileName"
    monkeypatch.setattr(dialog.format("widget", "Save"), lambda *_: (path, ""))
    widget.page.save.click()
    assert "beads.json" in widget.buttons.message.text()
    shift = widget.presenter.last.at(0).shift
    assert Registration.load(path).shift == shift
    widget.page.undo.click()
    wait(widget)
    monkeypatch.setattr(dialog.format("form", "Open"), lambda *_: (path, ""))
    widget.form.load.native.click()
    assert widget.form.calibration.value == "beads.json"
    run(widget)
    assert widget.presenter.last.at(0).shift == shift
    widget.form.load.native.click()
    assert widget.run_row.button.text() == "Register"
    (tmp_path / "beads.json").write_text("{}")
    widget.form.load.native.click()
    widget.presenter.selection_changed()
    assert "is not a registration" in widget.notice.message.text()
    assert widget.run_row.button.isEnabled()


def test_other_widgets_propose_the_registered_channel(opened, run):
    viewer, widget = opened
    run(widget)
    assert "Choose <b>Channel 2 registered</b> in other widgets" in widget.page.numbers.text()
    form = MeasureForm(viewer)
    assert (form.image1.value.name, form.image2.value.name) == ("Channel 1", "Channel 2 registered")


def test_a_shift_that_measure_warns_of_is_registered_by_one_click(viewer, qtbot):
    made = simulate_pair(offset=(4, -3), rng=1)
    for channel in (made.channel1, made.channel2, made.channel1):
        viewer.add_image(np.array(channel.data), name=channel.name)
    measure = MeasureWidget(viewer)
    viewer.window.add_dock_widget(measure, name="Measure")
    measure.image1.value = viewer.layers[1]
    measure.image2.value = viewer.layers[2]

    def warned():
        lines = measure.strip._lines
        return [line for line in lines if line.caution.code == "channel_shift" and line.buttons]

    qtbot.waitUntil(lambda: bool(warned()))
    warned()[0].buttons[0].click()
    widget = viewer.window.dock_widgets["Register (covoxel)"]
    assert isinstance(widget, RegisterWidget)
    assert widget.image1.value is viewer.layers[1]
    assert widget.image2.value is viewer.layers[2]
    for jobs in (measure.checks, measure.shifts, measure.loads):
        jobs.cancel()


def test_a_pair_that_is_not_registrable_says_so(model, run, dock, wait):
    made = simulate_pair(shape=(96, 96), shared_fraction=0, rng=4)
    for channel in (made.channel1, made.channel2):
        model.add_image(np.array(channel.data), name=channel.name)
    widget = dock(model, RegisterWidget)
    run(widget)
    assert "Not registrable" in widget.page.numbers.text()
    assert names(model) == ["Channel 1", "Channel 2", "Registration: Channel 1 × Channel 2"]
    assert model.layers["Channel 2"].visible
    assert not widget.page.save.isEnabled()
    assert not widget.page.overlay.isVisible()
    widget.page.undo.click()
    wait(widget)
    assert names(model) == ["Channel 1", "Channel 2"]
