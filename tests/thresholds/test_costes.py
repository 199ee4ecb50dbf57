import numpy as np
import pytest

from covoxel.intensity.histogram import joint_histogram
from covoxel.intensity.linear_correlation import regression
from covoxel.thresholds.costes import RULES, costes_threshold


def spots(seed: int, dtype: str = "u1", scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return noise on which a quarter of the pixels rise together."""
    rng = np.random.default_rng(seed)
    shared = (rng.random((32, 32)) < 0.25) * rng.poisson(40, (32, 32))
    first = rng.poisson(10, shared.shape) + shared
    second = rng.poisson(12, shared.shape) + 1.4 * shared
    return tuple((np.floor(image) * scale).astype(dtype) for image in (first, second))


def r_below(a, b, t1, t2) -> float:
    inside = (a <= t1) | (b <= t2)
    x, y = a[inside].astype(float), b[inside].astype(float)
    return np.corrcoef(x, y)[0, 1] if x.size > 2 and np.ptp(x) and np.ptp(y) else np.nan


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("dtype", "scale"), [("u1", 1), ("u2", 300), ("f8", 0.37)])
def test_the_crossing_by_brute_force_over_every_level(seed, dtype, scale):
    first, second = spots(seed, dtype, scale)
    line = regression(first, second)
    low1, low2 = float(first.min()), float(second.min())
    pairs = {(float(t), line.slope * float(t) + line.intercept) for t in np.unique(first)}
    pairs |= {((float(t) - line.intercept) / line.slope, float(t)) for t in np.unique(second)}
    walk = sorted(pairs, reverse=True)
    r = [r_below(first, second, *t) for t in walk if t[0] >= low1 and t[1] >= low2]
    stop = next(i for i, value in enumerate(r) if value <= 0)
    found = costes_threshold(first, second)
    assert (found.threshold1, found.threshold2) == pytest.approx(walk[stop], rel=1e-12)
    assert found.pearson_below == pytest.approx(r[stop], abs=1e-9)
    assert found.high == found.threshold1
    signs = [value <= 0 for value in r if np.isfinite(value)]
    levels = [t[0] for t, value in zip(walk, r, strict=False) if np.isfinite(value)]
    turns = [levels[i + 1] for i in range(len(signs) - 1) if signs[i] != signs[i + 1]]
    assert found.low == pytest.approx(turns[-1], rel=1e-12)
    assert found.reason == ""


@pytest.mark.parametrize("rule", RULES)
def test_regions_are_found_one_by_one(rule):
    first, second = spots(7)
    labels = np.repeat([0, 3, 4, 9], 8)[:, None] * np.ones(32, int)
    labels[0, :2] = 1000
    found = costes_threshold(first, second, labels=labels, rule=rule)
    for at, label in enumerate([3, 4, 9, 1000]):
        one = costes_threshold(first, second, mask=labels == label, rule=rule)
        for name in one.__dataclass_fields__:
            value, expected = getattr(found, name)[at], getattr(one, name)
            assert value == expected or (value != value and expected != expected), name
    assert found.reason[3] == "Costes failed: fewer than 3 pixels"


def test_failures_are_nan_with_a_reason():
    rng = np.random.default_rng(8)
    first = rng.integers(0, 99, (30, 30))
    falling = costes_threshold(first, 120 - first + rng.integers(0, 9, first.shape))
    assert np.isnan([falling.threshold1, falling.threshold2, falling.low]).all()
    assert falling.reason == "Costes failed: the regression line does not rise"
    same = costes_threshold(first, first)
    assert np.isnan(same.threshold1)
    assert same.reason == "Costes failed: r stays positive down to the lowest level"
    for rule in RULES:
        flat = costes_threshold(first, np.ones(first.shape, int), rule=rule)
        assert np.isnan(flat.threshold1)
        assert flat.reason == "Costes failed: channel 2 is constant"


@pytest.mark.parametrize("rule", ["crossing", "jacop", "ezcolocalization"])
def test_a_flat_line_is_a_failure(rule):
    found = costes_threshold([0, 9, 0, 9, 0, 9], [1, 1, 2, 2, 3, 3], rule=rule)
    assert np.isnan(found.threshold1)
    assert found.reason == "Costes failed: the regression line is flat"


@pytest.mark.parametrize("rule", ["coloc2", "jacop"])
def test_steps_of_one_over_too_wide_a_range_are_a_failure(rule):
    first, second = spots(9, "f8", 1e9)
    found = costes_threshold(first, second, rule=rule)
    assert np.isnan(found.threshold1)
    assert "too wide a range" in found.reason


def test_trap_13_a_binary_channel_has_no_threshold_at_its_maximum():
    rng = np.random.default_rng(10)
    binary = np.where(rng.random((40, 40)) < 0.3, 255, 0).astype(np.uint8)
    found = costes_threshold(binary, np.where(rng.random((40, 40)) < 0.8, binary, 0))
    assert np.isnan(found.threshold1) or found.threshold1 < 255


def test_trap_18_coloc2_skips_the_first_pixel_of_the_regression():
    first, second = spots(11)
    first[0, 0], second[0, 0] = 200, 0
    ours = costes_threshold(first, second)
    theirs = costes_threshold(first, second, rule="coloc2")
    assert ours.slope == regression(first, second).slope
    assert theirs.slope != ours.slope
    assert joint_histogram(first, second).first.tolist() == [[200, 0]]


@pytest.mark.parametrize("rule", ["crossing", "jacop", "ezcolocalization"])
@pytest.mark.parametrize("dtype", ["u2", "i4", "u4", "i8", "f4", "f8"])
def test_a_data_type_does_not_change_a_threshold(rule, dtype):
    first, second = spots(12)
    expected = costes_threshold(first, second, rule=rule)
    assert costes_threshold(first.astype(dtype), second.astype(dtype), rule=rule) == expected


def test_bright_and_large_regions_have_the_thresholds_of_small_ones():
    first, second = (np.kron(image, np.ones((16, 16), np.int64)) for image in spots(13))
    labels = np.repeat([1, 2], 256)[:, None] * np.ones(512, int)
    labels[:250] = 0  # of the second region int64 does not hold the products of sums
    pair = first * 300 + 20_000, second * 300 + 20_000
    found, expected = (
        costes_threshold(*(image.astype(dtype) for image in pair), labels=labels)
        for dtype in ("u2", "i4")
    )
    np.testing.assert_array_equal(found.threshold1, expected.threshold1)
    np.testing.assert_array_equal(found.threshold2, expected.threshold2)
    np.testing.assert_array_equal(found.low, expected.low)
    np.testing.assert_array_equal(found.pearson_below, expected.pearson_below)
    assert found.reason.tolist() == ["", ""]


def test_progress_counts_regions():
    first, second = spots(13)
    seen: list[tuple[int, int]] = []
    labels = np.repeat([1, 2], 16)[:, None] * np.ones(32, int)
    costes_threshold(first, second, labels=labels, progress=lambda *step: seen.append(step))
    assert seen == [(0, 2), (1, 2), (2, 2)]


def test_wrong_rules_are_refused():
    with pytest.raises(ValueError, match="rule is 'fast'; allowed are crossing, coloc2"):
        costes_threshold([1, 2, 3], [1, 2, 3], rule="fast")


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_what_squares_cannot_hold_has_a_true_reason(size):
    rng = np.random.default_rng(0)
    first = rng.random((32, 32))
    second = np.where(first > 0.6, first, rng.random((32, 32)) * 0.4)
    assert costes_threshold(first, second).reason == ""
    found = costes_threshold(first * size, second * size)
    assert "beyond 64-bit floats" in found.reason
    assert np.isnan(found.threshold1)
