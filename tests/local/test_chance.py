"""The threshold of displaced copies: right where nothing is, and reached where something is."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from covoxel.local import local_correlation, local_significance


def texture(seed, size=96, sigma=2.0):
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(size, size)), sigma)
    return np.rint(1000 + 200 * noise / noise.std()).astype(np.uint16)


@pytest.mark.slow
@pytest.mark.parametrize("masked", [False, True])
def test_false_alarms(masked):
    """Of 60 unrelated pairs 3 are expected; 9 or more would come by chance once in 350 times."""
    alarms = 0
    for seed in range(60):
        mask = texture(seed + 5000, sigma=12) > 1000 if masked else None
        found = local_significance(
            texture(2 * seed), texture(2 * seed + 1), radius=5, mask=mask, workers=1
        )
        alarms += bool(found.beyond.any())
    assert found.false_alarms == 0.05
    assert 0 < alarms < 9


def test_shared_patch_is_found():
    first, second = texture(0), texture(1)
    patch = np.s_[30:60, 30:60]
    second[patch] = first[patch]
    found = local_significance(first, second, radius=5)
    inner, outer = np.zeros((2, 96, 96), bool)
    inner[35:55, 35:55] = True
    outer[24:66, 24:66] = True
    assert found.beyond[inner].all()
    assert not found.beyond[~outer].any()
    assert found.threshold == found.largest.max() < 1
    np.testing.assert_array_equal(
        found.correlation, local_correlation(first, second, radius=5, min_pixels=60.5)
    )


def test_is_the_same_each_time():
    one, other = (local_significance(texture(0), texture(1), radius=4) for _ in range(2))
    assert one.threshold == other.threshold
    np.testing.assert_array_equal(one.shifts, other.shifts)


def test_copies_are_displaced_beyond_the_correlation_length():
    found = local_significance(texture(0, sigma=3), texture(1, sigma=3), radius=5)
    narrow = local_significance(texture(0, sigma=1), texture(1, sigma=1), radius=5)
    assert 2 <= narrow.correlation_length < found.correlation_length
    near = np.minimum(found.shifts, 96 - found.shifts)
    assert (np.hypot(*near.T) > 2 * found.correlation_length).all()
    assert len(np.unique(found.shifts, axis=0)) == len(found.shifts)


def test_stack_moves_in_the_plane():
    stack = np.stack([texture(seed, size=48) for seed in range(4)])
    found = local_significance(stack, stack[::-1], radius=(1, 3, 3), copies=4)
    assert (found.shifts[:, 0] == 0).all()
    assert found.shifts.shape == (4, 3)
    assert len(found.largest) == 4


def test_opposite_channels_are_beyond_too():
    first = texture(0)
    found = local_significance(first, 3000 - first, radius=5)
    known = np.isfinite(found.correlation)
    assert known.mean() > 0.9
    assert found.beyond[known].all()
    assert (found.correlation[known] < 0).all()


def test_constant_channel_has_nothing_beyond():
    found = local_significance(texture(0), np.full((96, 96), 7, np.uint16), radius=5)
    assert np.isnan(found.correlation).all()
    assert not found.beyond.any()
