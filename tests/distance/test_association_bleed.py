"""Association distance where something else correlates too: clusters and bleed-through."""

import numpy as np
import pytest

from covoxel import simulate_pair
from covoxel.distance import association_distance
from covoxel.distance.models import Shells, spread_shell

pytestmark = pytest.mark.slow

SPOTS = {"n_spots1": 180, "psf1": 0.15}


def pair(seed: int, **more):
    found = simulate_pair(rng=seed, **{**SPOTS, **more})
    return found.channel1, found.channel2


@pytest.fixture(scope="module")
def bled():
    """20 % of channel 1 bleeds into channel 2, which shares nothing with it."""
    images = pair(3, n_shared=0, bleed_1to2=0.2)
    return images, association_distance(*images)


@pytest.fixture
def clustered(spots):
    """Make a pair of which channel 1 lies in clusters of 5, each particle with a partner."""

    def make(distance, *, seed=0, clusters=36, radius=6.0, sigma=1.5, shape=(256, 256)):
        rng, ndim = np.random.default_rng(seed), len(shape)

        def away(lengths):
            steps = rng.standard_normal((5 * clusters, ndim))
            return np.reshape(lengths, (-1, 1)) * steps / np.linalg.norm(steps, axis=1)[:, None]

        centers = np.repeat(rng.random((clusters, ndim)) * shape, 5, axis=0)
        first = centers + away(radius * rng.random(5 * clusters) ** (1 / ndim))
        heights = np.full(len(first), 200.0)
        light = [
            spots(shape, positions, heights, sigma) for positions in (first, first + away(distance))
        ]
        return [rng.poisson(10 + image) for image in light]

    return make


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


def recovered(found, truth):
    """The mean within three of its standard errors, and 3 % beyond them; 5 of 6 intervals hold."""
    errors = np.array([each.distance for each in found]) / truth - 1
    assert abs(errors.mean()) < 0.03 + 3 * errors.std() / 6**0.5
    pairs = zip(found, truth, strict=True)
    assert sum(each.distance_low <= true <= each.distance_high for each, true in pairs) >= 5
    return errors


def test_clusters_of_a_channel_do_not_move_the_distance(clustered):
    truth = [4.0, 8.0] * 3
    found = [association_distance(*clustered(true, seed=i)) for i, true in enumerate(truth)]
    assert recovered(found, truth).std() < 0.06
    assert np.mean([each.psf1 for each in found]) == pytest.approx(1.527, rel=0.05)
    assert 2.5 < np.mean([each.neighbours1 for each in found]) < 4.5


def test_an_interval_holds_what_clusters_may_add(clustered):
    """A wide shell without neighbours fits nearly as well, and lies above 8.0 as a whole."""
    images = clustered(8.0, clusters=72, shape=(32, 128, 128))
    found = association_distance(*images)
    assert found.distance_low < 8.0 < found.distance_high
    assert found.neighbours1 > 2


def test_a_psf_that_may_be_a_cluster_is_noted(clustered):
    """Clusters of 2 px behind a PSF of 1.5 px; given that PSF, neighbours are told from it."""
    images = clustered(4.0, seed=1, radius=2.0)
    (note,) = [text for column, text in association_distance(*images).notes if column == "psf1"]
    assert "particles cluster within it" in note
    given = association_distance(*images, psf1=1.53, psf2=1.53)
    assert given.distance_low < 4.0 < given.distance_high
    for found in (given, association_distance(*clustered(4.0, seed=1, clusters=36, radius=40.0))):
        assert not any(column.startswith("psf") for column, _ in found.notes)


def test_wide_psfs_of_both_channels_alike_may_be_clusters(clustered):
    """A PSF of 1.5 px: 0.35 µm wide with pixels of 0.1 µm, and 1.4 µm with such of 0.4 µm."""
    images = clustered(4.0, seed=1, clusters=36, radius=40.0)
    found = [association_distance(*images, spacing=(step, step)) for step in (0.1, 0.4)]
    noted = [[text for column, text in each.notes if column == "psf1"] for each in found]
    assert noted[0] == []
    assert "in both channels alike" in noted[1][0]
    given = association_distance(*images, spacing=(0.4, 0.4), psf1=0.6, psf2=0.6)
    assert not any(column.startswith("psf") for column, _ in given.notes)


def test_bleed_through_does_not_move_the_distance():
    """Without a bleed component distances are 10 % too near, or too far."""
    truth = [0.4, 0.8] * 3
    pairs = [pair(i, association_distance=true, bleed_1to2=0.1) for i, true in enumerate(truth)]
    found = [association_distance(*images) for images in pairs]
    recovered(found, truth)
    assert np.mean([each.bleed_1to2 for each in found]) == pytest.approx(0.1, abs=0.05)


def test_bleed_through_alone_is_no_association(bled):
    images, found = bled
    back = association_distance(*images[::-1])
    assert found.associated is back.associated is None
    (note,) = [text for _, text in found.notes if "cannot be distinguished from bleed" in text]
    assert "tight clusters and coarse grain" in note
    assert found.bleed_1to2 == pytest.approx(0.2, abs=0.05)
    assert back.bleed_2to1 == pytest.approx(found.bleed_1to2, rel=0.02)
    assert np.isfinite(found.profile.bleed).any()
    assert found.bleed > 0.05


def test_bleed_through_can_be_left_out(bled):
    images, _ = bled
    found = association_distance(*images, bleed=False, intervals=False)
    assert not any("bleed-through" in note for _, note in found.notes)
    assert np.isnan([found.bleed, found.bleed_1to2]).all()
    assert abs(found.neighbours1) < 1
