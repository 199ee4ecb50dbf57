"""What chance gives: nulls that are drawn on request, and verdicts, of the Measure widget."""

from dataclasses import replace

import numpy as np
import pytest
from napari.layers import Image, Labels

from covoxel import MeasureOptions, simulate_pair
from covoxel.gui.measure.chance import ChancePage
from covoxel.gui.measure.null import region_null
from covoxel.gui.measure.run import intervals, live_numbers, run_measure, run_numbers, verdict
from covoxel.gui.running.selection import Selection, inputs_of
from covoxel.significance import shift_test

OPTIONS = MeasureOptions(measures="pearson,manders,significance")


@pytest.fixture(scope="module")
def pair():
    return simulate_pair(shape=(160, 200), n_cells=2, n_spots1=80, rng=3)


def ran(pair, *, labels=False, options=OPTIONS):
    layers = [Image(channel.data, name=channel.name) for channel in (pair.channel1, pair.channel2)]
    region = Labels(pair.labels) if labels else None
    selection = Selection(*layers, region)
    return run_measure(selection, inputs_of(selection), options, lambda *_: None)


@pytest.fixture(scope="module")
def whole(pair):
    return ran(pair)


@pytest.fixture(scope="module")
def cells(pair):
    return ran(pair, labels=True)


@pytest.mark.slow
@pytest.mark.parametrize("measure", ["pearson", "tm1", "tm2"])
def test_a_null_is_that_of_the_test(pair, cells, measure):
    for row in (0, 1):
        place = cells.table.iloc[row]
        found = region_null(cells, row, measure)
        expected = shift_test(
            pair.channel1.data,
            pair.channel2.data,
            measure,
            mask=pair.labels == place["label"],
            threshold1=place["threshold1"],
            threshold2=place["threshold2"],
        )
        assert found.null.excess == pytest.approx(expected.excess)
        assert found.null.p == pytest.approx(expected.p)
        assert found.title == f"label {place['label']}"
        assert f"p of {found.measure.replace('pearson', 'r').replace('tm', 'tM')}" in found.text
        assert "without the blurred rim" in found.text


@pytest.mark.slow
def test_a_null_of_the_whole_image_has_no_rim(whole):
    found = region_null(whole, 0, "pearson")
    assert found.null.excess == pytest.approx(whole.table["pearson"][0])
    assert "rim" not in found.text


@pytest.mark.slow
def test_a_null_of_channels_with_a_background_is_that_of_the_table(pair, cells):
    options = replace(OPTIONS, background1="constant:60", background2="percentile:20")
    found = ran(pair, labels=True, options=options)
    for row, place in enumerate(found.table.to_dict("records")):
        channels, limits = (
            [(getattr(pair, f"channel{i}").data.astype(float), place[f"threshold{i}"])[part]
             - place[f"background{i}"] for i in (1, 2)]
            for part in (0, 1)
        )  # fmt: skip
        for measure in ("tm1", "tm2"):
            null = region_null(found, row, measure).null
            expected = shift_test(
                *channels,
                measure,
                mask=pair.labels == place["label"],
                threshold1=limits[0],
                threshold2=limits[1],
            )
            assert null.excess == pytest.approx(expected.excess)
            assert null.p == pytest.approx(expected.p) == pytest.approx(place[f"{measure}_p_shift"])
            assert null.excess != pytest.approx(region_null(cells, row, measure).null.excess)
        assert region_null(found, row, "pearson").null.p == pytest.approx(
            region_null(cells, row, "pearson").null.p
        )  # which a background does not move


@pytest.mark.slow
def test_where_there_is_no_null_the_reason_is_said(pair):
    pooled = ran(pair, options=replace(OPTIONS, pool_time=True))
    assert region_null(pooled, 0, "pearson").null is not None  # of one time point nothing is pooled
    none = ran(pair, options=replace(OPTIONS, threshold1="none", threshold2="none"))
    found = region_null(none, 0, "tm1")
    assert found.null is None
    assert found.text == "no null: no threshold."
    tiny = simulate_pair(shape=(20, 20), n_spots1=3, rng=0)
    assert "at least 500" in region_null(ran(tiny), 0, "pearson").text


@pytest.mark.slow
def test_numbers_of_one_region_have_intervals_and_p_values(whole, cells):
    numbers, _ = run_numbers(whole)
    row = whole.table.iloc[0]
    for name in ("pearson_low", "pearson_high", "tm1_p_shift", "tm2_p_shift"):
        assert numbers[name] == pytest.approx(row[name], nan_ok=True)
    assert intervals(whole) == {name: row[name] for name in ("pearson_low", "pearson_high")}
    assert not intervals(cells)  # of several regions
    assert "pearson_low" not in live_numbers(whole, 130, 130)


def test_a_verdict_is_what_the_notes_say(pair, whole, cells):
    said = dict(whole.result.remarks["notes"][0])
    text = verdict(whole)
    assert text.startswith(f"{said['significance'][0].upper()}{said['significance'][1:]}, p of the")
    associated = sum(
        "associated" in dict(one).get("significance", "") for one in cells.result.remarks["notes"]
    )
    assert verdict(cells).startswith(f"Of 2 tested, {associated} associated and 0 segregated")
    assert verdict(ran(pair, options=MeasureOptions(measures="pearson"))) == ""


def test_a_refused_test_says_why(pair):
    tiny = simulate_pair(shape=(20, 20), n_spots1=3, rng=0)
    assert verdict(ran(tiny)).startswith("No test: 400 pixels; at least 500 are needed")


@pytest.mark.slow
def test_the_page_draws_the_null_of_the_row_that_is_offered(qtbot, cells):
    page = ChancePage()
    qtbot.addWidget(page)
    page.set_theme("light")
    page.offer(cells, 1)
    assert page.plot.picture is None
    page.measure.setCurrentIndex(1)
    with qtbot.waitSignal(page.jobs.returned):
        page.run_row.button.click()
    assert page.plot.picture is not None
    assert page.text.text() == region_null(cells, 1, "tm1").text
    page.offer(cells, 0)
    assert page.plot.picture is None
    assert not page.text.text()
    page.offer(None)
    assert not page.run_row.button.isEnabled()


@pytest.mark.slow
def test_bars_of_a_null_are_shares(qtbot, whole, tmp_path):
    page = ChancePage()
    qtbot.addWidget(page)
    page.offer(whole)
    with qtbot.waitSignal(page.jobs.returned):
        page.draw()
    page.plot.save(tmp_path / "null.svg")
    (steps,) = page.plot.axes.patches
    assert np.sum(steps.get_data().values) == pytest.approx(1)
