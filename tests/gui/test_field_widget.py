"""Displacement fields by the Register widget in a real viewer."""

import numpy as np
import pytest

from covoxel import read_image, simulate_pair
from covoxel.gui.register.form import ONE, TILED
from covoxel.gui.register.widget import RegisterWidget
from covoxel.io.write import write_channels
from covoxel.registration import Registration, displacement_field

from .presented import names

pytestmark = pytest.mark.slow

CHANNELS = ["Channel 1", "Channel 2"]
MADE = [f"{name}: Channel 1 × Channel 2" for name in ("Magnitude", "Displacements", "Tiles")]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    pair = simulate_pair(
        structure="textures", shared_fraction=1, grain=0.2, offset=(2, -1), shape=(128, 128),
        photons1=900,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("files")
    return write_channels(folder / "beads.ome.tif", [pair.channel1, pair.channel2])


@pytest.fixture
def tiled(path, open_file, dock):
    """Return a function that opens the widget over a viewer, with the channels in tiles."""

    def open_widget(viewer):
        open_file(viewer, path)
        widget = dock(viewer, RegisterWidget)
        widget.finds.value = TILED
        widget.tile.value = 48
        return viewer, widget

    return open_widget


@pytest.fixture
def opened(model, tiled):
    return tiled(model)


def test_the_form_asks_for_tiles(opened):
    _, widget = opened
    form = widget.form
    assert widget.run_row.button.text() == "Find displacements"
    assert widget.tile.native.isVisibleTo(form.native)
    assert not widget.moves.native.isVisibleTo(form.native)
    widget.tile.value, widget.max_shift.value = (8, 32, 32), 5
    options = form.read_options()
    assert (options.tile, options.overlap, options.max_shift) == ((8, 32, 32), 0.5, 5)
    widget.tile.value = "wide"
    assert "Tile is 'wide'" in widget.refusal.text()
    widget.finds.value = ONE
    assert widget.run_row.button.text() == "Register"
    assert not widget.tile.native.isVisibleTo(form.native)
    assert widget.moves.native.isVisibleTo(form.native)
    assert widget.refusal.text() == ""


def test_whole_pixels_are_an_option_of_translations(opened):
    _, widget = opened
    form = widget.form
    widget.finds.value = ONE
    widget.subpixel.value = False
    assert not form.read_options().subpixel
    widget.transform.value = "similarity"
    assert not widget.subpixel.enabled
    assert form.read_options().subpixel


def test_a_run_adds_arrows_an_image_and_a_table(opened, path, run):
    viewer, widget = opened
    run(widget)
    assert names(viewer) == CHANNELS + MADE
    assert all(layer.visible for layer in viewer.layers)
    expected = displacement_field(*read_image(path), tile=48)
    arrows = viewer.layers[MADE[1]]
    np.testing.assert_array_equal(arrows.data[:, 1], expected.displacement[expected.valid])
    assert widget.page.overlay.isHidden()
    told = widget.page.numbers.text()
    assert f"{expected.fit().magnification[0]:.5f}" in told
    assert f"arrows drawn <b>{arrows.length:g}×</b> as long" in told
    assert widget.minimumSizeHint().width() <= 448
    assert widget.minimumSizeHint().height() <= 690


def test_another_run_takes_the_place_of_the_first(opened, run, wait):
    viewer, widget = opened
    run(widget)
    widget.tile.value = 32
    run(widget)
    assert names(viewer) == CHANNELS + MADE
    field = widget.presenter.last.at(0).field
    assert len(viewer.layers[MADE[2]].data) == len(field.valid)
    assert len(viewer.layers[MADE[2]].border_color) == len(field.valid)
    widget.page.undo.click()
    wait(widget)
    assert names(viewer) == CHANNELS
    assert widget.page.isHidden()


def test_a_registration_before_it_stays_and_is_undone_after_it(opened, run, wait):
    viewer, widget = opened
    widget.finds.value = ONE
    run(widget)
    widget.finds.value = TILED
    run(widget)
    registered = ["Channel 2 registered", "Registration: Channel 1 × Channel 2"]
    assert names(viewer) == CHANNELS + registered + MADE
    widget.page.undo.click()
    wait(widget)
    assert [name for name in names(viewer) if "Overlay" not in name] == CHANNELS + registered
    assert not widget.page.overlay.isHidden()
    assert "NCC" in widget.page.numbers.text()
    widget.page.undo.click()
    wait(widget)
    assert names(viewer) == CHANNELS
    assert all(layer.visible for layer in viewer.layers)


def test_the_fit_is_a_calibration(opened, tmp_path, monkeypatch, run, wait):
    viewer, widget = opened
    run(widget)
    fit = widget.presenter.last.at(0).fit
    saved = tmp_path / "fit.json"
    monkeypatch.setattr(
        "covoxel.gui.register.widget.QFileDialog.getSaveFileName", lambda *_: (str(saved), "")
    )
    widget.page.save.click()
    assert Registration.load(saved).as_dict() == fit.registration.as_dict()
    widget.page.undo.click()
    wait(widget)
    widget.presenter.load(saved)
    assert widget.run_row.button.text() == "Apply calibration"
    assert not widget.tile.native.isVisibleTo(widget)
    run(widget)
    moved = viewer.layers["Channel 2 registered"].data
    np.testing.assert_array_equal(moved, fit.registration.apply(viewer.layers["Channel 2"].data))


def test_without_a_fit_there_is_nothing_to_save(opened, run):
    viewer, widget = opened
    viewer.layers["Channel 2"].data = np.random.default_rng(0).integers(
        0, 999, (128, 128), np.uint16
    )
    run(widget)
    assert not widget.page.save.isEnabled()
    assert "no fit" in widget.page.numbers.text()
    assert viewer.layers[MADE[2]].features["reason"].ne("").all()


def test_the_table_is_that_of_the_tiles(viewer, tiled, run):
    _, widget = tiled(viewer)
    run(widget)
    widget.buttons.table_requested.emit()
    assert viewer.layers.selection.active is viewer.layers[MADE[2]]
