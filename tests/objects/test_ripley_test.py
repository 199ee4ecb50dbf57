"""Global envelopes of cross-K: level, power, the null that is chosen, refusals."""

import math

import numpy as np
import pytest
from tests.objects.test_coupling import SIDE, clustered, coupled, scattered

from covoxel.objects import cross_k, cross_k_test

FRAME = {"shape": (SIDE, SIDE), "max_distance": 12, "rings": 6}


def test_the_estimate_is_that_of_cross_k():
    rng = np.random.default_rng(1)
    points = scattered(rng, 60), scattered(rng, 60)
    found, expected = cross_k_test(*points, **FRAME, n_draws=19), cross_k(*points, **FRAME)
    np.testing.assert_array_equal(found.estimate.k, expected.k)
    assert np.all(found.low <= found.high)


@pytest.mark.slow
@pytest.mark.parametrize("null", ["distance_map", "shifts", "clusters"])
def test_partners_leave_the_envelope(null):
    rng = np.random.default_rng(3)
    points1 = clustered(rng) if null != "distance_map" else scattered(rng, 100)
    points2 = coupled(rng, points1, 0.5, 100)
    found = cross_k_test(points1, points2, **FRAME, null=null)
    assert found.p <= 0.05
    assert (found.estimate.l > found.high).any()
    assert found.null == null
    assert (found.clustering1 <= 0.1) == (null != "distance_map")


def test_the_null_is_the_one_that_holds():
    rng = np.random.default_rng(2)
    assert cross_k_test(scattered(rng, 80), scattered(rng, 80), **FRAME).null == "distance_map"
    found = cross_k_test(clustered(rng), clustered(rng), **FRAME)
    assert found.null == "shifts"
    assert max(found.clustering1, found.clustering2) <= 0.1


@pytest.mark.slow
@pytest.mark.parametrize("null", ["distance_map", "shifts", "clusters"])
def test_unrelated_objects_seldom_leave_the_envelope(null):
    rng = np.random.default_rng(7)
    make = scattered if null == "distance_map" else lambda rng, n: clustered(rng, n // 4, 4)
    p = [
        cross_k_test(make(rng, 60), make(rng, 60), **FRAME, null=null, n_draws=39).p
        for _ in range(40)
    ]
    assert np.mean(np.array(p) <= 0.05) < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 40)


def test_a_thin_stack_is_shifted_along_its_planes():
    rng, shape = np.random.default_rng(4), (5, 100, 100)
    centres = np.repeat(rng.uniform(-0.5, np.array(shape) - 0.5, (15, 3)), 4, axis=0)
    points = [centres[:, :] + rng.normal(0, (0.3, 2, 2), centres.shape) for _ in "12"]
    step = (0.3, 0.1, 0.1)
    found = cross_k_test(
        *(one * step for one in points),
        shape=shape,
        spacing=step,
        max_distance=0.6,
        rings=4,
        null="shifts",
        n_draws=39,
    )
    assert found.null == "shifts"
    assert found.p <= 0.05  # clusters at the same places
    assert np.isfinite(found.high).all()


def test_without_room_or_points_there_is_a_reason():
    rng = np.random.default_rng(0)
    tight = rng.normal(128, 2, (2, 40, 2))
    found = cross_k_test(*tight, **FRAME, null="clusters")
    assert found.reason == "the objects cluster, and the mask has no room for a null"
    assert np.isnan(found.low).all()
    assert np.isfinite(found.estimate.k).all()
    nothing = cross_k_test(tight[0], np.zeros((0, 2)), **FRAME)
    assert nothing.reason == "40 and 0 points inside; at least one of each is needed"
    with pytest.raises(ValueError, match="null is 'toroidal'"):
        cross_k_test(*tight, **FRAME, null="toroidal")
