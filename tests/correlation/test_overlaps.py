"""Sums over pairs of pixels, against loops over displacements."""

import math
from itertools import product

import numpy as np
import pytest

from covoxel.correlation.overlaps import Lags, pair_sums, weighted_pair_sum


def _by_hand(first, second, lags):
    padded = np.pad(second, [(high, high) for high in lags.high])
    out = np.empty(lags.shape)
    for place in product(*map(range, lags.shape)):
        part = tuple(slice(i, i + n) for i, n in zip(place, first.shape, strict=True))
        out[place] = np.sum(first * padded[part])
    return out


@pytest.mark.parametrize(
    ("shape", "reach"), [((7, 9), (3, 4)), ((7, 8), (0, 7)), ((4, 5, 6), (3, 1, 2))]
)
def test_pairs_are_summed_at_each_displacement(shape, reach):
    first, second = np.random.default_rng(1).random((2, *shape))
    lags = Lags.around((0,) * len(shape), reach)
    both = np.stack([first, second])
    np.testing.assert_allclose(pair_sums(first, lags, second), _by_hand(first, second, lags))
    for alone, values in zip(pair_sums(both, lags), both, strict=True):
        np.testing.assert_allclose(alone, _by_hand(values, values, lags))
    weights = [1 / np.arange(1, limit + 2) for limit in reach]
    wide = math.prod(np.ix_(*(np.concatenate([one[:0:-1], one]) for one in weights)))
    expected = np.sum(wide * _by_hand(first, first, lags))
    assert weighted_pair_sum(first, weights) == pytest.approx(expected)


def test_large_images_are_padded_axis_by_axis_or_at_once():
    image = np.random.default_rng(2).random((300, 310))
    near, far = (Lags.around((0, 0), (reach, reach)) for reach in (10, 250))
    middle = tuple(slice(240, 261) for _ in "yx")
    np.testing.assert_allclose(pair_sums(image, far)[middle], pair_sums(image, near))
