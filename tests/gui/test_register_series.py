"""The Register widget on time series, and plane by plane."""

import numpy as np
import pytest

from covoxel import simulate_pair
from covoxel.analysis import Registrations
from covoxel.gui.register.widget import RegisterWidget

from .presented import names

pytestmark = pytest.mark.slow


def test_each_time_point_is_shown_by_its_own_registration(model, run, dock):
    one = np.array(simulate_pair(shape=(64, 64), rng=3).channel1.data)
    still = np.stack([one] * 2)
    drifting = np.stack([np.roll(one, 1, axis=0), np.roll(one, 4, axis=0)])
    for data, name in ((still, "still"), (drifting, "drifting")):
        model.add_image(data, name=name, axis_labels=("t", "y", "x"))
    widget = dock(model, RegisterWidget)
    model.dims.set_current_step(0, 0)
    widget.scope.value = "each time point"
    widget.max_shift.value = 8
    run(widget)
    for t, shift in ((0, -1), (1, -4), (0, -1)):
        model.dims.set_current_step(0, t)
        there = model.layers[-1].data_to_world([t, 20, 20])
        np.testing.assert_allclose(there, [t, 20 + shift, 20], atol=0.1)
        assert f"−{-shift}.0" in widget.page.numbers.text()
    table = model.layers["Registration: still × drifting"]
    assert table.features["t"].tolist() == [0, 1]
    assert table.data[:, 0].tolist() == [0, 1]


@pytest.fixture
def moving(model, dock):
    """Return a viewer with a widget, and a series that moves by whole pixels."""
    one = np.array(simulate_pair(shape=(64, 64), rng=3).channel1.data)
    series = np.stack([np.roll(one, (t, -2 * t), axis=(0, 1)) for t in range(3)])
    look = {"axis_labels": ("t", "y", "x"), "scale": (2, 0.1, 0.1), "translate": (0, 5, 6)}
    model.add_image(series, name="cells", colormap="red", **look)
    return model, dock(model, RegisterWidget)


def test_drift_needs_one_layer_and_moves_it(moving, run, wait):
    viewer, widget = moving
    assert "choose or open" in widget.refusal.text()
    widget.drift.value, widget.max_shift.value = True, 8
    assert widget.refusal.text() == ""
    assert not widget.scope.choices
    run(widget)
    assert names(viewer) == ["cells", "cells drift corrected", "Drift: cells"]
    source, made, table = viewer.layers
    found = widget.presenter.last.registrations
    expected = found.apply(widget.presenter.last.inputs.channels[0])
    np.testing.assert_array_equal(made.data, np.asarray(expected.data))
    inner = np.s_[:, 8:-8, 8:-8]
    np.testing.assert_allclose(made.data[inner], source.data[[0, 0, 0]][inner], atol=5)
    assert made.colormap.name == "red"
    np.testing.assert_array_equal(made.translate, source.translate)
    assert table.data[:, 0].tolist() == [0, 1, 2]
    assert (source.visible, made.visible) == (False, True)
    viewer.dims.set_current_step(0, 2)
    assert "time point 2" in widget.page.numbers.text()
    assert widget.page.overlay.isHidden()
    assert widget.image2.value is source  # though another layer has come
    widget.page.undo.click()
    wait(widget)
    assert names(viewer) == ["cells"]
    assert source.visible


def test_drift_moves_both_layers_alike(moving, tmp_path, monkeypatch, run, wait):
    viewer, widget = moving
    other = viewer.layers["cells"].data[::-1].copy()
    viewer.add_image(other, name="other", axis_labels=("t", "y", "x"), scale=(2, 0.1, 0.1))
    viewer.layers["other"].translate = (0, 5, 6)
    widget.drift.value, widget.max_shift.value = True, 8
    widget.image2.value = viewer.layers["other"]
    run(widget)
    found = widget.presenter.last.registrations
    for name, channel in zip(
        ("cells", "other"), widget.presenter.last.inputs.channels, strict=True
    ):
        made = viewer.layers[f"{name} drift corrected"]
        np.testing.assert_array_equal(made.data, np.asarray(found.apply(channel).data))
        assert not viewer.layers[name].visible
    path = str(tmp_path / "drift.json")
    dialog = "covoxel.gui.register.widget.QFileDialog.getSaveFileName"
    monkeypatch.setattr(dialog, lambda *_: (path, ""))
    widget.page.save.click()
    assert Registrations.load(path).drift
    widget.page.undo.click()
    wait(widget)
    assert [layer.name for layer in viewer.layers if layer.visible] == ["cells", "other"]
    widget.moves.value = True
    assert "each time point moves by itself" in widget.refusal.text()
    widget.moves.value = False
    widget.presenter.load(path)
    assert widget.run_row.button.text() == "Apply calibration"
    assert not widget.scope.choices
    run(widget)
    made = viewer.layers["other drift corrected"].data
    np.testing.assert_array_equal(made, np.asarray(found.apply(channel).data))


def test_planes_are_registered_one_by_one(model, run, dock, wait):
    one = np.array(simulate_pair(shape=(3, 64, 64), rng=3).channel1.data)
    other = np.stack([np.roll(plane, (z, 2 * z), axis=(0, 1)) for z, plane in enumerate(one)])
    for data, name in ((one, "still"), (other, "sheared")):
        model.add_image(data, name=name, axis_labels=("z", "y", "x"))
    widget = dock(model, RegisterWidget)
    widget.each.value, widget.max_shift.value = "plane", 8
    widget.scope.value = "whole stack"
    run(widget)
    made, table = (
        model.layers["sheared registered"],
        model.layers["Registration: still × sheared"],
    )
    found = widget.presenter.last.registrations
    assert sorted(found.held) == [(None, 0), (None, 1), (None, 2)]
    for z in range(3):
        np.testing.assert_array_equal(made.data[z], found.at(0, z).apply(other[z]))
        model.dims.set_current_step(0, z)
        assert f"plane {z}" in widget.page.numbers.text()
        there = model.layers[-1].data_to_world([z, 20, 20])
        np.testing.assert_allclose(there, [z, 20 - z, 20 - 2 * z], atol=0.1)
    assert table.data[:, 0].tolist() == [0, 1, 2]
    widget.page.undo.click()
    wait(widget)
    widget.moves.value = True
    assert "each plane moves by itself" in widget.refusal.text()


def test_a_plane_that_cannot_be_registered_is_named(model, run, dock):
    made = simulate_pair(shape=(3, 64, 64), rng=3)
    for channel in (made.channel1, made.channel2):
        data = np.array(channel.data)
        data[2] = 0
        model.add_image(data, name=channel.name, axis_labels=("z", "y", "x"))
    widget = dock(model, RegisterWidget)
    widget.each.value, widget.scope.value = "plane", "whole stack"
    run(widget)
    for z in (1, 2):
        model.dims.set_current_step(0, z)
        assert "nothing was moved" in widget.page.numbers.text()
        assert "plane 2" in widget.page.numbers.text()
    assert names(model) == ["Channel 1", "Channel 2", "Registration: Channel 1 × Channel 2"]
    assert not widget.page.save.isEnabled()
