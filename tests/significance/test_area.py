"""Sums over an area: windows of any width, with and without a mask."""

import numpy as np
import pytest
from scipy import ndimage

from covoxel.significance.area import Area, sums_around


@pytest.mark.parametrize("shape", [(9, 14), (5, 7, 6)])
@pytest.mark.parametrize("reach", [0, 1, 2, 5, 8, 20])
def test_sums_around_pixels_are_a_correlation(shape, reach):
    values = np.random.default_rng(1).random((2, *shape))
    weights = [np.random.default_rng(axis).random(reach + 1) for axis in range(len(shape))]
    expected = values
    for axis, along in enumerate(weights, 1):
        both = np.concatenate([along[:0:-1], along])
        expected = ndimage.correlate1d(expected, both, axis=axis, mode="constant")
    np.testing.assert_allclose(sums_around(values, weights), expected, rtol=1e-12)


def test_sums_of_large_images_are_those_of_their_parts():
    values = np.random.default_rng(2).random((1, 640, 500))
    weights = [np.array([1.0, 0.5, 0.25])] * 2
    parts = sums_around(values[:, :330], weights), sums_around(values[:, 310:], weights)
    whole = np.concatenate([parts[0][:, :320], parts[1][:, 10:]], axis=1)
    np.testing.assert_allclose(sums_around(values, weights), whole, rtol=1e-12)


def test_local_means_are_those_of_the_pixels_inside():
    rng = np.random.default_rng(3)
    mask = rng.random((30, 40)) > 0.3
    area, values = Area(mask, (1.0, 1.0)), rng.random((2, 30, 40)) * mask
    sums, held = (
        ndimage.gaussian_filter(each, (0, 3, 3)[-each.ndim :], mode="constant")
        for each in (values, mask.astype(float))
    )
    np.testing.assert_allclose(area.local_mean(values, 3), (sums / held)[:, mask])
    whole = Area(np.ones_like(mask), (1.0, 1.0)).local_mean(np.ones((1, 30, 40)), 3)
    np.testing.assert_allclose(whole, 1)
