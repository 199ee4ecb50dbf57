"""Costes' threshold at every level, against searches that mask the pixels at each level.

Each peer is written from its definition: a line by orthogonal regression, a level that moves,
and r of the pixels below either threshold at each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from scipy import stats

import covoxel
from benchmarks._harness import Comparison, Faster, compare
from benchmarks._images import Pair, noise, plane

Below = Callable[[float], float]


def run() -> Iterator[Comparison]:
    whole, part = plane(), plane().crop(512)
    yield compare(
        "Costes, every level, for a bisection (napari-colocalization), 2D",
        partial(_ours, whole),
        partial(_bisected, whole),
        goal=Faster(20),
        rounds=5,
        within=None,  # a bisection may end at another crossing
    )
    yield compare(
        "Costes, every level, for a narrowing window (CellProfiler faster), 2D",
        partial(_ours, whole),
        partial(_narrowed, whole),
        goal=Faster(100),
        rounds=2,
        within=None,
    )
    yield compare(
        f"Costes, every level, for steps of 1 (CellProfiler accurate), {part.name}",
        partial(_ours, part),
        partial(_stepped, part),
        goal=Faster(100),
        rounds=2,
        within=(0, 1),
    )
    worst = noise()
    yield compare(
        f"Costes, every level, for a bisection, {worst.name}",
        partial(_ours, worst),
        partial(_bisected, worst),
        goal=None,
        rounds=2,
        within=None,
    )


def _ours(pair: Pair) -> float:
    return covoxel.thresholds.costes_threshold(pair.image1, pair.image2).threshold1


def _bisected(pair: Pair) -> float:
    """Halve the step, upwards where r is negative, until it is 1/10 000 of the range."""
    below = _r_below(pair, _correlation)
    low, high = float(pair.image1.min()), float(pair.image1.max())
    level, step = (low + high) / 2, (high - low) / 2
    while step >= (high - low) * 1e-4:
        step /= 2
        level += step if below(level) < 0 else -step
    return level


def _correlation(x: Any, y: Any) -> float:
    return np.nan if x.std() == 0 or y.std() == 0 else np.corrcoef(x, y)[0, 1]


def _narrowed(pair: Pair) -> float:
    """Look a sixth below the top of a window, and move its top or its bottom there."""
    below = _r_below(pair, lambda x, y: stats.pearsonr(x, y).statistic)
    low, high, before = 1.0, 65535.0, 0.0
    while (level := low + (high - low) * (5 / 6 if high - low > 6 else 1 / 2) // 1) != before:
        if below(level) < 0:
            low = level - 1
        else:
            high = level + 1
        before = level
    return level


def _stepped(pair: Pair) -> float:
    """Step down from the top by one grey level until r is not positive."""
    below = _r_below(pair, lambda x, y: stats.pearsonr(x, y).statistic)
    level = float(pair.image1.max())
    while below(level) > 0:
        level -= 1
    return level


def _r_below(pair: Pair, correlation: Callable[..., float]) -> Below:
    """Return what gives r of the pixels below a level of channel 1 or its image on the line."""
    first, second = (image.astype(np.float64) for image in pair.flat)
    (v1, c), (_, v2) = np.cov(first, second)
    slope = (v2 - v1 + np.sqrt((v2 - v1) ** 2 + 4 * c**2)) / (2 * c)
    intercept = second.mean() - slope * first.mean()

    def below(level: float) -> float:
        inside = (first < level) | (second < slope * level + intercept)
        return correlation(first[inside], second[inside])

    return below
