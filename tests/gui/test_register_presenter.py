"""What the Register widget does, told by a view that is not there."""

from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import create_autospec

import numpy as np
import pytest
from napari.layers import Image, Labels

from covoxel import simulate_pair
from covoxel.analysis.register.options import RegisterOptions
from covoxel.gui.register.numbers import numbers_html
from covoxel.gui.register.presenter import RegisterPresenter
from covoxel.gui.register.widget import RegisterWidget
from covoxel.gui.running.selection import Selection
from covoxel.registration import Registration, register

from .presented import Here, layers_of

pytestmark = pytest.mark.slow

OPTIONS = RegisterOptions(max_shift=10)


@pytest.fixture(scope="module")
def pair():
    return simulate_pair(offset=(4, -3), rng=1)


@pytest.fixture(scope="module")
def series():
    made = simulate_pair(shape=(64, 64), offset=(2, -3), n_frames=3, rng=5)
    return layers_of(made, axis_labels=("t", "y", "x"))


def presented(selection, options=OPTIONS, *, moves=False):
    view = create_autospec(RegisterWidget, instance=True)
    view.selection.return_value, view.read_options.return_value = selection, options
    view.form = SimpleNamespace(moves=SimpleNamespace(value=moves))
    view.layers = SimpleNamespace(is_moved=lambda _: False)
    view.runs, view.checks, view.shifts = Here(), Here(), Here()
    return RegisterPresenter(view), view, view.runs


def test_a_moved_layer_is_not_resampled(pair):
    presenter, _, runs = presented(Selection(*layers_of(pair)), moves=True)
    presenter.run()
    assert not runs.answers[0].made


def test_only_the_mask_is_compared(pair):
    layers = layers_of(pair)
    inside = np.zeros(layers[0].data.shape, np.int32)
    inside[20:90, 30:100] = 7
    presenter, _, runs = presented(Selection(*layers, region=Labels(inside, name="cells")))
    presenter.run()
    expected = register(*layers, mask=inside > 0, max_shift=10)
    assert runs.answers[0].at(0).shift == expected.shift
    assert runs.answers[0].at(0).shift != register(*layers, max_shift=10).shift


def test_one_time_point_is_registered_and_all_move_alike(series):
    presenter, view, runs = presented(Selection(*series, scope="this t", point=(1, 0, 0)))
    presenter.selection_changed()
    (caution,) = view.show_cautions.call_args.args[0]
    assert caution.code == "time_series"
    assert "time point 1 of 3" in caution.message
    presenter.run()
    (run,) = runs.answers
    expected = register(series[0].data[1], series[1].data[1], max_shift=10)
    assert run.table["t"].tolist() == [1]
    np.testing.assert_array_equal(run.made[0][0], expected.apply(series[1].data))


def test_saturation_is_told_with_what_options_do():
    made = simulate_pair(shape=(64, 64), offset=(2, -3), photons1=300, bits=8, rng=1)
    presenter, view, _ = presented(Selection(*layers_of(made)), moves=True)
    presenter.selection_changed()
    (found,) = presenter.cautions._checks.answers
    presenter.cautions.update_checks(found)
    told = [c.code for c in view.show_cautions.call_args.args[0]]
    assert "saturated1" in told
    assert "offset1" not in told
    assert told[-1] == "moved_layer"
    presenter.edited()
    assert [c.code for c in view.show_cautions.call_args.args[0]] == told


def test_a_plane_moves_all_planes(pair):
    stacks = [
        Image(np.stack([layer.data] * 2), name=layer.name, axis_labels=("z", "y", "x"))
        for layer in layers_of(pair)
    ]
    presenter, view, runs = presented(Selection(*stacks, scope="this z", point=(1, 0, 0)))
    presenter.selection_changed()
    assert [c.code for c in view.show_cautions.call_args.args[0]] == ["one_plane"]
    presenter.run()
    expected = register(stacks[0].data[1], stacks[1].data[1], max_shift=10)
    np.testing.assert_array_equal(runs.answers[0].made[0][0], expected.apply(stacks[1].data))


def test_a_calibration_is_applied_instead(pair, tmp_path):
    layers = layers_of(pair)
    saved = register(*layers, max_shift=10).save(tmp_path / "beads.json")
    presenter, view, runs = presented(Selection(*layers))
    presenter.load(saved)
    view.show_calibration.assert_called_with("beads.json", drift=False)
    presenter.run()
    (run,) = runs.answers
    calibration = Registration.load(saved)
    np.testing.assert_array_equal(run.made[0][0], calibration.apply(layers[1].data))
    moved = calibration.apply(layers[1].data.astype(float))
    seen = np.isfinite(moved)
    r = np.corrcoef(layers[0].data[seen], moved[seen])[0, 1]
    assert run.at(0).ncc_after == pytest.approx(r)
    assert run.table["ncc_after"].tolist() == [pytest.approx(r)]
    presenter.unload()
    assert presenter.calibration is None


def test_an_applied_calibration_is_judged_by_its_own_images(pair, tmp_path):
    layers = layers_of(pair)
    beads = replace(register(*layers, max_shift=10), notes=("of the beads",))
    saved = beads.save(tmp_path / "beads.json")
    for own, falls in ((layers, False), (layers_of(simulate_pair(rng=1)), True)):
        presenter, _, runs = presented(Selection(*own))
        presenter.load(saved)
        presenter.run()
        found = runs.answers[0].at(0)
        assert ("correlate less than before" in "".join(found.notes)) is falls
        assert "of the beads" not in found.notes
        assert np.isnan(found.peak_ratio)
        assert found.uncertainty == beads.uncertainty


def test_a_calibration_of_planes_is_applied_to_a_stack(pair, tmp_path):
    saved = register(*layers_of(pair), max_shift=10).save(tmp_path / "beads.json")
    stacks = [Image(np.stack([layer.data] * 3), name=layer.name) for layer in layers_of(pair)]
    presenter, _, runs = presented(Selection(*stacks))
    presenter.load(saved)
    presenter.run()
    np.testing.assert_array_equal(
        runs.answers[0].made[0][0], Registration.load(saved).apply(stacks[1].data)
    )


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"kind": "covoxel registration"}'])
def test_a_damaged_calibration_says_so(pair, tmp_path, text):
    path = tmp_path / "damaged.json"
    if text is not None:
        path.write_text(text)
    presenter, view, _ = presented(Selection(*layers_of(pair)))
    with pytest.raises((ValueError, OSError), match=r"damaged\.json"):
        presenter.load(path)
    view.show_calibration.assert_not_called()
    assert presenter.calibration is None


def unrelated():
    return layers_of(simulate_pair(shape=(128, 128), shared_fraction=0, rng=4))


@pytest.mark.parametrize("moves", [False, True])
def test_what_is_not_registrable_is_not_moved(moves):
    presenter, _, runs = presented(Selection(*unrelated()), moves=moves)
    presenter.run()
    (run,) = runs.answers
    assert not run.movable
    assert not run.made
    assert run.table["registrable"].tolist() == [False]
    text = numbers_html(run.at(0))
    assert "Not registrable: nothing was moved" in text
    assert "unrelated channels reach by chance" in text
    assert "nan" not in text


def test_a_calibration_that_is_not_registrable_is_refused(tmp_path):
    layers = unrelated()
    saved = register(*layers).save(tmp_path / "none.json")
    presenter, _, _ = presented(Selection(*layers))
    with pytest.raises(ValueError, match="no shift to apply: not registrable"):
        presenter.load(saved)
    assert presenter.calibration is None


def test_an_unverified_calibration_is_applied_with_a_caution(pair, tmp_path):
    layers = layers_of(pair)
    saved = replace(register(*layers, max_shift=10), registrable=None).save(tmp_path / "old.json")
    presenter, view, runs = presented(Selection(*layers))
    presenter.load(saved)
    assert [c.code for c in view.show_cautions.call_args.args[0]] == ["unverified_registration"]
    presenter.run()
    assert runs.answers[0].made


def test_numbers_of_an_undetermined_direction():
    shift = Registration.from_shift(
        (3.0, 0.0), (90, 90), ncc_before=0.5, ncc_after=0.9, uncertainty=(0.01, float("nan"))
    )
    text = numbers_html(shift)
    assert "<td>± (px)</td>" in text
    assert "0.01" in text
    assert "nan" not in text
