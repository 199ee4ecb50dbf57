"""Scenes of points with a known relation: unrelated ones, and coupled ones with a known share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from covoxel.core.types import BoolArray, FloatArray, IntArray

Rng = np.random.Generator
Scene = tuple[FloatArray, FloatArray, dict[str, Any]]
FRAME = (512, 512)
#: Distance of coupling and the standard deviation of partners, in pixels; shares.
REACH, _APART = 5.0, 1.5
SHARES = (0.0, 0.2, 0.5, 0.8)
_STEP = (0.3, 0.1, 0.1)


def scattered(rng: Rng, n: int, shape: tuple[int, ...] = FRAME) -> FloatArray:
    return rng.uniform(-0.5, np.array(shape) - 0.5, (n, len(shape)))


def clustered(
    rng: Rng, clusters: int, each: int, sigma: Any, shape: tuple[int, ...] = FRAME
) -> FloatArray:
    centres = np.repeat(scattered(rng, clusters, shape), each, axis=0)
    return centres + rng.normal(0, sigma, centres.shape)


def ellipse(rng: Rng, side: int = 128) -> BoolArray:
    """Return a cell of random form."""
    y, x = np.mgrid[:side, :side] - side / 2
    angle, long, short = rng.uniform(0, np.pi), rng.uniform(0.38, 0.46), rng.uniform(0.25, 0.35)
    along, across = y * np.cos(angle) + x * np.sin(angle), x * np.cos(angle) - y * np.sin(angle)
    return (along / (long * side)) ** 2 + (across / (short * side)) ** 2 < 1


def within(rng: Rng, mask: BoolArray, n: int) -> FloatArray:
    pixels = np.argwhere(mask)
    return pixels[rng.integers(len(pixels), size=n)] + rng.random((n, mask.ndim)) - 0.5


def clustered_within(rng: Rng, mask: BoolArray, clusters: int, each: int, s: float) -> FloatArray:
    """Return clusters whose centres are in a cell, without the points outside."""
    centres = np.repeat(within(rng, mask, clusters), each, axis=0)
    points = centres + rng.normal(0, s, centres.shape)
    pixels = np.clip(np.rint(points).astype(int), 0, np.array(mask.shape) - 1)
    return points[mask[tuple(pixels.T)]]


def cells(rng: Rng) -> tuple[IntArray, FloatArray]:
    """Return twelve cells, and how much both channels are expressed in each."""
    labels = np.zeros((384, 512), int)
    for index in range(12):
        row, column = divmod(index, 4)
        box = labels[128 * row : 128 * (row + 1), 128 * column : 128 * (column + 1)]
        box[ellipse(rng)] = index + 1
    return labels, rng.lognormal(0, 0.7, 12)


def in_cells(rng: Rng) -> Scene:
    labels, level = cells(rng)
    points = [
        np.concatenate(
            [within(rng, labels == i + 1, rng.poisson(12 * f)) for i, f in enumerate(level)]
        )
        for _ in "12"
    ]
    return *points, {"labels": labels}


def clusters_in_cells(rng: Rng) -> Scene:
    labels, level = cells(rng)
    points = [
        np.concatenate(
            [
                clustered_within(rng, labels == i + 1, rng.poisson(4 * f), 4, 3)
                for i, f in enumerate(level)
            ]
        )
        for _ in "12"
    ]
    return *points, {"labels": labels}


def gradient(rng: Rng) -> Scene:
    """Return objects of both channels that are denser on the same side."""
    sides = []
    for _ in "12":
        tried = scattered(rng, 600)
        sides.append(tried[rng.random(600) < tried[:, 1] / FRAME[1]][:150])
    return *sides, {"shape": FRAME, "smoothing": 40.0}


def doublets(rng: Rng) -> FloatArray:
    """Return objects of which a third have a neighbour."""
    points = scattered(rng, 75)
    return np.concatenate([points, points[:25] + rng.normal(0, 4, (25, 2))])


def in_frame(one: Callable[[Rng], FloatArray], two: Callable[[Rng], FloatArray]) -> Any:
    return lambda rng: (one(rng), two(rng), {"shape": FRAME})


def in_cell(make: Callable[[Rng, BoolArray], FloatArray]) -> Callable[[Rng], Scene]:
    def scene(rng: Rng) -> Scene:
        mask = ellipse(rng)
        return make(rng, mask), make(rng, mask), {"mask": mask}

    return scene


def in_stack(make: Callable[[Rng, tuple[int, ...]], FloatArray]) -> Callable[[Rng], Scene]:
    shape = (16, 128, 128)

    def scene(rng: Rng) -> Scene:
        options = {"shape": shape, "spacing": _STEP}
        return make(rng, shape) * _STEP, make(rng, shape) * _STEP, options

    return scene


def _uniform(rng: Rng) -> FloatArray:
    return scattered(rng, 100)


def _tight(rng: Rng) -> FloatArray:
    return clustered(rng, 20, 5, 6)


UNRELATED: dict[str, Callable[[Rng], Scene]] = {
    "uniform, 100": in_frame(_uniform, _uniform),
    "uniform, 100, in whole pixels": in_frame(*[lambda rng: np.rint(scattered(rng, 100))] * 2),
    "uniform, 800": in_frame(*[lambda rng: scattered(rng, 800)] * 2),
    "20 clusters of 5, σ 6 px": in_frame(_tight, _tight),
    "20 clusters of 5, σ 20 px": in_frame(*[lambda rng: clustered(rng, 20, 5, 20)] * 2),
    "8 clusters of 12, σ 15 px": in_frame(*[lambda rng: clustered(rng, 8, 12, 15)] * 2),
    "channel 1 uniform, 2 clusters": in_frame(_uniform, _tight),
    "channel 1 clusters, 2 uniform": in_frame(_tight, _uniform),
    "a third in doublets": in_frame(doublets, doublets),
    "30 in a cell": in_cell(lambda rng, mask: within(rng, mask, 30)),
    "8 clusters of 5 in a cell": in_cell(lambda rng, mask: clustered_within(rng, mask, 8, 5, 3)),
    "in cells of varying expression": in_cells,
    "clusters in cells of varying expression": clusters_in_cells,
    "shared gradient, smoothing 40 px": gradient,
    "3-D, 60": in_stack(lambda rng, shape: scattered(rng, 60, shape)),
    "3-D, 15 clusters of 4": in_stack(
        lambda rng, shape: clustered(rng, 15, 4, (1.0, 3.0, 3.0), shape)
    ),
}


def coupled(rng: Rng, points1: FloatArray, others: FloatArray, share: float) -> FloatArray:
    """Return `others`, a share of which are moved to partners in channel 1."""
    k = round(share * len(others))
    chosen, partners = rng.permutation(len(others))[:k], rng.permutation(len(points1))[:k]
    found = others.copy()
    found[chosen] = points1[partners] + rng.normal(0, _APART, (k, 2))
    return found


def related(one: Callable[[Rng], FloatArray], two: Callable[[Rng], FloatArray]) -> Any:
    def scene(rng: Rng, share: float) -> Scene:
        points1 = one(rng)
        return points1, coupled(rng, points1, two(rng), share), {"shape": FRAME}

    return scene


def coupled_in_cell(rng: Rng, share: float) -> Scene:
    mask = ellipse(rng)
    points1 = within(rng, mask, 40)
    return points1, coupled(rng, points1, within(rng, mask, 40), share), {"mask": mask}


COUPLED: dict[str, Callable[[Rng, float], Scene]] = {
    "uniform, 100": related(_uniform, _uniform),
    "uniform, 800": related(*[lambda rng: scattered(rng, 800)] * 2),
    "20 clusters of 5": related(_tight, _tight),
    "40 in a cell": coupled_in_cell,
}
