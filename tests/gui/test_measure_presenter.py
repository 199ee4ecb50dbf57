"""What the Measure widget does, told by a view that is not there."""

from dataclasses import replace
from unittest.mock import create_autospec

import numpy as np
import pytest
from napari.layers import Image, Labels

from covoxel import measure, simulate_pair
from covoxel.analysis.measure.options import MeasureOptions, resolve
from covoxel.analysis.measure.rows import harmless_codes
from covoxel.gui.measure.form import MeasureForm
from covoxel.gui.measure.layers import MeasureLayers
from covoxel.gui.measure.presenter import MeasurePresenter
from covoxel.gui.measure.widget import MeasureWidget
from covoxel.gui.running.selection import Selection

from .presented import Here, layers_of


@pytest.fixture(scope="module")
def pair():
    made = simulate_pair(shape=(4, 60, 60), n_cells=2, cell_radius=1.2, n_spots1=40, rng=2)
    scale = made.channel1.spacing
    labels = Labels(made.labels.astype(int), name="cells", scale=scale)
    return (*layers_of(made, scale=scale, units="um"), labels)


OPTIONS = MeasureOptions(threshold1="otsu", threshold2="otsu", measures="correlation,manders")


def presented(selection, options=OPTIONS):
    view = create_autospec(MeasureWidget, instance=True)
    view.selection.return_value, view.read_options.return_value = selection, options
    view.plane_in_view.return_value = (0, 1)
    view.form, view.layers = (
        create_autospec(one, instance=True) for one in (MeasureForm, MeasureLayers)
    )
    view.runs, view.checks, view.shifts, view.frames, view.lives = (Here() for _ in range(5))
    presenter = MeasurePresenter(view)
    view.put_result.side_effect = presenter.show
    view.lives.follow = lambda work: presenter.live_done(work(lambda *_: None))
    return presenter, view, view.runs, view.checks


@pytest.mark.slow
def test_choosing_checks_the_layers(pair):
    presenter, view, _, checks = presented(Selection(*pair[:2]))
    presenter.selection_changed()
    (found,) = checks.answers
    assert {caution.code for caution in found} >= {"offset1", "offset2"}
    view.show_refusal.assert_called_with("")


@pytest.mark.slow
@pytest.mark.parametrize(("background", "shown"), [("none", True), ("percentile:5", False)])
def test_an_offset_that_is_subtracted_is_no_cause_for_doubt(pair, background, shown):
    presenter, view, _, checks = presented(
        Selection(*pair[:2]), MeasureOptions(background1=background, background2=background)
    )
    presenter.selection_changed()
    presenter.cautions.update_checks(checks.answers[0])
    found = {caution.code for caution in view.show_cautions.call_args.args[0]}
    assert ("offset1" in found) is shown


@pytest.mark.slow
@pytest.mark.parametrize(("measures", "shown"), [("pearson,ranks", False), ("pearson,m1", True)])
def test_an_offset_matters_to_measures_that_depend_on_it(pair, measures, shown):
    options = MeasureOptions(measures=measures)
    presenter, view, _, checks = presented(Selection(*pair[:2]), options)
    presenter.selection_changed()
    presenter.cautions.update_checks(checks.answers[0])
    found = {caution.code for caution in view.show_cautions.call_args.args[0]}
    assert ("offset1" in found) is shown
    warnings = measure(*pair[:2], options=options).table["warnings"][0]
    assert ("offset1" in warnings) is shown


def test_bleed_through_that_is_subtracted_is_not_warned_of():
    made = simulate_pair(bleed_1to2=0.2, rng=6)
    for share, shown in ((0.0, True), (0.2, False)):
        options = MeasureOptions(measures="pearson", bleed_1to2=share or "none")
        warnings = measure(made.channel1, made.channel2, options=options).table["warnings"][0]
        assert ("bleed_through2" in warnings) is shown
        assert ("bleed_through2" in harmless_codes(resolve(options))) is not shown


@pytest.mark.slow
def test_a_threshold_below_nearly_all_pixels_is_warned_of_until_something_is_chosen(pair):
    options = MeasureOptions(threshold1=1, threshold2="otsu", measures="manders")
    presenter, view, runs, _ = presented(Selection(*pair[:2]), options)
    presenter.run()
    (run,) = runs.answers
    presenter.done(run)
    (caution,) = view.show_cautions.call_args.args[0]
    assert caution.code == "mostly_above1"
    assert f"{caution.code}: {caution.message}" in run.table["warnings"][0]
    presenter.threshold_moved(1, float(np.quantile(pair[0].data, 0.5)))
    assert view.show_cautions.call_args.args[0] == []
    presenter.threshold_moved(1, 1.0)
    presenter.selection_changed()
    presenter.cautions.update_checks(())
    assert view.show_cautions.call_args.args[0] == []


def test_a_wrong_option_says_why(pair):
    presenter, view, runs, _ = presented(Selection(*pair[:2]))
    view.read_options.side_effect = ValueError("threshold1 is 'manual:'; manual needs a number")
    presenter.run()
    assert runs.answers == []
    assert "manual needs a number" in view.show_refusal.call_args.args[0]


def test_live_numbers_are_those_of_a_run_with_these_thresholds(pair):
    presenter, view, runs, _ = presented(Selection(*pair[:2]))
    presenter.run()
    presenter.done(runs.answers[0])
    presenter.threshold_moved(1, 140.0)
    presenter.threshold_moved(2, 131.0)
    shown = view.show_numbers.call_args.args[0]
    row = measure(*pair[:2], threshold1=140, threshold2=131, measures="all").table.iloc[0]
    assert shown == {name: pytest.approx(row[name], rel=1e-12) for name in shown}
    assert len(shown) >= 6


def test_numbers_of_several_regions_are_their_medians(pair):
    presenter, view, runs, _ = presented(Selection(*pair[:2], region=pair[2]))
    presenter.run()
    presenter.done(runs.answers[0])
    numbers, remark = view.show_numbers.call_args.args
    table = runs.answers[0].table
    assert len(table) > 1
    for name in ("pearson", "tm1", "tm1_own", "tm1_own_chance"):
        assert numbers[name] == table[name].median()
    assert remark == f"Medians of {len(table)} regions with their own thresholds. "


@pytest.mark.slow
def test_a_failed_threshold_is_told_beside_the_numbers(pair):
    falling = Image(400 - np.minimum(pair[0].data, 400), name="falling", scale=pair[0].scale)
    options = replace(OPTIONS, threshold1="costes", threshold2="costes")
    plain = Image(pair[0].data, name="plain", scale=pair[0].scale)
    for region, said in [
        (None, "No thresholds: Costes failed: "),
        (Labels(pair[2].data, scale=pair[0].scale), "No thresholds in 2 of 2 regions: Costes"),
    ]:
        presenter, view, runs, _ = presented(Selection(plain, falling, region=region), options)
        presenter.run()
        presenter.done(runs.answers[0])
        numbers, remark = view.show_numbers.call_args.args
        assert said in remark
        assert np.isnan(numbers["tm1"])
        assert numbers["pearson"] < 0


def test_a_released_threshold_goes_into_the_form_and_measures_anew(pair):
    presenter, view, runs, _ = presented(Selection(*pair[:2]))
    presenter.run()
    presenter.done(runs.answers[0])
    presenter.threshold_released(1, 140.123456789)
    view.form.show_threshold.assert_called_once_with(1, 140.123)
    assert len(runs.answers) == 2


def test_a_threshold_is_pulled_beside_the_usual_one_of_regions(pair):
    presenter, view, runs, _ = presented(Selection(*pair[:2], region=pair[2]))
    presenter.run()
    presenter.done(runs.answers[0])
    run = runs.answers[0]
    assert run.shared == (None, None)
    presenter.threshold_moved(1, 140.0)
    above = view.layers.show_plane.call_args.args[1]
    usual = run.table["threshold2"].median()
    inside = pair[2].data[1] > 0
    expected = (pair[0].data[1] > 140) & (pair[1].data[1] > usual) & inside
    np.testing.assert_array_equal(above, expected)
    assert above.any()


def test_a_lasso_marks_the_pixels_of_the_plane_in_view(pair):
    presenter, view, runs, _ = presented(Selection(*pair[:2]))
    presenter.run()
    presenter.done(runs.answers[0])
    presenter.lassoed(np.array([[120.5, 0], [600, 0], [600, 999], [120.5, 999]]))
    marked = view.layers.show_lasso.call_args.args[1]
    values = pair[0].data[1]
    np.testing.assert_array_equal(marked, (values > 120) & (values < 600))
    presenter.lasso_cleared()
    assert view.layers.show_lasso.call_args.args[1] is None


def test_nothing_is_kept_when_it_is_let_go(pair):
    presenter, view, runs, _ = presented(Selection(*pair[:2]))
    presenter.run()
    presenter.done(runs.answers[0])
    presenter.forget()
    view.reset_mock()
    presenter.threshold_moved(1, 5.0)
    presenter.lassoed(np.zeros((3, 2)))
    assert view.method_calls == []


@pytest.mark.slow
def test_a_shift_is_looked_for_once_and_shown_with_the_rest(pair):
    made = simulate_pair(offset=(4, -3), rng=1)
    presenter, view, _, checks = presented(Selection(*layers_of(made)))
    shifts = view.shifts
    presenter.selection_changed()
    presenter.selection_changed()
    (found,) = shifts.answers
    assert found.code == "channel_shift"
    presenter.cautions.update_checks(checks.answers[-1])
    presenter.cautions.update_shift(found)
    codes = [caution.code for caution in view.show_cautions.call_args.args[0]]
    assert codes == [*(caution.code for caution in checks.answers[-1]), "channel_shift"]
    view.selection.return_value = Selection(*pair[:2])
    presenter.selection_changed()
    presenter.cautions.update_checks(checks.answers[-1])
    codes = [caution.code for caution in view.show_cautions.call_args.args[0]]
    assert "channel_shift" not in codes
    assert shifts.answers == [None]  # of these layers
