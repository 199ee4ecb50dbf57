"""Images whose displacement is known exactly: sums of Gaussian spots, never resampled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter


def spots(shape, positions, heights, sigma):
    """Return the sum of Gaussian spots at positions between pixels."""
    parts = [
        np.exp(-((np.arange(n)[:, None] - positions[:, axis]) ** 2) / (2 * sigma**2))
        for axis, n in enumerate(shape)
    ]
    subscripts = ("ik,jk,k->ij", "hk,ik,jk,k->hij")[len(shape) - 2]
    return np.einsum(subscripts, *parts, heights, optimize=True)


@pytest.fixture
def rendered() -> Callable:
    """Make an image and the same one moved by an offset."""

    def make(shape, offset, *, seed=0, sigma=1.5, density=0.005):
        rng = np.random.default_rng(seed)
        count = max(40, int(density * np.prod(np.add(shape, 20))))
        positions = rng.uniform(-10, np.add(shape, 10), (count, len(shape)))
        heights = rng.lognormal(0, 0.5, count)
        return [spots(shape, positions + step, heights, sigma) for step in (0, np.array(offset))]

    return make


@pytest.fixture
def drawn() -> Callable:
    """Make an image and the same one moved by a matrix about the centre and an offset."""

    def make(shape, matrix, offset, *, seed=0, count=900, sigma=1.5):
        rng = np.random.default_rng(seed)
        center = (np.array(shape) - 1) / 2
        positions = rng.uniform(-30, np.add(shape, 30), (count, len(shape)))
        heights = rng.lognormal(0, 0.5, count)
        moved = (positions - center) @ np.transpose(matrix) + center + offset
        return [spots(shape, places, heights, sigma) for places in (positions, moved)]

    return make


@pytest.fixture
def blob() -> Callable:
    """Make an irregular mask that holds about half of the pixels."""

    def make(shape, seed=0, size=6):
        return gaussian_filter(np.random.default_rng(seed).normal(size=shape), size) > 0

    return make


@pytest.fixture
def clustered() -> Callable:
    """Make a pair of which channel 1 lies in clusters of 5, each particle with a partner."""

    def make(distance, *, seed=0, clusters=36, radius=6.0, sigma=1.5, side=256):
        rng = np.random.default_rng(seed)

        def away(lengths):
            angles = rng.uniform(0, 2 * np.pi, 5 * clusters)
            return (lengths * np.array([np.cos(angles), np.sin(angles)])).T

        centers = np.repeat(rng.uniform(0, side, (clusters, 2)), 5, axis=0)
        first = centers + away(radius * np.sqrt(rng.random(5 * clusters)))
        heights = np.full(len(first), 200.0)
        light = [
            spots((side, side), positions, heights, sigma)
            for positions in (first, first + away(distance))
        ]
        return [rng.poisson(10 + image) for image in light]

    return make
