"""Delays between traces: recovery, laws and reasons."""

import math
import re

import numpy as np
import pytest
from scipy import stats
from scipy.ndimage import gaussian_filter1d

from covoxel.correlation import delay


def traces(lag: float, seed: int, frames: int = 120, noise: float = 0.3):
    """Return a smooth signal and itself `lag` frames later, with noise of their own."""
    rng = np.random.default_rng(seed)
    fine = gaussian_filter1d(rng.standard_normal((frames + 60) * 10), 20)
    fine /= fine.std()
    at = (np.arange(frames) + 30) * 10.0
    places = np.arange(fine.size)
    return tuple(
        np.interp(at - 10 * shift, places, fine) + noise * rng.standard_normal(frames)
        for shift in (0, lag)
    )


def stacked(lags, first: int = 0, *options):
    rows = [traces(lag, first + seed, *options) for seed, lag in enumerate(lags)]
    return [np.stack(each) for each in zip(*rows, strict=True)]


@pytest.mark.slow
def test_delays_are_recovered_and_lie_in_their_intervals():
    rng = np.random.default_rng(0)
    lags = rng.uniform(-5, 5, 30)
    found = delay(*stacked(lags), time_step=2.0)
    known = np.isfinite(found.delay)
    assert known.sum() >= 25
    errors = found.delay[known] - 2 * lags[known]
    assert abs(errors.mean()) < 3 * errors.std() / known.sum() ** 0.5
    assert np.abs(errors).max() < 2
    held = (found.delay_low <= 2 * lags) & (2 * lags <= found.delay_high)
    assert held[known].mean() > 0.85
    assert found.curve.shape == (30, found.lags.size)
    assert found.notes.count(()) == known.sum()


@pytest.mark.slow
@pytest.mark.parametrize(("frames", "noise"), [(120, 0.3), (300, 0.3), (120, 0.7)])
def test_intervals_are_as_wide_as_needed(frames, noise):
    """Of 200 intervals so many hold the truth as happens 999 times in 1000."""
    lags = np.random.default_rng(1).uniform(-5, 5, 200)
    found = delay(*stacked(lags, 5000, frames, noise))
    known = np.isfinite(found.delay)
    held = (found.delay_low <= lags) & (lags <= found.delay_high)
    assert stats.binom.cdf(held[known].sum(), known.sum(), 0.95) > 1e-3


@pytest.mark.slow
def test_independent_traces_have_no_delay():
    ours, theirs = ([traces(0, seed)[0] for seed in range(s, s + 30)] for s in (0, 500))
    found = delay(np.stack(ours), np.stack(theirs))
    assert np.isfinite(found.delay).sum() <= 4
    assert (("delay", "no peak rises above independent traces"),) in found.notes


@pytest.mark.slow
def test_swapped_traces_turn_the_sign():
    first, second = traces(3.0, 1)
    there, back = delay(first, second), delay(second, first)
    assert there.delay > 2
    assert back.delay == pytest.approx(-there.delay, abs=1e-6)
    assert back.correlation == pytest.approx(there.correlation)


@pytest.mark.slow
def test_units_gain_and_offset_change_nothing_else():
    first, second = traces(3.0, 1)
    plain, scaled = delay(first, second), delay(40 + 7 * first, second, time_step=5)
    assert (plain.unit, scaled.unit) == ("frames", "s")
    assert scaled.delay == pytest.approx(5 * plain.delay)
    assert scaled.delay_low == pytest.approx(5 * plain.delay_low)
    assert isinstance(scaled.delay, float)


@pytest.mark.slow
def test_bleaching_is_no_signal():
    first, second = traces(3.0, 2)
    fading = np.linspace(30, 0, first.size)
    steady = delay(first, second)
    assert delay(first + fading, second + fading).delay == pytest.approx(steady.delay)
    bleached = delay(first + fading, second + fading, detrend=False)
    assert not abs(bleached.delay - 3) < 0.3


@pytest.mark.slow
def test_frames_that_are_missing_are_left_out():
    first, second = traces(3.0, 3)
    broken = first.copy()
    broken[[5, 40, 41]] = np.nan
    assert delay(broken, second).delay == pytest.approx(delay(first, second).delay, abs=0.3)


def test_what_cannot_be_measured_is_nan_with_a_reason():
    first, second = traces(3.0, 4)
    cases = {
        "fewer than 10 frames": delay(first[:1], second[:1]),
        "a trace is constant": delay(first, np.ones(first.size)),
        "a trace is a straight line": delay(first, np.arange(first.size)),
        "the correlation still rises at the longest delay looked at": delay(
            *(np.exp(-np.square((np.arange(200) - middle) / 8)) for middle in (90, 102)),
            max_delay=9,
        ),
    }
    for reason, found in cases.items():
        assert found.notes == (("delay", reason),)
        assert math.isnan(found.delay)
        assert math.isnan(found.delay_high)


GOOD = dict(zip(("trace1", "trace2"), traces(1.0, 5), strict=True))
STACK, COMPLEX = np.ones((2, 3, 20)), np.ones(20, complex)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"time_step": 0}, "time_step is 0"),
        ({"max_delay": 100}, "max_delay is 100; allowed are delays from one frame (1) to two"),
        ({"max_delay": 0.5}, "max_delay is 0.5"),
        ({"trace2": np.ones(21)}, "trace1 has shape"),
        ({"trace1": STACK, "trace2": STACK}, "are allowed"),
        ({"trace1": COMPLEX}, "trace1 is complex"),
    ],
)
def test_wrong_requests_are_refused(more, message):
    error = TypeError if more.get("trace1") is COMPLEX else ValueError
    with pytest.raises(error, match=re.escape(message)):
        delay(**{**GOOD, **more})
