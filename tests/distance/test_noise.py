"""How profiles err: what both channels' own correlograms predict, and the coordinates of a fit."""

import numpy as np
import pytest
from scipy import ndimage

from covoxel.distance.interval import Influence
from covoxel.distance.profiles import Rings, block_profiles
from covoxel.distance.whitening import Noise, Space

SIDE = 96


@pytest.fixture(scope="module")
def unrelated():
    """Rings, and 200 pairs of textures that share nothing: cross and own profiles of each."""
    rng = np.random.default_rng(0)
    rings = Rings.up_to(9.0, (1.0, 1.0), (9, 9))
    found = []
    for _ in range(200):
        images = ndimage.gaussian_filter(
            rng.standard_normal((2, SIDE, SIDE)), (0, 1.5, 1.5), mode="wrap"
        )
        images -= images.mean(axis=(1, 2), keepdims=True)
        pairs = [(0, 1), (0, 0), (1, 1)]
        found.append(block_profiles(tuple(images), None, pairs, rings, (1.0, 1.0), blocks=1))
    return rings, found


@pytest.mark.slow
def test_the_noise_of_a_profile_is_predicted(unrelated):
    rings, found = unrelated
    rows = np.stack([(rings.length >= low) & (rings.length < low + 2) for low in (0, 2, 4, 6)])
    rows = rows / rows.sum(axis=1, keepdims=True)
    seen = np.stack([cross.mean for cross, *_ in found]) @ rows.T
    predicted = np.mean(
        [Noise(rings, own, SIDE**2).covariance(rows) for _, *own in found[:50]], axis=0
    )
    scale = np.sqrt(np.outer(predicted.diagonal(), predicted.diagonal()))
    assert seen.T @ seen / len(seen) / scale == pytest.approx(predicted / scale, abs=0.15)
    assert predicted[0, 1] > 0.5 * scale[0, 1]


@pytest.mark.slow
def test_coordinates_have_known_errors_and_no_baseline(unrelated):
    rings, found = unrelated
    used = rings.within(0, 9)
    curves = np.stack([np.exp(-np.square(rings.length - at) / 8) for at in np.arange(9)])
    _, *own = found[0]
    space = Space(rings, used, own[0].weight, curves[:, used], Noise(rings, own, SIDE**2))
    assert len(space.table) < len(curves)
    seen = space.reduced(np.stack([cross.mean for cross, *_ in found]))
    assert np.square(seen).mean(axis=0) == pytest.approx(space.errors.diagonal(), rel=0.35)
    assert (space.errors.diagonal() < 1).all()
    line = 0.3 - 0.02 * rings.length
    assert space.baseline(line[used]) == pytest.approx(line[used], abs=1e-6)
    assert space.reduced(line) == pytest.approx(0, abs=1e-6)


def test_few_blocks_are_no_surer_than_noise_allows():
    """One block makes all of an error, or the blocks happen to agree."""
    one = Influence(np.array([[1.0], [0.0], [0.0], [0.0], [0.0], [0.0]]))
    assert one.margin(0) > 4 * one.margin(0, 1.0)
    alike = Influence(np.array([[0.01], [-0.01], [0.01], [-0.01]]))
    assert alike.margin(0, 1.0) == pytest.approx(2.45, abs=0.1)
    assert alike.margin(0) < 0.1
