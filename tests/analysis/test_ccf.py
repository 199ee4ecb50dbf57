"""Van Steensel's curves of pairs, time points and labels as tables."""

from __future__ import annotations

import json

import numpy as np
import pytest

from covoxel import Channel, measure_ccf, simulate_pair
from covoxel.analysis.ccf import CCF_COLUMNS, CCF_CURVE_COLUMNS, FRACTIONS, CcfOptions
from covoxel.analysis.notes import notes_text
from covoxel.analysis.provenance import provenance
from covoxel.analysis.schema import SHIFTS
from covoxel.correlation import correlogram, van_steensel
from covoxel.distance import colocalized_fractions

OFFSET = (-2, 3)


@pytest.fixture(scope="module")
def series():
    simulated = simulate_pair(
        structure="textures",
        shared_fraction=1,
        grain=0.25,
        offset=OFFSET,
        shape=(72, 80),
        n_frames=2,
        photons1=900,
    )
    return simulated.channel1, simulated.channel2


@pytest.fixture(scope="module")
def found(series):
    return measure_ccf(*series, direction=(-2, 3))


def frame(channel, t=0):
    return Channel(channel.read(t), "YX", channel.spacing)


@pytest.mark.slow
def test_rows_are_the_curves_of_the_correlogram(series, found):
    table = found.table
    assert list(table.columns) == [c.name for c in CCF_COLUMNS if c not in (*SHIFTS, *FRACTIONS)]
    assert list(table["axis"]) == ["x", "y", "radial", "-2,3"] * 2
    assert list(table["t"]) == [0] * 4 + [1] * 4
    assert [notes_text(row) for row in found.remarks["notes"]] == list(table["notes"])
    sums = correlogram(*(frame(channel, 1) for channel in series), max_shift=20)
    for place, axis in enumerate(["x", "y", None, (-2, 3)], start=4):
        expected, row = van_steensel(sums, axis), table.iloc[place]
        for name in ("peak", "offset", "fwhm", "baseline", "r_squared", "unit"):
            assert row[name] == getattr(expected, name)
        assert (row["highest_at"], row["highest"]) == expected.highest
        assert row["notes"] == notes_text(expected.notes)
        np.testing.assert_array_equal(found.found[place].correlation, expected.correlation)


@pytest.mark.slow
def test_the_peak_along_the_offset_lies_at_it(found):
    row = found.table[found.table["axis"] == "-2,3"].iloc[0]
    assert row["offset"] == pytest.approx(np.hypot(*OFFSET) * 0.1, abs=0.02)
    assert "channels shifted" in row["notes"]
    assert found.table["offset"][0] > 0.15  # to the right in x
    assert found.table["offset"][1] < -0.1  # upwards in y
    assert found.table["offset"][2] == pytest.approx(0, abs=1e-9)


def test_curves_are_the_points(found):
    curves = found.curves
    assert list(curves.columns) == [column.name for column in CCF_CURVE_COLUMNS]
    one = curves[(curves["t"] == 0) & (curves["axis"] == "x")]
    np.testing.assert_allclose(one["displacement"], np.arange(-20, 21) * 0.1)
    np.testing.assert_array_equal(one["correlation"], found.found[0].correlation)
    json.dumps(provenance(curves, [], {}, CCF_CURVE_COLUMNS))


@pytest.mark.slow
def test_labels_by_themselves_as_far_as_they_go(series):
    labels = np.zeros((72, 80), np.uint8)
    labels[:12], labels[20:] = 4, 2
    table = measure_ccf(*series, labels=labels, t=0).table
    assert table["label"].tolist() == [2] * 3 + [4] * 3
    images = [frame(channel) for channel in series]
    sums = correlogram(*images, mask=labels == 2, max_shift=20)
    assert table["peak"][0] == pytest.approx(van_steensel(sums, "x").peak, rel=1e-9)
    low, high = table["lowest_at"][4], table["highest_at"][4]
    assert -1.1 <= low <= 1.1
    assert -1.1 <= high <= 1.1


def test_a_dip_tells_exclusion():
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:80, :80]
    spots = np.zeros((80, 80))
    for cy, cx in rng.uniform(5, 75, (25, 2)):
        spots += np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 18)
    around = rng.normal(0, 0.02, spots.shape) - spots
    table = measure_ccf(spots, around, max_shift=12).table
    assert table["peak"][0] < -0.8
    assert table["offset"][0] == pytest.approx(0, abs=0.1)
    assert "exclude each other" in table["notes"][0]
    assert table["unit"][0] == "px"


@pytest.mark.slow
def test_a_plane_has_no_curve_along_z():
    image = np.random.default_rng(0).normal(size=(1, 40, 40))
    assert list(measure_ccf(image, image, max_shift=5).table["axis"]) == ["x", "y", "radial"]
    image = np.random.default_rng(0).normal(size=(5, 40, 40))
    assert list(measure_ccf(image, image, max_shift=5).table["axis"]) == ["x", "y", "z", "radial"]


def test_constant_channels_have_a_reason(series):
    table = measure_ccf(frame(series[0]), np.ones((72, 80))).table
    assert table["peak"].isna().all()
    assert table["notes"].str.contains("a channel is constant").all()


def test_a_label_that_is_too_small_stops_no_other(series):
    labels = np.ones((72, 80), np.uint8)
    labels[:3, :3] = 2
    result = measure_ccf(*series, labels=labels, t=0, max_shift=(5, 6))
    assert result.table["label"].tolist() == [1, 1, 1, 2]
    assert result.found[3] is None
    assert result.table["notes"][3].startswith("peak: max_shift is (5, 6)")
    with pytest.raises(ValueError, match="mask is empty"):
        measure_ccf(*series, mask=labels > 2)


@pytest.mark.slow
def test_colocalized_shares_are_those_of_the_region(series):
    found = measure_ccf(*series, t=0, fractions=True, background1="none", background2=5)
    expected = colocalized_fractions(
        *(frame(channel) for channel in series), background1=0, background2=5
    )
    for one in FRACTIONS:
        assert set(found.table[one.name]) == {getattr(expected, one.name)}


def test_undefined_shares_have_their_reason_in_each_row(series):
    first, _ = series
    labels = np.zeros(first.shape, int)
    labels[..., :36, :], labels[..., 36:, :] = 1, 2
    table = measure_ccf(first, first, t=0, labels=labels, fractions=True, background1=1e4).table
    assert table["iccs1"].isna().all()
    assert table["notes"].str.contains("iccs1: the mean intensity of channel 1").all()


def test_a_background_of_shares_is_a_level():
    with pytest.raises(ValueError, match="background2 is 'rolling:50'; allowed are none"):
        CcfOptions(background2="rolling:50")
