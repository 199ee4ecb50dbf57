"""Colocalized shares by ICCS and as the protein proximity index."""

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from covoxel import simulate_pair
from covoxel.distance import colocalized_fractions

SHARES = ("iccs1", "iccs2", "ppi1", "ppi2")


def shares(found):
    return np.array([getattr(found, name) for name in SHARES])


def bounds(found):
    return np.array(
        [[getattr(found, f"{name}_{end}") for end in ("low", "high")] for name in SHARES]
    )


def of(pair, **more):
    return colocalized_fractions(pair.channel1, pair.channel2, mask=pair.mask, **more)


@pytest.fixture(scope="module")
def pair():
    return simulate_pair(n_spots1=200, n_spots2=100, n_shared=50, rng=1)


@pytest.fixture(scope="module")
def found(pair):
    return of(pair)


def holds(found, truth):
    low, high = bounds(found).T
    return (low <= truth) & (truth <= high)


@pytest.mark.slow
def test_shares_of_simulated_spots(found):
    assert holds(found, [0.25, 0.5] * 2).all()
    assert not found.notes
    assert (found.background1, found.background2) == (105, 105)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("truth", "options"),
    [
        (0.0, {"n_shared": 0}),
        (1.0, {"shared_fraction": 1.0}),
        (0.5, {"psf1": 0.1, "psf2": 0.14}),
        (0.5, {"n_cells": 3, "n_spots1": 150}),
        (0.5, {"shape": (24, 96, 96), "n_spots1": 200, "n_shared": 100}),
    ],
)
def test_shares_in_other_scenes(truth, options):
    found = of(simulate_pair(rng=5, **options))
    assert holds(found, truth).all()
    assert (np.diff(bounds(found)) < 0.6).all()


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say():
    held = [holds(of(simulate_pair(rng=seed)), 0.5) for seed in range(60)]
    assert (np.mean(held, axis=0) >= 0.92).all()


@pytest.mark.slow
def test_swapped_channels_swap_the_shares(pair, found):
    swapped = colocalized_fractions(pair.channel2, pair.channel1)
    np.testing.assert_allclose(shares(swapped), shares(found)[[1, 0, 3, 2]], rtol=1e-2)


@pytest.mark.slow
def test_gain_and_offset_take_no_part(pair, found):
    other = colocalized_fractions(pair.channel1.data * 3.0 + 40, pair.channel2, spacing=(0.1, 0.1))
    np.testing.assert_allclose(shares(other), shares(found), rtol=1e-9)
    assert other.background1 == 3 * found.background1 + 40


@pytest.mark.slow
def test_a_mask_of_everything_changes_nothing(pair, found):
    mask = np.ones(pair.channel1.shape, bool)
    np.testing.assert_allclose(shares(of(pair, spacing=None)), shares(found))
    masked = colocalized_fractions(pair.channel1, pair.channel2, mask=mask)
    np.testing.assert_allclose(shares(masked), shares(found), rtol=1e-9)


@pytest.mark.slow
def test_the_proximity_index_leaves_out_what_decays_slowly():
    pair = simulate_pair(n_spots1=150, n_shared=0, rng=0)
    slow = gaussian_filter(np.random.default_rng(0).normal(size=(256, 256)), 4)
    slow *= 5 / slow.std()
    found = colocalized_fractions(
        pair.channel1.data + slow, pair.channel2.data + slow, background1=105, background2=105
    )
    assert found.ppi1_low == 0 < found.ppi1_high
    assert found.iccs1_low > 0


@pytest.mark.slow
def test_backgrounds_are_levels(pair, found):
    constant = of(pair, background1=105, background2="constant:105")
    np.testing.assert_array_equal(shares(constant), shares(found))
    none = of(pair, background1="none", background2=105)
    assert none.background1 == 0
    assert none.iccs1 < 0.05 < found.iccs1  # the mean of channel 1 counts its offset
    with pytest.raises(ValueError, match="background1 is 'rolling:50'; allowed are none"):
        of(pair, background1="rolling:50")


def spots(rng, n=128, count=60):
    image = np.zeros((n, n))
    np.add.at(image, tuple(rng.integers(0, n, (2, count))), 500.0)
    return gaussian_filter(image, 1.5)


@pytest.mark.parametrize(
    ("images", "options", "reason"),
    [
        (lambda a: (a, np.ones_like(a)), {}, "channel 2 is constant"),
        (lambda a: (a, a), {"background1": 1e4}, "channel 1 is not above its background"),
        (lambda a: (a[:5, :5], a[:5, :5]), {}, "too few"),
    ],
)
def test_undefined_shares_have_a_reason(images, options, reason):
    found = colocalized_fractions(*images(spots(np.random.default_rng(0))), **options)
    assert np.isnan(shares(found)).all()
    assert [name for name, _ in found.notes] == list(SHARES)
    assert all(reason in text for _, text in found.notes)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_noise_has_no_peak(seed):
    noise = np.random.default_rng(seed).normal(50, 5, (2, 128, 128))
    found = colocalized_fractions(*noise, background1=0, background2=0)
    assert np.isnan(shares(found)).all()
    assert all("no peak above its noise" in text for _, text in found.notes)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "corner"), [(22, 60), (26, 100), (30, 100)])
def test_no_fit_at_a_bound_is_a_share(pair, n, corner):
    image = pair.channel1.data[corner : corner + n, corner : corner + n]
    found = shares(colocalized_fractions(image, image))
    assert (np.isnan(found) | (np.abs(found - 1) < 0.3)).all()


@pytest.mark.slow
def test_few_bright_particles_are_a_reason_for_doubt():
    pair = simulate_pair(n_spots1=80, brightness_spread=1.5, rng=0)
    found = of(pair)
    assert np.isfinite(bounds(found)).all()
    assert [name for name, _ in found.notes] == [f"{name}_low" for name in SHARES]
    assert all("few bright particles" in text for _, text in found.notes)
    fewer = of(simulate_pair(n_spots1=40, brightness_spread=1.5, rng=0))
    assert np.isnan(bounds(fewer)).all()
    assert all("everything from 0 to 1" in text for _, text in fewer.notes)


@pytest.mark.slow
def test_channels_that_exclude_each_other():
    first = spots(np.random.default_rng(0), 256, 300)
    found = colocalized_fractions(first, first.max() - first, background1=0, background2=0)
    assert np.isnan(shares(found)).all()
    assert all("dip" in text for _, text in found.notes)


def test_few_blocks_give_no_interval(pair):
    image = pair.channel1.data[:24, :24]
    found = colocalized_fractions(image, image)
    assert np.isfinite(shares(found)).all()
    assert np.isnan(bounds(found)).all()
    assert all("blocks" in text for _, text in found.notes)
    assert math.isfinite(found.background1)


@pytest.mark.slow
def test_images_without_structure_have_no_peak():
    light = np.random.default_rng(0).gamma(1.0, 40.0, (24, 20))
    found = colocalized_fractions(light, light + 1, spacing=(0.1, 0.1))
    assert np.isnan(found.iccs1)
    assert {text for _, text in found.notes} == {
        "neither channel's correlogram has a peak wider than a pixel"
    }
