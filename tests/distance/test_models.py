"""Shells behind PSFs, and profiles: their forms and sums."""

import math

import numpy as np
import pytest

from covoxel.distance.fit import Fit
from covoxel.distance.models import Shells, blurred_ring, blurred_shells, spread_shell
from covoxel.distance.profiles import Rings, block_profiles
from covoxel.distance.whitening import Space


def test_a_ring_is_the_mean_over_its_directions():
    r, angles = np.linspace(0, 1.2, 30), np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    squares = (r[:, None] - 0.5 * np.cos(angles)) ** 2 + (0.5 * np.sin(angles)) ** 2
    brute = np.exp(-squares / (2 * 0.14**2)).mean(axis=1) / (2 * np.pi * 0.14**2)
    assert blurred_ring(r, 0.5, 0.14) == pytest.approx(brute, rel=1e-9)


def test_a_shell_behind_a_round_psf_is_a_difference_of_gaussians():
    r, z = np.meshgrid(np.linspace(0.01, 1.2, 20), np.linspace(0, 1, 9))
    length, radius, sigma = np.hypot(r, z), 0.5, 0.14
    sides = [np.exp(-np.square(length + s * radius) / (2 * sigma**2)) for s in (-1, 1)]
    exact = (sides[0] - sides[1]) / (2 * length * radius) / (2 * np.pi) ** 1.5 / sigma
    (density,) = blurred_shells(r, z, [radius], sigma, sigma)
    assert density == pytest.approx(exact, rel=1e-8, abs=1e-12)


def test_a_shell_behind_a_long_psf_keeps_its_volume():
    r, z = np.arange(0.01, 2.5, 0.02), np.arange(-3, 3, 0.04)
    (density,) = blurred_shells(r[:, None], z, [0.6], 0.14, 0.35)
    assert (density * 2 * np.pi * r[:, None]).sum() * 0.02 * 0.04 == pytest.approx(1, rel=1e-4)


def test_the_table_interpolates_shells():
    place = (np.linspace(0, 2, 200),)
    shells = Shells(place, (0.14,), 2.5)
    for distance, variance in ((0, 0), (0.03, 0), (0.617, 0), (1.2, 0.0025), (0.4, 0.09)):
        exact = spread_shell(place, (0.14,), distance, variance)
        table = shells.weights(distance, variance) @ shells.table
        assert table == pytest.approx(exact, abs=2e-4 * exact.max())


@pytest.mark.parametrize("variance", [-0.007, -0.002, -1e-5])
def test_a_negative_variance_makes_a_shell_thinner(variance):
    place = (np.linspace(0, 2, 200),)
    narrower = spread_shell(place, (math.sqrt(0.14**2 + variance),), 1.2, 0)
    thinner = spread_shell(place, (0.14,), 1.2, variance)
    assert thinner == pytest.approx(narrower, abs=narrower.max() * (1e-4 - 3 * variance))
    shells = Shells(place, (0.14,), 2.5)
    table = shells.weights(1.2, variance) @ shells.table
    assert table == pytest.approx(thinner, abs=2e-3 * thinner.max())


@pytest.mark.slow
@pytest.mark.parametrize("place", [(0.6, 0.0), (0.33, 0.12), (0.05, 0.0)])
def test_a_profile_without_noise_gives_its_shell_back(place):
    rings = Rings.up_to(2.1, (0.05, 0.05), (60, 60))
    shells = Shells(rings.place, (0.14,), 2.6)
    weight = np.asarray(rings.members.sum(axis=1))
    fit = Fit(shells, Space(rings, rings.within(0, 2.1), weight, shells.table), 2.0)
    profile = 0.3 * shells.exact(place[0], place[1] ** 2) + 0.1 - 0.02 * rings.length
    (best,) = fit.best(fit.space.reduced(profile))
    assert math.hypot(best.distance, best.spread) == pytest.approx(math.hypot(*place), rel=5e-3)
    assert best.volume == pytest.approx(0.3, rel=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize("masked", [False, True])
def test_blocks_add_up_to_the_correlogram(masked):
    rng = np.random.default_rng(0)
    images = rng.standard_normal((2, 9, 40, 46))
    mask = rng.random(images.shape[1:]) > 0.2 if masked else None
    if mask is not None:
        images *= mask
    inside = np.ones(images.shape[1:]) if mask is None else mask.astype(float)
    rings = Rings.up_to(5.0, (1.0, 1.0, 1.0), (4, 5, 5))
    (profiles,) = block_profiles(tuple(images), mask, [(0, 1)], rings, (1.0, 1.0, 1.0))
    assert len(profiles.values) > 8
    brute, shape = np.zeros(rings.shape), images.shape[1:]
    for lag in np.ndindex(*rings.shape):
        shift = [k - r for k, r in zip(lag, rings.reach, strict=True)]
        one = tuple(slice(max(0, -s), n - max(0, s)) for s, n in zip(shift, shape, strict=True))
        two = tuple(slice(max(0, s), n - max(0, -s)) for s, n in zip(shift, shape, strict=True))
        brute[lag] = (images[0][one] * images[1][two]).sum() / (inside[one] * inside[two]).sum()
    mean = rings.sums(brute)[0] / np.asarray(rings.members.sum(axis=1))
    assert profiles.mean == pytest.approx(mean, abs=1e-12)
    assert profiles.shares.sum(axis=0) == pytest.approx(1)
