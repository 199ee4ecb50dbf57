"""Images whose displacement is known exactly: sums of Gaussian spots, never resampled."""

from collections.abc import Callable

import numpy as np
import pytest


@pytest.fixture(scope="session")
def plane_matrix() -> Callable:
    """Make the matrix that rotates the planes from y to x by degrees, and magnifies them."""

    def make(ndim, degrees, factor):
        out, angle = np.eye(ndim), np.radians(degrees)
        turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        out[-2:, -2:] = factor * np.array(turn)
        return out

    return make


@pytest.fixture
def rendered(spots) -> Callable:
    """Make an image and the same one moved by an offset."""

    def make(shape, offset, *, seed=0, sigma=1.5, density=0.005):
        rng = np.random.default_rng(seed)
        count = max(40, int(density * np.prod(np.add(shape, 20))))
        positions = rng.uniform(-10, np.add(shape, 10), (count, len(shape)))
        heights = rng.lognormal(0, 0.5, count)
        return [spots(shape, positions + step, heights, sigma) for step in (0, np.array(offset))]

    return make


@pytest.fixture(scope="session")
def drawn(spots) -> Callable:
    """Make an image and the same one moved by a matrix about the centre and an offset."""

    def make(shape, matrix, offset, *, seed=0, count=900, sigma=1.5):
        rng = np.random.default_rng(seed)
        center = (np.array(shape) - 1) / 2
        positions = rng.uniform(-30, np.add(shape, 30), (count, len(shape)))
        heights = rng.lognormal(0, 0.5, count)
        moved = (positions - center) @ np.transpose(matrix) + center + offset
        return [spots(shape, places, heights, sigma) for places in (positions, moved)]

    return make
