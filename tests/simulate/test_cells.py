"""Cells of simulated pairs, and what moves and changes in them over time."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import regionprops
from skimage.registration import phase_cross_correlation

from covoxel.correlation.temporal_correlation import delay as measure_delay
from covoxel.simulate import simulate_pair

from .counted import NOISE_FREE


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(256, 256), (12, 256, 256)])
def test_cells_are_round_apart_and_inside_the_image(shape):
    pair = simulate_pair(shape=shape, n_cells=7, cell_radius=2.5)
    labels = pair.labels
    np.testing.assert_array_equal(np.unique(labels), np.arange(8))
    np.testing.assert_array_equal(pair.mask, labels > 0)
    touching = np.ones((3,) * len(shape))
    assert ndimage.label(pair.mask, touching)[1] == 7
    flat = labels.max(axis=0) if len(shape) == 3 else labels
    assert not flat[[0, -1]].any()
    assert not flat[:, [0, -1]].any()
    for cell in regionprops(flat):
        assert cell.solidity > 0.9
        assert cell.eccentricity < 0.75
        assert 0.8 * 25 < cell.equivalent_diameter_area / 2 < 1.2 * 25


def test_cells_are_brighter_than_what_surrounds_them():
    pair = simulate_pair(n_cells=4, n_spots1=0, haze=40, contrast=0, background=10, **NOISE_FREE)
    inside = ndimage.binary_erosion(pair.mask, iterations=6)
    outside = ~ndimage.binary_dilation(pair.mask, iterations=6)
    assert np.unique(pair.channel1.data[inside]).tolist() == [150]
    assert np.unique(pair.channel1.data[outside]).tolist() == [110]


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(192, 192), (12, 160, 160)])
def test_spots_stay_in_their_cells(shape):
    pair = simulate_pair(
        shape=shape, n_cells=3, n_frames=6, walk=0.3, drift=0.1, association_distance=0.5
    )
    homes = []
    for positions in (pair.positions1, pair.positions2):
        index = np.rint(positions / pair.channel1.spacing).astype(int)
        homes.append(pair.labels[tuple(np.moveaxis(index, -1, 0))])
        assert (homes[-1] > 0).all()
        assert (homes[-1] == homes[-1][0]).all()
    shared = pair.truth["n_shared"][0]
    np.testing.assert_array_equal(homes[0][:, :shared], homes[1][:, :shared])


@pytest.mark.slow
def test_spots_drift_and_walk():
    drifting = simulate_pair(n_frames=4, drift=(0.3, -0.1), association_distance=0.4)
    for positions in (drifting.positions1, drifting.positions2):
        np.testing.assert_allclose(np.diff(positions, axis=0), np.full((3, 100, 2), (0.3, -0.1)))
    walking = simulate_pair(n_frames=21, n_spots1=200, walk=0.2, shared_fraction=0)
    steps = np.diff(walking.positions1, axis=0)
    assert steps.std() == pytest.approx(0.2, rel=0.03)
    assert abs(steps.mean()) < 0.01


def test_textures_drift():
    pair = simulate_pair(structure="textures", n_frames=3, drift=(0.25, -0.6), photons1=2000)
    first, _, last = (pair.channel1.read(t).astype(float) for t in range(3))
    shift, *_ = phase_cross_correlation(first, last, upsample_factor=20, normalization=None)
    np.testing.assert_allclose(-shift, (5, -12), atol=0.1)


def test_the_shared_count_may_change_from_frame_to_frame():
    pair = simulate_pair(n_frames=3, n_shared=(0, 40, 100), walk=0.1)
    together = np.isclose(pair.positions1, pair.positions2).all(axis=-1).sum(axis=1)
    assert together.tolist() == pair.truth["n_shared"] == [0, 40, 100]


def test_the_shared_fraction_may_change_from_frame_to_frame():
    wanted = [0.0, 0.9, 0.3]
    pair = simulate_pair(
        structure="textures", shape=(400, 400), grain=0.1, n_frames=3, shared_fraction=wanted,
        **NOISE_FREE,
    )  # fmt: skip
    for t, fraction in enumerate(wanted):
        both = [channel.read(t).ravel() for channel in (pair.channel1, pair.channel2)]
        assert np.corrcoef(both)[0, 1] == pytest.approx(fraction, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.0, 5.0, -7.5])
@pytest.mark.parametrize("n_cells", [0, 2])
def test_brightness_of_channel_2_follows_later(delay, n_cells):
    options = {"shape": (40, 60), "n_spots1": 20, "shared_fraction": 1.0, "n_cells": n_cells}
    options |= {"cell_radius": 1.2, "n_frames": 60, "time_step": 2.5, "flicker": 0.5}
    pair = simulate_pair(delay=delay, **options, **NOISE_FREE)
    inside = pair.labels == 1 if n_cells else np.ones(options["shape"], bool)
    traces = np.array(
        [channel.data[:, inside].mean(axis=1) for channel in (pair.channel1, pair.channel2)]
    )
    assert measure_delay(*traces, time_step=2.5).delay == pytest.approx(delay, abs=0.15)
    assert pair.truth["delay_s"] == delay
    light = traces - 105  # camera offset and background
    assert np.log(light).std(axis=1) == pytest.approx(0.5, abs=0.1)


@pytest.mark.slow
def test_cells_brighten_independently():
    options = {"shape": (40, 60), "n_cells": 2, "cell_radius": 1.2, "n_frames": 300}
    pair = simulate_pair(flicker=0.5, **options, **NOISE_FREE)
    one, two = (pair.channel1.data[:, pair.labels == cell].mean(axis=1) for cell in (1, 2))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.3
