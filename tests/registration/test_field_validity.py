"""The median test: outliers go, strained and curved fields stay."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from covoxel.correlation.overlaps import Lags, MaskedBatch, Transform
from covoxel.registration.field.validity import (
    chance_level,
    like_chance,
    rivalled,
    second_peaks,
    unlike_neighbours,
)

GRID = (8, 9)


def strained(slope, curvature=0.0):
    y, x = np.indices(GRID).reshape(2, -1).astype(float)
    return np.stack([slope * x + curvature * y**2, -slope * y], axis=1)


@given(
    slope=st.floats(-1, 1), row=st.integers(0, 71), size=st.floats(1.5, 8), angle=st.floats(0, 6.28)
)
def test_the_outlier_alone_is_refused(slope, row, size, angle):
    field = strained(slope)
    spread = 1 + abs(slope) * 4
    field[row] += size * spread * np.array([np.cos(angle), np.sin(angle)])
    refused = unlike_neighbours(field, np.ones(72, bool), GRID)
    assert np.flatnonzero(refused).tolist() == [row]


@pytest.mark.parametrize("slope", [0, 0.3, 2.0])
@pytest.mark.parametrize("curvature", [0, 0.05, 0.15])
def test_strain_and_bending_are_no_outliers(slope, curvature):
    assert not unlike_neighbours(strained(slope, curvature), np.ones(72, bool), GRID).any()


def test_lone_tiles_are_not_refused():
    valid = np.ones(GRID, bool)
    valid[2:5, 2:5] = False
    valid[3, 3] = True
    assert not unlike_neighbours(strained(0.1), valid.ravel(), GRID).any()
    assert not unlike_neighbours(np.array([[50.0, 3.0]]), np.ones(1, bool), (1, 1)).any()


def test_tiles_of_which_most_neighbours_contradict_each_other_go_too():
    field = strained(0.1).reshape(*GRID, 2)
    field[1:6, 1:6] += np.random.default_rng(0).uniform(-20, 20, (5, 5, 2))
    field[3, 3] = strained(0.1).reshape(*GRID, 2)[3, 3]
    refused = unlike_neighbours(field.reshape(-1, 2), np.ones(72, bool), GRID).reshape(GRID)
    assert refused[3, 3]


def test_perfect_data_are_valid_however_coarse_they_are():
    assert like_chance(np.array([0.99, 0.5]), np.array([0.5, 0.2])).tolist() == [False, True]
    ratios = np.array([0.999 / 0.99, 0.9 / 0.8, 0.9 / 0.7])
    assert rivalled(np.array([0.999, 0.9, 0.9]), ratios).tolist() == [False, True, False]


def test_second_peak_and_border():
    r = np.full((2, 15, 15), 0.1)
    r[0, 7, 7], r[0, 7, 8], r[0, 2, 12] = 0.9, 0.85, 0.6
    r[1, 0, 4], r[1] = 0.8, np.minimum(r[1], 0)
    r[1, 0, 4] = 0.8
    second, border = second_peaks(r, np.array([[7, 7], [0, 4]]), np.isnan(r))
    assert second[0] == 0.6
    assert np.isnan(second[1])
    assert border.tolist() == [False, True]


def test_chance_level_is_the_spread_of_unrelated_correlations():
    rng = np.random.default_rng(0)
    smooth = np.array([0.25, 0.5, 1, 0.5, 0.25])

    def tiles(n):
        out = rng.normal(size=(n, 44, 44))
        for axis in (1, 2):
            out = np.apply_along_axis(np.convolve, axis, out, smooth, "same")
        out = out[:, 6:38, 6:38]
        out -= out.mean(axis=(1, 2), keepdims=True)
        return out / out.std(axis=(1, 2), keepdims=True)

    one, two = tiles(300), tiles(300)
    r = np.mean(one * two, axis=(1, 2))
    sides = MaskedBatch(one), MaskedBatch(two)
    grid = Transform.between(*sides, Lags.around((0, 0), (0, 0)), 1)
    chance = chance_level(*sides, grid, grid.spectra(*sides))
    assert np.sqrt(np.mean(chance**2)) == pytest.approx(r.std(), rel=0.15)
