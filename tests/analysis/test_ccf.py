"""Van Steensel's curves of pairs, time points and labels as tables."""

import numpy as np
import pytest

from covoxel import Channel, measure_ccf, simulate_pair
from covoxel.analysis.ccf import CCF_COLUMNS, FRACTIONS
from covoxel.analysis.notes import notes_text
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
def test_a_plane_has_no_curve_along_z():
    image = np.random.default_rng(0).normal(size=(1, 40, 40))
    assert list(measure_ccf(image, image, max_shift=5).table["axis"]) == ["x", "y", "radial"]
    image = np.random.default_rng(0).normal(size=(5, 40, 40))
    assert list(measure_ccf(image, image, max_shift=5).table["axis"]) == ["x", "y", "z", "radial"]


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
