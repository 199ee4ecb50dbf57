"""Global envelopes: the order of curves by hand, level, laws, bad input."""

import re

import numpy as np
import pytest
from hypothesis import given, strategies as st

from covoxel.objects import global_envelope


def test_curves_are_ordered_by_their_most_extreme_ranks():
    simulated = np.array([[i, i] for i in range(1, 20)], float)
    found = global_envelope([25, 25], simulated, side="above")
    assert found.p == 0.05
    np.testing.assert_array_equal(found.high, [19, 19])
    assert np.isneginf(found.low).all()
    inside = global_envelope([10.5, 10.5], simulated)
    assert inside.p == 1.0
    once = global_envelope([10.5, 99], simulated, side="above")
    assert once.p == 0.1  # extreme at one place, (19, 19) at both
    tied = global_envelope([19.0, 18.5], simulated, side="above")
    assert tied.p == 0.1
    assert global_envelope([19.4, 19.4], simulated, side="above").p == 0.05
    assert global_envelope([19.4, 19.4], simulated, side="above", step=1).p == 0.1


def test_of_equal_curves_none_is_extreme():
    found = global_envelope(np.zeros(3), np.zeros((19, 3)))
    assert found.p == 1.0
    np.testing.assert_array_equal(found.low, found.high)


@pytest.mark.slow
@pytest.mark.parametrize("side", ["both", "above", "below"])
def test_a_curve_of_the_null_leaves_it_as_often_as_it_should(side):
    rng = np.random.default_rng(3)
    outside, significant = 0, 0
    for _ in range(500):
        curves = np.cumsum(rng.normal(size=(100, 6)), axis=1)
        found = global_envelope(curves[0], curves[1:], side=side)
        left = bool(np.any((curves[0] < found.low) | (curves[0] > found.high)))
        assert left == (found.p <= 0.05)
        outside += left
        significant += found.p <= 0.05
    assert 11 <= significant <= 39  # 5 %, 2.9 standard errors


@given(st.integers(0, 10_000), st.floats(0.1, 10), st.floats(-5, 5))
def test_rising_maps_change_nothing(seed, factor, offset):
    curves = np.random.default_rng(seed).integers(0, 6, (25, 4)).astype(float)
    first = global_envelope(curves[0], curves[1:])
    second = global_envelope(factor * curves[0] + offset, factor * curves[1:] + offset)
    mirrored = global_envelope(-curves[0], -curves[1:])
    assert first.p == second.p == mirrored.p
    np.testing.assert_allclose(second.high, factor * first.high + offset)
    np.testing.assert_array_equal(mirrored.low, -first.high)


@pytest.mark.parametrize(
    ("curve", "simulated", "options", "message"),
    [
        (np.zeros(3), np.zeros((18, 3)), {}, "simulated has shape (18, 3)"),
        (np.zeros(3), np.zeros((19, 4)), {}, "simulated has shape (19, 4)"),
        (np.zeros(3), np.zeros((19, 3)), {"level": 1}, "level is 1"),
        (np.zeros(3), np.zeros((19, 3)), {"side": "left"}, "side is 'left'"),
        (np.zeros(3), np.zeros((19, 3)), {"step": -1}, "step is -1"),
    ],
)
def test_wrong_requests_are_named(curve, simulated, options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        global_envelope(curve, simulated, **options)
