import warnings
from itertools import permutations

import numpy as np
import pytest
from skimage import measure

from covoxel.intensity.co_occurrence import manders, manders_of, overlap, overlap_of
from covoxel.intensity.gates import gate
from covoxel.intensity.histogram import joint_histogram

#: Thresholds and backgrounds of both channels, thresholds below the background among them.
LIMITS = [
    (9, 8, 0, 0),
    (6.5, 12.25, 2, 3.5),
    (3, 4, 6, 7),
    (3, 12, 7.5, 0),
    (-5, -1, -2, -3),
    (1000, 1, 0, 0),
]


def share(part, whole):
    return part.sum() / whole.sum() if whole.sum() else np.nan


def brute(a, b, t1, t2, b1, b2) -> dict[str, float]:
    """Return Manders' coefficients, pixel by pixel."""
    x, y = (np.maximum(v - float(zero), 0) for v, zero in ((a, b1), (b, b2)))
    above1, above2, both = a > t1, b > t2, (a > t1) & (b > t2)
    return {
        "m1": share(x * (y > 0), x),
        "m2": share(y * (x > 0), y),
        "tm1": share(x * above2, x),
        "tm2": share(y * above1, y),
        "tm1_own": share(x * both, x * above1),
        "tm2_own": share(y * both, y * above2),
        "tm1_both": share(x * both, x),
        "tm2_both": share(y * both, y),
    }


def test_known_answers_on_a_small_image():
    first, second = [[4, 2], [2, 0]], [[5, 0], [1, 3]]
    found = manders(first, second, threshold1=2, threshold2=2)
    assert (found.m1, found.m2) == (6 / 8, 6 / 9)
    assert (found.tm1, found.tm2) == (4 / 8, 5 / 9)
    assert (found.tm1_own, found.tm2_own) == (1, 5 / 8)
    assert (found.tm1_both, found.tm2_both) == (4 / 8, 5 / 9)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["u1", "f4"])
@pytest.mark.parametrize("limits", LIMITS)
def test_manders_by_brute_force(pair, labels, limits, mode):
    first, second = (image.astype(mode) + (mode == "f4") * np.float32(0.125) for image in pair)
    t1, t2, b1, b2 = limits
    found = manders(
        first, second, labels=labels, threshold1=t1, threshold2=t2, background1=b1, background2=b2
    )
    for at, label in enumerate([3, 7, 12, 500, 90_000_000]):
        inside = labels == label
        expected = brute(first[inside].astype(float), second[inside].astype(float), *limits)
        for name, value in expected.items():
            assert getattr(found, name)[at] == pytest.approx(value, rel=1e-12, nan_ok=True), name


@pytest.mark.slow
@pytest.mark.parametrize("limits", LIMITS)
def test_on_the_threshold_counts_where_coloc2_counts_it(pair, limits):
    first, second = pair
    t1, t2, b1, b2 = limits
    sums = gate(1, *limits).sums(joint_histogram(first, second), inclusive=True)
    found = manders_of(sums, inclusive=True)
    x, y = (np.maximum(v - float(zero), 0) for v, zero in ((first, b1), (second, b2)))
    assert found.tm1[0] == pytest.approx(share(x * ((y > 0) & (second >= t2)), x))
    assert found.tm2[0] == pytest.approx(share(y * ((x > 0) & (first >= t1)), y))
    assert found.tm1_own[0] == pytest.approx(brute(first, second, *limits)["tm1_own"], nan_ok=True)


def test_each_region_has_its_limits(pair, labels):
    first, second = pair
    t1, t2, b1, b2 = np.random.default_rng(0).uniform(0, 12, (4, 5))
    found = manders(
        first, second, labels=labels, threshold1=t1, threshold2=t2, background1=b1, background2=b2
    )
    for at, label in enumerate([3, 7, 12, 500, 90_000_000]):
        a, b = first[labels == label], second[labels == label]
        expected = brute(a, b, t1[at], t2[at], b1[at], b2[at])
        for name, value in expected.items():
            assert getattr(found, name)[at] == pytest.approx(value, rel=1e-12, nan_ok=True), name


@pytest.mark.parametrize("inclusive", [False, True])
@pytest.mark.parametrize("limits", LIMITS)
def test_chance_is_the_mean_over_all_permutations(pair, limits, inclusive):
    """Six pixels, one of them on each threshold, in all 720 orders of channel 2."""
    t1, t2 = limits[:2]
    first, second = (image.ravel()[:6].astype(float) for image in pair)
    first[0], second[1] = t1, t2
    orders = np.array(list(permutations(range(6))))
    labels = np.repeat(np.arange(1, len(orders) + 1), 6).reshape(len(orders), 6)
    gates = gate(len(orders), *limits)
    shuffled = joint_histogram(np.tile(first, (len(orders), 1)), second[orders], labels=labels)
    found = manders_of(gates.sums(shuffled, inclusive=inclusive), inclusive=inclusive)
    for name in ("m1", "m2", "tm1", "tm2", "tm1_own", "tm2_own", "tm1_both", "tm2_both"):
        values, chance = getattr(found, name), getattr(found, f"{name}_chance")
        np.testing.assert_allclose(chance, chance[0])
        if not np.isnan(values).all():
            assert values.mean() == pytest.approx(chance[0], rel=1e-9), name


def test_chance_of_a_small_image():
    first, second = [[4, 2], [2, 0]], [[5, 0], [1, 3]]
    found = manders(first, second, threshold1=2, threshold2=2)
    assert (found.m1_chance, found.m2_chance) == (3 / 4, 3 / 4)
    assert (found.tm1_chance, found.tm2_chance) == (2 / 4, 1 / 4)
    assert (found.tm1_own_chance, found.tm2_own_chance) == (2 / 4, 1 / 4)
    assert (found.tm1_both_chance, found.tm2_both_chance) == (2 / 4 * 4 / 8, 1 / 4 * 8 / 9)
    unset = manders(first, second, threshold2=2)
    assert unset.tm1_chance == 2 / 4
    assert np.isnan([unset.tm2_chance, unset.tm1_own_chance, unset.tm1_both_chance]).all()


def test_without_a_threshold_what_needs_it_is_undefined(pair):
    found = manders(*pair, threshold2=5)
    assert found.tm1 == brute(*pair, 0, 5, 0, 0)["tm1"]
    assert np.isnan([found.tm2, found.tm1_own, found.tm2_own, found.tm1_both, found.tm2_both]).all()
    assert found.m1 == brute(*pair, 0, 0, 0, 0)["m1"]


def test_manders_is_scikit_images(pair):
    first, second = (image.astype(float) for image in pair)
    found = manders(first, second)
    assert found.m1 == pytest.approx(measure.manders_coloc_coeff(first, second > 0))
    assert found.m2 == pytest.approx(measure.manders_coloc_coeff(second, first > 0))


def test_nothing_above_the_background_is_undefined():
    dark, bright = np.zeros((3, 3)), np.ones((3, 3))
    found = manders(dark, bright, threshold1=0.5, threshold2=0.5)
    assert np.isnan([found.m1, found.tm1, found.tm1_own, found.tm1_both]).all()
    assert (found.m2, found.tm2, found.tm2_own, found.tm2_both) == (0, 0, 0, 0)


def test_known_overlap_on_a_small_image():
    found = overlap([[1, 2], [2, 0]], [[2, 0], [1, 2]])
    assert (found.moc, found.k1, found.k2) == (4 / 9, 4 / 9, 4 / 9)
    shifted = overlap([[2, 3], [3, 1]], [[4, 1], [3, 4]], background1=1, background2=2)
    assert (shifted.moc, shifted.k1, shifted.k2) == (4 / 9, 4 / 9, 4 / 9)


@pytest.mark.parametrize("zero", [(0, 0), (3, 5.5), (-4, 7)])
def test_overlap_by_brute_force(pair, labels, zero):
    first, second = pair
    found = overlap(first, second, labels=labels, background1=zero[0], background2=zero[1])
    for at, label in enumerate([3, 7, 12, 500, 90_000_000]):
        x, y = (
            np.maximum(image[labels == label] - float(z), 0)
            for image, z in zip((first, second), zero, strict=True)
        )
        xy, xx, yy = (x * y).sum(), (x * x).sum(), (y * y).sum()
        expected = (xy / (xx * yy) ** 0.5, xy / xx, xy / yy) if xx and yy else (np.nan,) * 3
        assert found.moc[at] == pytest.approx(expected[0], rel=1e-12, nan_ok=True)
        if xx and yy:
            assert (found.k1[at], found.k2[at]) == pytest.approx(expected[1:], rel=1e-12)


def test_overlap_of_the_pixels_above_both_thresholds(pair):
    first, second = (image.astype(float) for image in pair)
    found = overlap_of(gate(1, 7, 9).sums(joint_histogram(first, second)), above=True)
    inside = (first > 7) & (second > 9)
    x, y = first[inside], second[inside]
    assert found.moc[0] == pytest.approx((x * y).sum() / ((x * x).sum() * (y * y).sum()) ** 0.5)
    assert found.k1[0] == pytest.approx((x * y).sum() / (x * x).sum())
    assert found.k2[0] == pytest.approx((x * y).sum() / (y * y).sum())


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "u4", "f2", "f4"])
def test_trap_14_overlap_does_not_overflow(dtype):
    rng = np.random.default_rng(1)
    top = 250 if dtype in ("u1", "f2") else 60_000 if dtype in ("u2", "u4", "f4") else 30_000
    first = rng.integers(top // 2, top, (64, 64)).astype(dtype)
    second = rng.integers(top // 2, top, (64, 64)).astype(dtype)
    expected = measure.manders_overlap_coeff(first.astype(float), second.astype(float))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert overlap(first, second).moc == pytest.approx(expected, rel=1e-12)


def test_trap_12_an_infinite_pixel_does_not_make_k2_infinite():
    first, second = np.random.default_rng(2).random((2, 9, 9))
    inside = np.ones(first.shape, bool)
    inside[0, 0] = False
    expected = overlap(first, second, mask=inside)
    second[0, 0] = np.inf
    assert overlap(first, second) == expected


def test_trap_13_a_saturated_channel_has_nothing_above_its_maximum():
    first = np.where(np.arange(64).reshape(8, 8) % 3, 0, 255).astype(np.uint8)
    found = manders(first, first, threshold1=255, threshold2=255)
    assert (found.tm1, found.tm2) == (0, 0)
    assert np.isnan([found.tm1_own, found.tm2_own]).all()
    sums = gate(1, 255, 255).sums(joint_histogram(first, first), inclusive=True)
    assert manders_of(sums, inclusive=True).tm1 == 1


def test_trap_18_on_few_grey_levels_above_is_strict():
    first, second = np.array([[0, 1], [1, 2]]), np.array([[1, 1], [2, 0]])
    found = manders(first, second, threshold1=1, threshold2=1)
    assert (found.tm1, found.tm2) == (1 / 4, 0)


def test_four_definitions_differ_on_one_image(pair):
    found = manders(*pair, threshold1=10, threshold2=12)
    values = {found.m1, found.tm1, found.tm1_own, found.tm1_both}
    assert len(values) == 4
    assert found.tm1_both < found.tm1 < found.tm1_own


def test_why_a_coefficient_is_undefined():
    first, second = np.array([[4.0, 2, 0, 0]]), np.array([[5.0, 0, 1, 3]])
    assert manders(first, second, threshold1=1, threshold2=2).reason == ""
    without = manders(first, second, threshold1=1)
    assert without.reasons["m1"] == without.reasons["tm2"] == ""
    assert without.reasons["tm1"] == "no threshold for channel 2"
    names, reason = without.reason.split(": ")
    assert reason == "no threshold for channel 2"
    assert names.startswith("tm1, tm1_own, tm1_both, tm1_chance")
    assert manders(first, second).reasons["tm1_own"] == "no thresholds"
    dark = manders(0 * first, second, threshold1=1, threshold2=2)
    assert dark.reasons["m1"] == "no intensity above the background"
    assert dark.reasons["tm1_own"] == "no intensity above the own threshold"
    assert np.isnan(dark.m1)
    assert dark.m2 == 0
    assert manders(np.nan * first, second, threshold1=1, threshold2=2).reason == "no pixels"


@pytest.mark.slow
def test_why_of_each_region():
    first, second = np.array([[4.0, 2, 0, np.nan]]), np.array([[5.0, 0, 1, 3]])
    labels = np.array([[1, 1, 2, 3]])
    found = manders(first, second, labels=labels, threshold1=1, threshold2=2)
    assert found.reason[0] == ""
    assert "m1" in found.reason[1].split(":")[0]
    assert found.reason[2] == "no pixels"
    assert found.reasons["m1"].tolist() == ["", "no intensity above the background", "no pixels"]


def test_nothing_lies_above_a_background_beyond_the_data_type():
    first, second = np.array([[4, 2, 0, 9]], np.uint8), np.array([[5, 0, 1, 3]], np.uint8)
    found = manders(first, second, threshold1=1, threshold2=2, background1=300)
    assert np.isnan(found.m1)
    assert found.m2 == found.m2_chance == 0
