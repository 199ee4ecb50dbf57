"""Tests of one large pair against a real transform of it, and of many cells against a loop."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import fft

import covoxel
from benchmarks._harness import Comparison, Faster, compare, loop
from benchmarks._images import tiles
from benchmarks._scenes import texture
from covoxel.significance import correlation_test

_SHAPE, _FRAME = (2048, 2048), (512, 512)


def run() -> Iterator[Comparison]:
    """Compare a test of two textures with a transform, and tests of cells with a loop."""
    rng = np.random.default_rng(0)
    first, second = (texture(rng, _SHAPE, 2) for _ in range(2))
    yield compare(
        "correlation_test, 2048² : one real transform",
        lambda: correlation_test(first, second).p,
        lambda: float(fft.rfft2(first)[0, 0].real),
        goal=Faster(1 / 12),
        rounds=5,
        within=None,
    )
    images = [200 + 20 * texture(rng, _FRAME, 2) for _ in range(2)]
    y, x = np.ogrid[: _FRAME[0], : _FRAME[1]]
    cells = np.where(np.hypot(y % 73 - 36, x % 64 - 32) < 26, tiles(_FRAME, 73, 64), 0)
    yield compare(
        "significance of 56 cells, 512² : loop of 10⁶ steps",
        lambda: covoxel.measure(*images, labels=cells, measures=("significance",)),
        loop,
        goal=Faster(1 / 17),
        rounds=5,
        within=None,
    )
