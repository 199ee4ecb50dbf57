"""A test of a correlation at 2048², against one real transform of the image."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import fft

from benchmarks._harness import Comparison, Faster, compare
from benchmarks._scenes import texture
from covoxel.significance import correlation_test

_SHAPE = (2048, 2048)


def run() -> Iterator[Comparison]:
    """Compare a test of two textures with a transform of one of them."""
    rng = np.random.default_rng(0)
    first, second = (texture(rng, _SHAPE, 2) for _ in range(2))
    yield compare(
        "correlation_test, 2048² : one real transform",
        lambda: correlation_test(first, second).p,
        lambda: float(fft.rfft2(first)[0, 0].real),
        goal=Faster(1 / 12),
        rounds=3,
        within=None,
    )
