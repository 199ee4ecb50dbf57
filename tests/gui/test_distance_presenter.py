"""What the Distance widget does, told by a view that is not there."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import Mock, create_autospec

import numpy as np
import pandas as pd
import pytest
from napari.layers import Image, Labels, Shapes
from scipy import ndimage

from covoxel import measure_delay, measure_distance, simulate_pair
from covoxel.analysis.ccf import CcfOptions
from covoxel.analysis.channels import FramePair
from covoxel.analysis.delay import DelayOptions
from covoxel.analysis.distance.options import DistanceOptions
from covoxel.distance import association_distance
from covoxel.gui.distance.form import DistanceForm
from covoxel.gui.distance.presenter import DistancePresenter
from covoxel.gui.distance.widget import DistanceWidget
from covoxel.gui.running.selection import Selection
from covoxel.quality import Caution

from .presented import Here

OPTIONS = DistanceOptions(max_distance=1.5)


def nothing(*_):
    """Ignore progress."""


def layers_of(data, spacing=(0.1, 0.1), axes="yx", units="um"):
    known = {"scale": spacing, "units": units, "axis_labels": tuple(axes)} if spacing else {}
    return [
        Image(np.asarray(image), name=name, **known)
        for image, name in zip(data, ("one", "two"), strict=True)
    ]


@pytest.fixture(scope="module")
def pair():
    made = simulate_pair(
        shape=(128, 128), n_spots1=90, n_shared=70, association_distance=0.6, rng=4
    )
    return np.asarray(made.channel1.data), np.asarray(made.channel2.data)


@pytest.fixture(scope="module")
def series(pair):
    other = simulate_pair(shape=(128, 128), n_spots1=90, n_shared=0, rng=5)
    return tuple(
        np.stack([image, np.asarray(later.data)])
        for image, later in zip(pair, (other.channel1, other.channel2), strict=True)
    )


def halves():
    labels = np.zeros((128, 128), np.int32)
    labels[:, :60], labels[:, 64:] = 3, 7
    return labels


def cells():
    return Labels(halves(), name="cells", scale=(0.1, 0.1), units="um")


def presented(selection, options=OPTIONS, *, separate=False, t=0):
    view = create_autospec(DistanceWidget, instance=True)
    view.selection.return_value, view.read_options.return_value = selection, options
    view.plane_in_view.return_value = t, None
    view.form = create_autospec(DistanceForm, instance=True)
    view.form.separate.return_value = separate
    for section, empty in (
        ("distances", None),
        ("curves", CcfOptions()),
        ("delays", DelayOptions()),
    ):
        options = SimpleNamespace(
            read_options=Mock(return_value=empty), inputs=Mock(return_value={})
        )
        setattr(view.form, section, options)
    jobs = {name: Here() for name in ("runs", "checks", "shifts", "refits", "delays")}
    view.configure_mock(**jobs)
    return DistancePresenter(view), view, *jobs.values()


def done(presenter, runs):
    presenter.run()
    presenter.done(runs.answers[-1])
    return presenter.last


@pytest.mark.slow
def test_curves_have_options_of_their_own(pair):
    presenter, view, runs, *_ = presented(Selection(*layers_of(pair)))
    view.form.curves.read_options.return_value = CcfOptions(
        max_shift=(4, 6), extreme="dip", direction=(1.0, 1.0)
    )
    (one,) = done(presenter, runs).regions
    assert list(one.ccf.curves) == ["x", "y", "radial", "1,1"]
    assert one.ccf.curves["x"].displacement[-1] == pytest.approx(0.6)
    assert one.ccf.curves["y"].displacement[-1] == pytest.approx(0.4)
    assert one.surface[0].shape == (9, 13)
    r = np.corrcoef(pair[0].ravel(), pair[1].ravel())[0, 1]
    assert one.surface[0][4, 6] == pytest.approx(r, rel=1e-5)


@pytest.mark.slow
def test_labels_are_measured_apart_or_as_one_mask(pair):
    selection = Selection(*layers_of(pair), region=cells())
    presenter, view, runs, *_ = presented(selection, separate=True)
    run = done(presenter, runs)
    assert run.result.table["label"].tolist() == [3, 7]
    right = association_distance(
        pair[0][:, 64:], pair[1][:, 64:], spacing=(0.1, 0.1), max_distance=1.5
    )
    assert run.regions[1].found.distance == pytest.approx(right.distance, nan_ok=True)
    assert run.title(run.regions[1].row) == "label 7"
    assert not run.contributions[0][:, 60:64].any()
    view.form.separate.return_value = False
    pooled = done(presenter, runs)
    assert len(pooled.result.table) == 1
    mask = association_distance(*pair, mask=halves() > 0, spacing=(0.1, 0.1), max_distance=1.5)
    assert pooled.result.table["distance"].tolist() == [mask.distance]


@pytest.mark.slow
def test_each_frame_is_read_once_and_the_first_to_be_checked(series, monkeypatch):
    read, images = [], FramePair.images
    monkeypatch.setattr(FramePair, "images", lambda pair: read.append(pair.t) or images(pair))
    layers = layers_of(series, (1, 0.1, 0.1), "tyx", ("s", "um", "um"))
    presenter, _, runs, *_ = presented(Selection(*layers, region=cells()), separate=True)
    assert len(done(presenter, runs).regions) == 4
    assert read == [0, 0, 1]


@pytest.mark.slow
def test_shapes_that_overlap_are_not_told_apart(pair):
    squares = [np.array([[10, 10], [10, 90], [90, 90], [90, 10]]) + k for k in (0, 20)]
    shapes = Shapes(squares, scale=(0.1, 0.1), units="um", name="drawn")
    presenter, _, runs, *_ = presented(Selection(*layers_of(pair), region=shapes), separate=True)
    with pytest.raises(ValueError, match="overlap"):  # which the widget shows
        presenter.run()
    assert runs.answers == []


@pytest.mark.slow
def test_time_points_follow_the_slider_and_rows(series):
    layers = layers_of(series, (1, 0.1, 0.1), "tyx", ("s", "um", "um"))
    presenter, view, runs, *_ = presented(Selection(*layers), t=1)
    run = done(presenter, runs)
    assert run.result.table["t"].tolist() == [0, 1]
    assert presenter.shown is run.regions[1]
    assert run.title(presenter.shown.row) == "time point 1"
    assert run.regions[0].found.associated
    assert not run.regions[1].found.components
    assert np.isfinite(run.contributions[0][0]).all()
    assert np.isnan(run.contributions[0][1]).all()
    assert run.profiles[0].shape[0] == 2
    presenter.row_chosen(0)
    assert presenter.shown is run.regions[0]
    presenter.moved()
    assert presenter.shown is run.regions[1]
    view.show_region.assert_called_with(run, run.regions[1])


@pytest.mark.slow
def test_one_time_point_is_measured_alone(series):
    layers = layers_of(series, (1, 0.1, 0.1), "tyx", ("s", "um", "um"))
    presenter, _, runs, *_ = presented(Selection(*layers, scope="this t", point=(1, 0, 0)), t=1)
    run = done(presenter, runs)
    assert run.result.table["t"].tolist() == [1]
    assert run.contributions is None


@pytest.mark.slow
def test_a_picked_range_is_fitted_then_measured_with(pair):
    presenter, view, runs, _, _, refits, _ = presented(Selection(*layers_of(pair)))
    done(presenter, runs)
    presenter.refit(0.2, 1.2)
    (found,) = refits.answers
    expected = association_distance(
        *pair, spacing=(0.1, 0.1), max_distance=1.5, fit_range=(0.2, 1.2), intervals=False
    )
    assert found.distance == expected.distance
    assert found.fit_range == (0.2, 1.2)
    assert "verdict" in found.notes[-1][1]
    before = presenter.shown.found.profile
    for name in ("low", "high", "null_low", "null_high"):
        np.testing.assert_array_equal(getattr(found.profile, name), getattr(before, name))
    presenter.refit_done(found)
    view.show_refit.assert_called_once_with(found)
    presenter.range_picked((0.2, 1.2))
    view.form.show_range.assert_called_once_with((0.2, 1.2))
    assert len(runs.answers) == 2


@pytest.mark.slow
def test_a_refit_is_of_the_region_shown(series):
    region = cells()
    layers = layers_of(series, (1, 0.1, 0.1), "tyx", ("s", "um", "um"))
    presenter, _, runs, _, _, refits, _ = presented(
        Selection(*layers, region=region), separate=True
    )
    done(presenter, runs)
    presenter.row_chosen(3)
    presenter.refit(0.2, 1.2)
    right = [image[1][:, 64:] for image in series]
    expected = association_distance(
        *right, spacing=(0.1, 0.1), max_distance=1.5, fit_range=(0.2, 1.2), intervals=False
    )
    assert refits.answers[0].distance == pytest.approx(expected.distance, nan_ok=True)
    np.testing.assert_allclose(refits.answers[0].profile.correlation, expected.profile.correlation)


def test_without_a_result_nothing_is_refitted(pair):
    presenter, _, _, _, _, refits, _ = presented(Selection(*layers_of(pair)))
    presenter.refit(0.2, 1.2)
    assert refits.answers == []


@pytest.mark.slow
def test_delays_of_labels():
    trace = np.random.default_rng(3).normal(100, 20, 62)[:, None, None] + np.zeros((1, 8, 16))
    one, two = trace[2:].copy(), trace[:60].copy()
    labels = np.zeros((8, 16), np.int32)
    labels[:, 2:7], labels[:, 9:] = 2, 40
    two[:, :, 9:] = one[:, :, 9:]
    layers = layers_of((one, two), (1.5, 1, 1), "tyx", ("s", "um", "um"))
    region = Labels(labels, name="cells", scale=(1, 1), units="um")
    presenter, view, *_, delays = presented(Selection(*layers, region=region), separate=True)
    presenter.measure_delays()
    (run,) = delays.answers
    expected = measure_delay(*layers, labels=labels).table["delay"]
    assert run.result.table["delay"].tolist() == expected.tolist()
    np.testing.assert_allclose(expected, [3, 0], atol=0.3)
    ((image, _, _),) = run.layers
    np.testing.assert_allclose(image[:, 2:7], expected[0])
    np.testing.assert_allclose(image[:, 9:], expected[1])
    assert np.isnan(image[:, 7:9]).all()
    presenter.delays_done(run)
    view.put_delays.assert_called_once_with(run)


@pytest.mark.slow
def test_cautions_leave_out_what_does_not_change_a_covariance(pair):
    bare = layers_of([image + np.uint16(5000) for image in pair], None)
    presenter, view, _, checks, *_ = presented(Selection(*bare))
    presenter.selection_changed()
    found = checks.answers[-1]
    assert {"offset1", "no_voxel_size"} <= {caution.code for caution in found}
    presenter.cautions.update_checks(found)
    codes = {caution.code for caution in view.show_cautions.call_args.args[0]}
    assert "no_voxel_size" in codes
    assert not {"offset1", "mostly_background"} & codes
    shift = Caution("channel_shift", "warning", "shifted", "Register.")
    presenter.cautions.update_shift(shift)
    assert shift in view.show_cautions.call_args.args[0]


def test_options_that_are_wrong_say_so(pair):
    presenter, view, runs, _, _, _, delays = presented(Selection(*layers_of(pair)))
    view.form.delays.read_options.side_effect = ValueError("time_step is -1")
    presenter.measure_delays()
    assert view.show_refusal.call_args.args[0] == "time_step is -1"
    view.read_options.side_effect = ValueError("max_distance is 0")
    presenter.run()
    assert view.show_refusal.call_args.args[0] == "max_distance is 0"
    assert runs.answers == delays.answers == []


@pytest.mark.slow
def test_planes_are_measured_one_by_one():
    made = simulate_pair(shape=(3, 96, 96), n_spots1=60, n_shared=50, rng=4)
    look = {"axis_labels": ("z", "y", "x"), "scale": (0.3, 0.1, 0.1), "units": "um"}
    layers = [
        Image(np.asarray(channel.data), name=channel.name, **look)
        for channel in (made.channel1, made.channel2)
    ]
    labels = np.zeros((3, 96, 96), np.int32)
    labels[:2, :, :48], labels[:, :, 48:] = 3, 7
    region = Labels(labels, name="cells", **look)
    options = DistanceOptions(like="ccc-2.3", intervals=False)
    selection = Selection(*layers, region=region)
    presenter, view, runs, *_ = presented(selection, options, separate=True)
    view.form.distances.inputs.return_value = {"per_plane": True}
    view.plane_in_view.return_value = 0, 1
    run = done(presenter, runs)
    expected = measure_distance(*layers, labels=labels, per_plane=True, options=options)
    pd.testing.assert_frame_equal(run.result.table, expected.table)
    assert presenter.shown.frame_pair.z == 1
    assert run.title(presenter.shown.row) == "label 3, plane 1"
    view.plane_in_view.return_value = 0, 2
    presenter.moved()
    assert presenter.shown.frame_pair.z == 2
    nowhere = np.nan  # label 3 ends below the last plane
    np.testing.assert_array_equal(run.positions[:, 0], [0, 0, 1, 1, nowhere, 2])
    assert not presenter.shown.ccf.curves
    assert list(run.regions[-1].ccf.curves) == ["x", "y", "radial"]


@pytest.mark.slow
def test_delays_of_planes_are_painted_in_their_planes():
    rng = np.random.default_rng(2)
    trace = ndimage.gaussian_filter1d(rng.random(120), 1)
    early = np.stack([trace[8:108], trace[8:108]], axis=1)
    late = np.stack([trace[6:106], trace[3:103]], axis=1)  # by 2 and 5 frames
    noise = rng.random((100, 2, 8, 8)) * 1e-3
    layers = [
        Image(
            values[:, :, None, None] + noise[:, :, ::step],
            name=name,
            axis_labels=("t", "z", "y", "x"),
        )
        for values, name, step in ((early, "early", 1), (late, "late", -1))
    ]
    labels = np.zeros((8, 8), np.int32)
    labels[:4, :4] = 5
    selection = Selection(*layers, region=Labels(labels, name="cells"))
    presenter, view, *jobs = presented(selection, separate=True)
    view.form.delays.inputs.return_value = {"per_plane": True}
    presenter.measure_delays()
    (run,) = jobs[-1].answers
    expected = measure_delay(*layers, labels=labels, per_plane=True).table
    pd.testing.assert_frame_equal(run.result.table, expected)
    ((image, _, _),) = run.layers
    assert image.shape == (2, 8, 8)
    assert [round(float(image[z, 0, 0])) for z in (0, 1)] == [2, 5]
    assert np.isnan(image[:, 4:]).all()
    assert run.positions[:, 1].tolist() == [0, 1]
