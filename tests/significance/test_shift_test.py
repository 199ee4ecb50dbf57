"""Shift nulls and Manders' coefficients: brute force, false positives, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.significance.scenes import cell, texture

from covoxel import simulate_pair
from covoxel.intensity import manders
from covoxel.significance import manders_test, shift_test
from covoxel.significance.correlated import Correlated
from covoxel.significance.pair import pixel_pair
from covoxel.significance.shift import GatedShifts
from covoxel.significance.shift_null import Shifts

MEASURES = ("pearson", "m1", "m2", "tm1", "tm2", "tos", "icq", "mutual_information")


def test_measures_at_a_displacement_are_those_of_the_overlap():
    rng = np.random.default_rng(1)
    mask = cell(rng, (40, 48))
    a, b = (np.rint(40 + 10 * texture(rng, (40, 48), 1.5)) for _ in "12")
    pair = pixel_pair(a, b, mask, None)
    shifts = Shifts(Correlated.of(pair))
    gated = GatedShifts(pair, shifts, 45, 42)
    shift = (3, -5)
    at = tuple(s + reach for s, reach in zip(shift, shifts.lags.high, strict=True))
    one, two = (slice(0, -3), slice(5, None)), (slice(3, None), slice(0, -5))
    both = (mask[one] & mask[two])[..., None]
    x, y = a[one][both[..., 0]], b[two][both[..., 0]]
    assert shifts.pairs[at] == x.size
    r = np.corrcoef(x, y)[0, 1]
    assert gated.pearson()[at] == pytest.approx(r, abs=1e-9)
    assert gated.manders1()[at] == pytest.approx(x[y > 42].sum() / x.sum() - np.mean(y > 42))
    assert gated.manders2()[at] == pytest.approx(y[x > 45].sum() / y.sum() - np.mean(x > 45))
    above1, above2 = x > 45, y > 42
    expected = np.mean(above1 & above2) - np.mean(above1) * np.mean(above2)
    assert gated.overlap()[at] == pytest.approx(expected)
    signs = [np.sign(v[...] - c[mask].mean()) for v, c in ((x, a), (y, b))]
    chance = sum(np.mean(signs[0] == s) * np.mean(signs[1] == s) for s in (1, -1))
    assert gated.quotient()[at] == pytest.approx(np.mean(signs[0] * signs[1] > 0) - chance)


def test_values_and_chance_are_those_of_intensity():
    pair = simulate_pair(n_spots1=80, n_shared=40, shape=(128, 128), rng=2)
    found = manders_test(pair.channel1, pair.channel2, threshold1=150, threshold2=140)
    expected = manders(pair.channel1, pair.channel2, threshold1=150, threshold2=140)
    assert found[0].value == pytest.approx(expected.tm1, abs=1e-12)
    assert found[1].value == pytest.approx(expected.tm2, abs=1e-12)
    assert found[0].chance == np.mean(pair.channel2.data > 140)
    excess = shift_test(pair.channel1, pair.channel2, "tm1", threshold2=140).excess
    assert excess == pytest.approx(found[0].value - found[0].chance)


@pytest.mark.slow
@pytest.mark.parametrize("measure", MEASURES)
def test_unrelated_textures_are_seldom_significant(measure):
    below = 0
    for seed in range(40):
        rng = np.random.default_rng([3, seed])
        a, b = (5 + texture(rng, (64, 64), 1.5) for _ in "12")
        found = shift_test(a, b, measure, threshold1=6, threshold2=6)
        below += found.p < 0.05
    assert below <= 6  # 2.0 expected of 40; 7 or more by chance in 0.3 %


@pytest.mark.slow
@pytest.mark.parametrize("measure", MEASURES)
def test_related_textures_are_found(measure):
    rng = np.random.default_rng(4)
    a, b = (texture(rng, (64, 64), 1.5) for _ in "12")
    a, b = 5 + a, 5 + (a + b) / math.sqrt(2)
    found = shift_test(a, b, measure, threshold1=6, threshold2=6)
    assert found.p < 0.05 or measure in ("m1", "m2")  # nothing is below 0
    assert found.p >= 1 / (1 + found.shifts) or math.isnan(found.p)
    again = shift_test(a, b, measure, threshold1=6, threshold2=6)
    assert (found.p, found.excess) == (again.p, again.excess)


@pytest.mark.slow
def test_intervals_hold_the_share():
    held = []
    for seed in range(40):
        rng = np.random.default_rng([5, seed])
        a, b = (5 + texture(rng, (64, 64), 1.5) for _ in "12")
        found = manders_test(a, b, threshold1=6, threshold2=6)
        held += [one.low <= 0.1587 <= one.high for one in found]
    assert sum(held) >= 72


def test_a_share_of_one_has_no_interval_and_says_so():
    rng = np.random.default_rng(6)
    a, b = (5 + texture(rng, (64, 64), 1.5) for _ in "12")
    found, _ = manders_test(a, b)
    assert found.value == 1
    assert math.isnan(found.low)
    assert "share of 1" in found.reason


@pytest.mark.parametrize("measure", ["m1", "m2", "tos"])
def test_a_threshold_below_everything_is_no_test(measure):
    a, b = 5 + np.random.default_rng(6).random((2, 64, 64))
    found = shift_test(a, b, measure, threshold1=0, threshold2=0)
    assert math.isnan(found.p)
    assert found.reason == "no shift changes the measure"


def test_a_share_of_everything_is_one_whatever_the_rounding():
    for seed in range(30):
        rng = np.random.default_rng([8, seed])
        shape = tuple(rng.integers(20, 70, 2))
        a, b = rng.lognormal(2, 1, (2, *shape))
        for found in manders_test(a, b, mask=rng.random(shape) > 0.2):
            assert found.value == 1


def patchy(seed):
    rng = np.random.default_rng(seed)
    patches = np.exp(0.8 * texture(rng, (96, 96), 12))
    return [texture(rng, (96, 96), 2) * patches for _ in "12"]


def test_what_patches_of_variance_add_to_tos_is_subtracted():
    below = bare = 0
    for seed in range(40):
        a, b = patchy(seed)
        limits = [float(np.quantile(each, 0.8)) for each in (a, b)]
        below += shift_test(a, b, "tos", threshold1=limits[0], threshold2=limits[1]).p < 0.05
        pair = pixel_pair(a, b, None, None)
        shifts = Shifts(Correlated.of(pair))
        bare += shifts.null(GatedShifts(pair, shifts, *limits).overlap()).p < 0.05
    assert below <= 3
    assert bare > below


def test_around_a_displacement_the_ring_is_subtracted_with_its_pairs():
    rng = np.random.default_rng(3)
    mask = cell(rng, (40, 48))
    pair = pixel_pair(*(texture(rng, (40, 48), 1) for _ in "12"), mask, None)
    shifts = Shifts(Correlated.of(pair))
    excess = np.where(shifts.pairs > 0, rng.random(shifts.pairs.shape), np.nan)
    found, ring = shifts.beyond_ring(excess), np.argwhere(shifts.ring)
    ring -= np.array(shifts.ring.shape) // 2
    lengths = np.hypot(*ring.T)
    assert lengths.min() > shifts.channels.texture.radius >= lengths.max() / 1.5
    for at in (np.array(excess.shape) // 2, np.array([2, 30])):
        around = at + ring
        inside = ((around >= 0) & (around < excess.shape)).all(axis=1)
        places = tuple(around[inside].T)
        known = np.isfinite(excess[places])
        mean = np.average(excess[places][known], weights=shifts.pairs[places][known])
        assert found[tuple(at)] == pytest.approx(excess[tuple(at)] - mean, abs=1e-12)


def test_information_is_not_significant_in_patches_of_variance_or_few_bright_spots():
    below = [shift_test(*patchy(seed), "mutual_information").p < 0.05 for seed in range(20)]
    assert sum(below) <= 1
    rng = np.random.default_rng(1)
    first, second = texture(rng, (96, 96), 2), texture(rng, (96, 96), 2)
    place = (np.arange(96) - 40) ** 2
    first += 60 * np.exp(-np.add.outer(place, place) / 8)
    second += 60 * np.exp(-np.add.outer(place, np.roll(place, 10)) / 8)  # beside it by chance
    assert shift_test(first, second, "mutual_information").p > 0.05


def test_too_few_shifts_are_refused():
    rng = np.random.default_rng(7)
    mask = np.zeros((96, 96), bool)
    mask[30:70, 30:60] = True
    a, b = (5 + texture(rng, (96, 96), 4) for _ in "12")
    found = shift_test(a, b, "pearson", mask=mask)
    assert math.isnan(found.p)
    assert found.reason


@pytest.mark.parametrize(
    ("measure", "options", "words"),
    [
        ("dice", {}, "allowed are pearson, m1"),
        ("tm1", {"threshold1": 3}, "threshold2 is missing; tm1 needs it"),
        ("tos", {"threshold2": 3}, "threshold1 is missing"),
    ],
)
def test_wrong_options_are_refused(measure, options, words):
    with pytest.raises(ValueError, match=words):
        shift_test(np.eye(30), np.eye(30), measure, **options)


def test_extreme_images_are_tested():
    rng = np.random.default_rng(13)
    a, b = rng.random((2, 40, 40))
    plain = manders_test(a, b, threshold1=0.5, threshold2=0.5)
    extreme = manders_test(a * 1e300, b * 1e-300, threshold1=5e299, threshold2=5e-301)
    for one, other in zip(plain, extreme, strict=True):
        assert one.value == pytest.approx(other.value)
        assert one.low == pytest.approx(other.low)
        assert one.p_shift == pytest.approx(other.p_shift)


def test_constant_channels_have_a_reason():
    flat = np.ones((40, 40))
    assert "channel 1 is constant" in shift_test(flat, np.eye(40), "icq").reason
    for one in manders_test(flat, np.eye(40)):
        assert "channel 1 is constant" in one.reason
