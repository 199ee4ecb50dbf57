"""Pairs of channels that the tests of the readings share."""

import numpy as np
import pytest


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    """Two related 8-bit channels with ties, zeros and a bright corner."""
    rng = np.random.default_rng(0)
    shared = rng.poisson(6, (3, 20, 25))
    first = shared + rng.poisson(3, shared.shape)
    second = shared + rng.poisson(5, shared.shape)
    first[:, :5, :6] += 20
    second[:, 2:9, :6] += 30
    first[first < 4] = 0
    second[second < 5] = 0
    return first.astype(np.uint8), second.astype(np.uint8)


@pytest.fixture
def labels() -> np.ndarray:
    """Sparse labels over the pair: a big region, small ones, a pixel, two pixels, outside."""
    found = np.zeros((3, 20, 25), np.int32)
    found[:, :12, :] = 7
    found[0, 13:16, 3:9] = 3
    found[1, 13:, 10:] = 90_000_000
    found[2, 19, 24] = 12
    found[2, 18, :2] = 500
    found[2, 16, 5] = -4
    return found
