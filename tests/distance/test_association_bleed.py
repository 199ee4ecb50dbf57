"""Association distance where something else correlates too: clusters and bleed-through."""

from __future__ import annotations

import math

import numpy as np
import pytest

from covoxel import simulate_pair
from covoxel.distance import association_distance
from covoxel.distance.models import Shells, spread_shell

SPOTS = {"n_spots1": 180, "psf1": 0.15}


def pair(seed: int, **more):
    found = simulate_pair(rng=seed, **{**SPOTS, **more})
    return found.channel1, found.channel2


@pytest.fixture(scope="module")
def bled():
    """20 % of channel 1 bleeds into channel 2, which shares nothing with it."""
    images = pair(3, n_shared=0, bleed_1to2=0.2)
    return images, association_distance(*images)


@pytest.mark.parametrize("ndim", [2, 3])
def test_shells_of_neighbours_are_shells_moved_in_every_direction(ndim):
    """A shell of radius 4 moved by 3: the mean over the directions of the step."""
    r = np.linspace(0, 12, 25)
    place, sigma = ((r,), (1.5,)) if ndim == 2 else ((r, np.zeros(25)), (1.5, 1.5))
    shells = Shells(place, sigma, 20.0).among(np.array([0.0, 3.0]), np.array([[1.0, 2.0]]))
    share = (np.arange(200) + 0.5) / 200
    cosine = np.cos(np.pi * share) if ndim == 2 else 2 * share - 1
    radii = np.sqrt(4**2 + 3**2 + 2 * 4 * 3 * cosine)
    moved = np.mean([spread_shell(place, sigma, radius, 0) for radius in radii], axis=0)
    exact = spread_shell(place, sigma, 4, 0) + 2 * moved
    assert shells.exact(4.0, 0.0) == pytest.approx(exact, abs=2e-3 * exact.max())
    (block,) = shells.by_block(4.0, 0.0)
    assert block == pytest.approx(shells.exact(4.0, 0.0))


@pytest.mark.parametrize("truth", [4.0, 8.0])
def test_clusters_of_a_channel_do_not_move_the_distance(clustered, truth):
    """Six pairs: the mean within three of its standard errors, and 3 % beyond them."""
    found = [association_distance(*clustered(truth, seed=seed)) for seed in range(6)]
    errors = np.array([each.distance for each in found]) / truth - 1
    assert abs(errors.mean()) < 0.03 + 3 * errors.std() / 6**0.5
    assert errors.std() < 0.06
    assert sum(each.distance_low <= truth <= each.distance_high for each in found) >= 5
    assert np.mean([each.psf1 for each in found]) == pytest.approx(1.527, rel=0.05)
    assert 2.5 < np.mean([each.neighbours1 for each in found]) < 4.5


@pytest.mark.parametrize("truth", [0.4, 0.8])
def test_bleed_through_does_not_move_the_distance(truth):
    """Six pairs, as above; without a bleed component they are 10 % too near, or too far."""
    found = [
        association_distance(*pair(seed, association_distance=truth, bleed_1to2=0.1))
        for seed in range(6)
    ]
    errors = np.array([each.distance for each in found]) / truth - 1
    assert abs(errors.mean()) < 0.03 + 3 * errors.std() / 6**0.5
    assert sum(each.distance_low <= truth <= each.distance_high for each in found) >= 5
    assert np.mean([each.bleed_1to2 for each in found]) == pytest.approx(0.1, abs=0.05)


def test_bleed_through_alone_is_no_association(bled):
    _, found = bled
    assert found.associated is None
    assert any("cannot be distinguished from bleed-through" in note for note in found.notes)
    assert found.bleed_1to2 == pytest.approx(0.2, abs=0.05)
    shown = found.profile.bleed[np.isfinite(found.profile.bleed)]
    assert shown.size
    assert found.bleed > 0.05


def test_bleed_through_the_other_way_is_the_share_of_channel_2(bled):
    images, found = bled
    back = association_distance(*images[::-1])
    assert back.associated is None
    assert back.bleed_2to1 == pytest.approx(found.bleed_1to2, rel=0.02)


def test_bleed_through_can_be_left_out(bled):
    images, _ = bled
    found = association_distance(*images, bleed=False, intervals=False)
    assert not any("bleed-through" in note for note in found.notes)
    assert math.isnan(found.bleed)
    assert math.isnan(found.bleed_1to2)
    assert abs(found.neighbours1) < 1
