"""Local correlation against the filters of scipy and against a loop over all windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
from scipy.ndimage import uniform_filter
from skimage.measure import pearson_corr_coeff

import covoxel
from benchmarks._harness import Comparison, Faster, Row, compare
from benchmarks._images import Pair, plane, stack

#: float32 against float64 of filters that run on from one end to the other.
_CLOSE = (0, 1e-4)
#: Pixels that the loop is timed on along each axis; its time is scaled to the whole image.
_CROP = 48


def by_filters(image1: Any, image2: Any, radius: int) -> Any:
    """Return r of the windows from five filtered images, and the pixels that windows have."""
    a, b = (image.astype(np.float64) - image.mean() for image in (image1, image2))
    width = 2 * radius + 1
    n = 1.0
    for size in a.shape:
        place = np.arange(size)
        inside = np.minimum(place + radius, size - 1) - np.maximum(place - radius, 0) + 1
        n = np.multiply.outer(n, inside / width)
    mean_a, mean_b, aa, bb, ab = (
        uniform_filter(values, width, mode="constant") / n for values in (a, b, a * a, b * b, a * b)
    )
    v1, v2, c = aa - mean_a * mean_a, bb - mean_b * mean_b, ab - mean_a * mean_b
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip(c / np.sqrt(v1 * v2), -1, 1).astype(np.float32)


def by_loop(image1: Any, image2: Any, radius: int) -> Any:
    """Return r of the windows by scikit-image, one after the other."""
    out = np.empty(image1.shape, np.float32)
    for y, x in np.ndindex(*image1.shape):
        box = (
            slice(max(0, y - radius), y + radius + 1),
            slice(max(0, x - radius), x + radius + 1),
        )
        out[y, x] = pearson_corr_coeff(image1[box], image2[box])[0]
    return out


def run() -> Iterator[Comparison]:
    flat = plane()
    deep = np.concatenate([stack().image1[:, :512, :512]] * 2)
    other = np.concatenate([stack().image2[:, :512, :512]] * 2)
    for name, images, goal, rounds in (
        ("2048 × 2048", (flat.image1, flat.image2), 15, 5),
        ("64 × 512 × 512", (deep, other), 9, 2),
    ):
        yield compare(
            f"local correlation, radius 7, {name}, for scipy's filters",
            partial(covoxel.local.local_correlation, *images, radius=7),
            partial(by_filters, *images, 7),
            goal=Faster(goal),
            rounds=rounds,
            within=_CLOSE,
        )
    yield _against_loop(flat.image1, flat.image2)
    wide = partial(covoxel.local.local_correlation, flat.image1, flat.image2)
    yield compare(
        "local correlation, 2048 × 2048, radius 7 for radius 50",
        partial(wide, radius=7),
        partial(wide, radius=50),
        goal=None,
        within=None,
    )


def _against_loop(image1: Any, image2: Any) -> Comparison:
    """Time the loop on a part of the image, and scale it by the pixels."""
    middle = tuple(slice((n - _CROP) // 2, (n + _CROP) // 2) for n in image1.shape)
    part = np.ascontiguousarray(image1[middle]), np.ascontiguousarray(image2[middle])
    once = compare(
        "",
        partial(covoxel.local.local_correlation, *part, radius=7),
        partial(by_loop, *part, 7),
        goal=None,
        rounds=1,
        within=(0, 1e-6),
    )
    ours = []
    for _ in range(5):
        start = perf_counter()
        covoxel.local.local_correlation(image1, image2, radius=7)
        ours.append(perf_counter() - start)
    whole = [once.peer[0] * image1.size / part[0].size] * len(ours)
    return Comparison(
        f"local correlation, radius 7, 2048 × 2048, for a loop scaled from {_CROP} × {_CROP}",
        ours,
        whole,
        Faster(10_000),
    )


def _ours(pair: Pair) -> Any:
    return covoxel.local.local_correlation(pair.image1, pair.image2, radius=7)


def _filters(pair: Pair) -> Any:
    return by_filters(pair.image1, pair.image2, 7)


def _single(pair: Pair) -> Pair:
    first, second = (image.astype(np.float32) for image in (pair.image1, pair.image2))
    return replace(pair, image1=first, image2=second)


ROWS = [
    Row("local correlation, radius 7 : scipy's filters", _ours, _filters, 9, _CLOSE, rounds=3),
    Row(
        "local correlation of float32, radius 7 : scipy's filters",
        *(_ours, _filters, 10, _CLOSE),
        prepare=_single,
        rounds=3,
    ),
]
