"""What the Map widget does, told by a view that is not there."""

from types import SimpleNamespace
from unittest.mock import Mock, create_autospec

import numpy as np
import pytest
from napari.layers import Labels

from covoxel import MapOptions, simulate_pair
from covoxel.gui.map.numbers import summary
from covoxel.gui.map.presenter import MapPresenter
from covoxel.gui.map.run import run_map
from covoxel.gui.map.widget import MapWidget
from covoxel.gui.running.selection import Selection, inputs_of
from covoxel.local import local_significance
from covoxel.quality import Caution
from covoxel.quality.kinds import KINDS

from .presented import layers_of

OPTIONS = MapOptions(radius=3)


class Held:
    """Keeps work until it is asked to do it."""

    def __init__(self):
        self.work, self.reports = [], []

    def run(self, work):
        self.work.append(work)

    def follow(self, work):
        self.work[1:] = [work]

    def cancel(self):
        self.work.clear()

    def next(self):
        return self.work.pop(0)(lambda *report: self.reports.append(report))


@pytest.fixture(scope="module")
def plane():
    return layers_of(simulate_pair(shape=(96, 96), rng=1))


@pytest.fixture(scope="module")
def series():
    pair = simulate_pair(shape=(40, 40), n_frames=3, n_spots1=30, rng=2)
    return layers_of(pair, axis_labels=("t", "y", "x"))


def presented(selection, options=OPTIONS, *, beyond=False):
    view = create_autospec(MapWidget, instance=True)
    view.selection.return_value, view.read_options.return_value = selection, options
    view.form, view.layers = SimpleNamespace(beyond_too=lambda: beyond), Mock()
    view.is_live.return_value = True
    view.plane.return_value = 0, 0
    view.runs, view.previews, view.checks, view.shifts = (Held() for _ in range(4))
    return MapPresenter(view), view, view.runs, view.previews


def test_cautions_about_intensities_alone_are_not_shown(plane):
    presenter, view, _, _ = presented(Selection(*plane))
    codes = [code for kind in KINDS for code in kind.codes]
    presenter.cautions.update_checks([Caution(code, "warning", "", "") for code in codes])
    shown = {caution.code for caution in view.show_cautions.call_args.args[0]}
    hidden = {code.removesuffix("1").removesuffix("2") for code in set(codes) - shown}
    assert hidden >= {"offset", "negative", "rescaled", "border", "bleaching"}
    assert hidden.isdisjoint({"saturated", "hot_pixels", "channel_shift", "no_voxel_size"})


def quiet(done, total):
    """Hear of progress."""


def test_the_newest_radius_wins_and_none_waits_in_line(plane):
    presenter, view, _, previews = presented(Selection(*plane))
    presenter.selection_changed()
    for radius in (3, 4, 5, 6):
        view.read_options.return_value = MapOptions(radius=radius)
        presenter.tuned()
    assert len(previews.work) == 2
    presenter.preview_done(previews.next())
    presenter.preview_done(previews.next())
    assert not previews.work
    shown = [call.args[0].options.radius for call in view.put_preview.call_args_list]
    assert shown == [3, 6]


def test_a_preview_of_what_was_chosen_before_is_not_shown(plane):
    presenter, view, _, previews = presented(Selection(*plane))
    presenter.selection_changed()
    presenter.tuned()
    stale = previews.next()
    view.selection.return_value = Selection(*reversed(plane))
    presenter.selection_changed()
    presenter.preview_done(stale)
    view.put_preview.assert_not_called()
    presenter.preview_done(previews.next())
    assert view.put_preview.call_args.args[0].inputs.channels[0].name == plane[1].name


def test_a_radius_that_does_not_fit_is_told_and_the_next_is_tried(plane):
    presenter, view, _, previews = presented(Selection(*plane), MapOptions(radius=200))
    presenter.selection_changed()
    presenter.tuned()
    with pytest.raises(ValueError, match="larger than the image") as refused:
        previews.next()
    presenter.preview_failed(refused.value)
    assert "larger than the image" in view.show_refusal.call_args.args[0]
    view.read_options.return_value = OPTIONS
    presenter.tuned()
    assert view.show_refusal.call_args.args == ("",)
    presenter.preview_done(previews.next())
    view.put_preview.assert_called_once()


def test_a_result_takes_the_place_of_the_preview_until_something_changes(plane):
    presenter, view, runs, previews = presented(Selection(*plane))
    presenter.selection_changed()
    presenter.tuned()
    presenter.preview_done(previews.next())
    presenter.run()
    presenter.done(runs.next())
    view.layers.drop_preview.assert_called()
    presenter.follow()
    assert not previews.work
    presenter.tuned()
    assert len(previews.work) == 1


@pytest.mark.slow
def test_what_is_beyond_chance_has_a_sign_and_a_share(plane):
    run = run_map(Selection(*plane), inputs_of(Selection(*plane)), OPTIONS, quiet, beyond=True)
    expected = local_significance(*plane, radius=3)
    np.testing.assert_array_equal(run.beyond > 0, expected.beyond)
    np.testing.assert_array_equal(run.beyond == 2, expected.beyond & (expected.correlation < 0))
    assert run.thresholds == [expected.threshold]
    known = np.isfinite(expected.correlation)
    assert run.table["beyond"].iloc[0] == pytest.approx(expected.beyond[known].mean())
    assert f"|r| > {expected.threshold:.3g}" in summary(run, 0)


def test_one_time_point_of_timed_labels(series):
    labels = np.zeros((3, 40, 40), np.uint8)
    labels[0, :20], labels[1, 20:], labels[2] = 1, 2, 3
    region = Labels(labels, name="cells", axis_labels=("t", "y", "x"))
    selection = Selection(*series, region=region, scope="this t", point=(1, 0, 0))
    run = run_map(selection, inputs_of(selection), OPTIONS, quiet, beyond=False)
    assert run.image.shape == (40, 40)
    assert run.table["label"].tolist() == [2]
    assert run.table["t"].tolist() == [1]
    np.testing.assert_allclose(run.positions, [[1, 29.5, 19.5]])


def test_each_time_point_has_its_numbers(series):
    reports = []
    selection = Selection(*series)
    run = run_map(
        selection,
        inputs_of(selection),
        OPTIONS,
        lambda *report: reports.append(report),
        beyond=False,
    )
    assert run.image.shape == (3, 40, 40)
    assert run.table["t"].tolist() == [0, 1, 2]
    assert [frame["t"] for frame in run.frames] == [0, 1, 2]
    assert "time point 2" in summary(run, 2)
    done = [part for part, _ in reports]
    assert done == sorted(done)
    assert reports[-1] == (1000, 1000)


def test_a_run_lets_go_of_the_preview_that_is_being_made(plane):
    presenter, _, runs, previews = presented(Selection(*plane))
    presenter.selection_changed()
    presenter.tuned()
    assert previews.work
    presenter.run()
    assert not previews.work
    assert len(runs.work) == 1
    presenter.tuned()
    assert len(previews.work) == 1
