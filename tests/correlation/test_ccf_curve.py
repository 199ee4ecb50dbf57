"""Van Steensel's curve: JACoP's numbers, directions, and what it says by itself."""

import re

import numpy as np
import pytest
from scipy import ndimage

from covoxel import simulate_pair
from covoxel.correlation import correlogram, van_steensel


@pytest.fixture(scope="module")
def texture():
    noise = np.random.default_rng(3).standard_normal((96, 96))
    return ndimage.gaussian_filter(noise, 3, mode="wrap")


def test_the_peak_lies_at_the_offset_along_each_axis(texture):
    moved = np.roll(texture, (4, -3), axis=(0, 1))
    found = correlogram(texture, moved, max_shift=15, spacing=(0.2, 0.1))
    # the line through zero along y passes the peak 3 pixels aside
    assert van_steensel(found, "y").offset == pytest.approx(0.8, abs=0.05)
    curve = van_steensel(found, "x")
    assert curve.offset == pytest.approx(-0.3, abs=0.03)
    assert "are channels shifted?" in curve.notes[0][1]
    assert curve.displacement[[0, -1]].tolist() == pytest.approx([-1.5, 1.5])


@pytest.mark.parametrize("shift", [8, 10, -12])
def test_an_extreme_beyond_the_displacements_is_not_told(texture, shift):
    found = correlogram(texture, np.roll(texture, shift, axis=1), max_shift=6)
    curve = van_steensel(found, "x")
    assert curve.highest[0] == np.sign(shift) * 6
    assert np.isnan([curve.offset, curve.peak, curve.fwhm, curve.r_squared]).all()
    assert curve.notes == (("offset", "the extreme lies beyond the displacements looked at"),)


@pytest.mark.slow
def test_a_direction_meets_the_offset(texture):
    moved = np.roll(texture, (4, -3), axis=(0, 1))
    found = correlogram(texture, moved, max_shift=15)
    along = van_steensel(found, (4, -3))
    assert along.offset == pytest.approx(5, abs=0.05)
    assert along.highest[1] == pytest.approx(1, abs=0.03)
    back = van_steensel(found, (-4, 3))
    assert back.offset == pytest.approx(-along.offset, abs=1e-6)
    assert van_steensel(found, (0, 1)).offset == van_steensel(found, "x").offset


def test_swapped_channels_mirror_the_curve(texture):
    moved = np.roll(texture, (0, 3), axis=(0, 1)) + 5
    there = van_steensel(correlogram(texture, 2 * moved, max_shift=10))
    back = van_steensel(correlogram(moved, texture, max_shift=10))
    assert there.correlation == pytest.approx(back.correlation[::-1], abs=1e-9)
    assert there.offset == pytest.approx(-back.offset, abs=1e-5)


def test_the_radial_mean_starts_at_pearson_and_knows_no_offset(texture):
    curve = van_steensel(correlogram(texture, texture, max_shift=12), None)
    assert curve.displacement[0] == 0
    assert curve.correlation[0] == pytest.approx(1)
    assert curve.offset == pytest.approx(0, abs=1e-9)
    # the autocorrelation of Gaussian noise of sigma 3 is a Gaussian of sigma 3 √2
    assert curve.fwhm == pytest.approx(2.3548 * 3 * 2**0.5, rel=0.15)


@pytest.mark.parametrize(
    ("other", "note"),
    [
        (lambda a: -a, ("peak", "the curve has a dip, the channels exclude each other there")),
        (
            np.ones_like,
            ("correlation", "a channel is constant, or the channels overlap too little"),
        ),
    ],
)
def test_dips_and_constant_channels_are_noted(texture, other, note):
    curve = van_steensel(correlogram(texture, other(texture), max_shift=12))
    assert not curve.peak > curve.baseline
    assert np.isnan(curve.offset) == (note[0] == "correlation")
    assert curve.notes == (note,)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"axis": "z"}, "axis is 'z'; allowed are y, x"),
        ({"axis": (0, 0)}, "a direction has one number for each axis"),
        ({"axis": (1, 0, 0)}, "a direction has one number for each axis"),
        ({"axis": "x", "max_distance": 9.0}, "max_distance is 9.0; the correlogram reaches 5"),
        ({"axis": "x", "extreme": "top"}, "extreme is 'top'; allowed are"),
    ],
)
def test_wrong_requests_are_refused(texture, more, message):
    found = correlogram(texture, texture, max_shift=5)
    with pytest.raises(ValueError, match=re.escape(message)):
        van_steensel(found, **more)


def test_lengths_are_those_of_the_voxels():
    pair = simulate_pair(offset=(0, 3), rng=1, shape=(128, 128))
    plain = van_steensel(correlogram(pair.channel1.data, pair.channel2.data, max_shift=20))
    known = van_steensel(correlogram(pair.channel1, pair.channel2, max_shift=20))
    assert (plain.unit, known.unit) == ("px", "µm")
    assert known.fwhm == pytest.approx(0.1 * plain.fwhm, rel=1e-6)
