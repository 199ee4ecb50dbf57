"""Clustered particles, each with a partner."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest


@pytest.fixture
def clustered(spots) -> Callable:
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
