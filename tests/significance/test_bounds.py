"""Every interval lies in the range of its measure, and none is left out without a reason."""

import math

import numpy as np
import pytest

from covoxel.core.bounds import possible_interval
from covoxel.distance import colocalized_fractions
from covoxel.significance import correlation_test, manders_test, replicate_correlation

NAMES = (
    *("constant", "constant and noise", "saturated but a rim", "periodic", "checks", "two pixels"),
    *("one object", "an object each", "few shared spots", "the same noise", "opposite noise"),
    *("noise", "without finite pixels"),
)


def spot(shape, place, height=100.0, sigma=2.0):
    squares = [np.square(np.arange(n) - n * at) for n, at in zip(shape, place, strict=True)]
    return height * np.exp(-sum(np.ix_(*squares)) / (2 * sigma**2))


def degenerate(name, shape):
    """Return two channels of which little can be said."""
    rng = np.random.default_rng(3)
    first, second = rng.normal(100, 1, (2, *shape))
    middle, beside = ([at] * len(shape) for at in (0.5, 0.6))
    if name == "constant":
        return np.full(shape, 7.0), np.full(shape, 7.0)
    if name == "constant and noise":
        return np.full(shape, 7.0), second
    if name == "saturated but a rim":
        image = np.full(shape, 255, np.uint8)
        image[..., :3] = rng.integers(0, 255, image[..., :3].shape)
        return image, image[..., ::-1]
    if name == "periodic":
        return tuple(np.sin(np.arange(shape[-1]) / 2 + phase) + np.zeros(shape) for phase in (0, 1))
    if name == "checks":
        image = np.indices(shape).sum(axis=0) % 2 * 10.0
        return image, image
    if name == "two pixels":
        first, second = np.zeros((2, *shape))
        first.flat[first.size // 2], second.flat[0] = 5, 9
        return first, second
    if name in ("one object", "an object each"):
        other = middle if name == "one object" else beside
        return first + spot(shape, middle), second + spot(shape, other)
    if name == "few shared spots":
        heights = rng.lognormal(0, 1, 6)
        spots = [spot(shape, rng.uniform(0, 1, len(shape)), height) for height in heights]
        return sum(spots) + first / 100, sum(spots[:3]) + second / 100
    if name == "the same noise":
        return first, first
    if name == "opposite noise":
        return first, -first
    if name == "noise":
        return first, second
    return np.full(shape, np.nan), second


def holds(value, low, high, lowest, highest, reasons):
    assert reasons or low <= value <= high
    if math.isnan(low) or math.isnan(high):
        assert math.isnan(low)
        assert math.isnan(high)
        assert reasons
    else:
        assert lowest <= low <= high <= highest
        assert high - low < highest - lowest


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((0.4, 0.2, 0.6), (0.2, 0.6)),
        ((1, 0.8, 1.3), (0.8, 1)),
        ((0, -0.3, 0.1), (0, 0.1)),
        ((0.5, 0.01, 0.99), (0.01, 0.99)),
    ],
)
def test_an_interval_is_cut_to_what_is_possible(given, expected):
    assert possible_interval(*given, 0, 1) == (*expected, "")


@pytest.mark.parametrize(("value", "beside"), [(1.02, "above 1"), (-0.01, "below 0")])
def test_a_value_beside_its_interval_has_a_reason(value, beside):
    low, high, reason = possible_interval(value, value - 0.3, value + 0.3, 0, 1)
    assert 0 <= low < high <= 1
    assert reason.startswith(f"{beside}, by chance")
    reason = possible_interval(value, value - 2, value + 2, 0, 1)[2]
    assert beside in reason
    assert "everything from 0 to 1" in reason


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ((-0.2, 1.5), "everything from 0 to 1"),
        ((0, 1), "everything from 0 to 1"),
        ((1.1, 1.4), "1.10 to 1.40, beyond 0 to 1"),
        ((-2, -1), "-2.00 to -1.00, beyond 0 to 1"),
    ],
)
def test_one_that_says_nothing_or_the_impossible_is_refused(given, why):
    low, high, reason = possible_interval(0.5, *given, 0, 1)
    assert math.isnan(low)
    assert math.isnan(high)
    assert why in reason


def test_a_share_of_one_object_that_could_be_anything_has_no_interval():
    rng = np.random.default_rng(0)
    images = [spot((128, 128), (0.47, 0.47), 100, 3) + rng.normal(0, 1, (128, 128)) for _ in "12"]
    found, _ = manders_test(*images, threshold1=27, threshold2=27)
    assert 0.2 < found.value < 0.5
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.reason == "no interval: the data leave everything from 0 to 1 possible"


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "masked"), [((48, 48), True), ((5, 24, 24), False)])
@pytest.mark.parametrize("name", NAMES)
def test_bounds_are_possible_or_refused(name, shape, masked):
    images = degenerate(name, shape)
    mask = None
    if masked:
        mask = np.zeros(shape, bool)
        mask[..., 4:-4, 5:-5] = True
    for method in ("pearson", "spearman"):
        found = correlation_test(*images, mask=mask, method=method)
        holds(found.r, found.low, found.high, -1, 1, found.reason)
        again = [
            image + np.random.default_rng(i).normal(size=shape) for i, image in enumerate(images)
        ]
        pair = {"replicate1": again[0], "replicate2": again[1]}
        corrected = replicate_correlation(*images, **pair, mask=mask, method=method)
        holds(corrected.r, corrected.low, corrected.high, -1, 1, corrected.reason)
    finite = name != "without finite pixels"
    limits = {f"threshold{i}": np.nanmean(images[i - 1]) for i in (1, 2) if finite}
    for share in manders_test(*images, mask=mask, **limits):
        holds(share.value, share.low, share.high, 0, 1, share.reason)
    if finite:
        shares = colocalized_fractions(*images, mask=mask)
        for one in ("iccs1", "iccs2", "ppi1", "ppi2"):
            reasons = [text for column, text in shares.notes if column.startswith(one)]
            low, high = (getattr(shares, f"{one}_{end}") for end in ("low", "high"))
            holds(getattr(shares, one), low, high, 0, 1, reasons)
