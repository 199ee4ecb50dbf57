"""Distances where something else correlates too: ``python -m benchmarks._distance_scenes``.

Channels that cluster by themselves and channels that bleed into each other, with partners 4 and 8
pixels apart: mean distance, share of intervals that hold the truth, and what is called associated
where nothing is. Arguments set the number of pairs of each scene, 200 by default, and the scenes,
by the beginning of their names.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import numpy as np

import covoxel
from covoxel.core.types import AnyArray, FloatArray
from covoxel.simulate.light import add_spots

_PLANE: dict[str, Any] = {"shape": (256, 256), "count": 180, "others": 60}
_SPACE: dict[str, Any] = {"shape": (32, 128, 128), "count": 360, "others": 90, "photons": 400.0}
_CLUSTERS: dict[str, Any] = {"in_cluster": 5, "others": 0}
#: Distance of partners, NaN where there are none, and how the pair is made.
SCENES: dict[str, tuple[float, dict[str, Any]]] = {
    f"{where}{name}": (distance, {**space, **more})
    for where, space in (("2-D, ", _PLANE), ("3-D, ", _SPACE))
    for name, distance, more in (
        ("4 px", 4.0, {}),
        ("8 px", 8.0, {}),
        ("clusters, 4 px", 4.0, _CLUSTERS),
        ("clusters, 8 px", 8.0, _CLUSTERS),
        ("10 % bleed-through, 4 px", 4.0, {"bleed": 0.1}),
        ("10 % bleed-through, 8 px", 8.0, {"bleed": 0.1}),
        ("unrelated", np.nan, {}),
        ("10 % bleed-through, unrelated", np.nan, {"bleed": 0.1}),
        ("20 % bleed-through, unrelated", np.nan, {"bleed": 0.2}),
    )
}


def scene(
    seed: int,
    distance: float,
    *,
    shape: tuple[int, ...],
    count: int,
    others: int,
    in_cluster: int = 1,
    radius: float = 6.0,
    sigma: float = 1.5,
    photons: float = 200.0,
    bleed: float = 0.0,
) -> list[AnyArray]:
    """Return both channels of one pair, lengths in pixels.

    Each of `count` particles of channel 1 has a partner in channel 2, at a distance in any
    direction; particles of channel 1 lie `in_cluster` together, within a radius. Where the distance
    is NaN, the particles of channel 2 lie anywhere.
    """
    rng = np.random.default_rng(seed)
    ndim = len(shape)

    def anywhere(number: int) -> FloatArray:
        return rng.random((number, ndim)) * shape

    def directions(number: int) -> FloatArray:
        found = rng.standard_normal((number, ndim))
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))

    first = np.repeat(anywhere(count // in_cluster), in_cluster, axis=0)
    if in_cluster > 1:
        away = radius * rng.random((len(first), 1)) ** (1 / ndim)
        first = first + away * directions(len(first))
    partners = first + distance * directions(len(first))
    second = anywhere(len(first)) if np.isnan(distance) else partners
    light = []
    for positions in (first, second):
        places = np.concatenate([positions, anywhere(others)])
        peaks = photons * np.exp(0.4 * rng.standard_normal(len(places)))
        image = np.zeros(shape)
        add_spots(image, places, peaks, np.full(ndim, sigma))
        light.append(image)
    light[1] = light[1] + bleed * light[0]
    return [100 + rng.poisson(5 + image) + rng.normal(0, 1.5, shape) for image in light]


def measured(seed: int, distance: float, options: dict[str, Any]) -> covoxel.distance.Association:
    return covoxel.distance.association_distance(*scene(seed, distance, **options), workers=1)


def summary(distance: float, found: Sequence[covoxel.distance.Association]) -> str:
    called = [each.associated is True for each in found]
    near = [any("bleed-through" in note for note in each.notes) for each in found]
    bleed = np.mean([each.bleed_1to2 for each in found])
    out = f"{np.mean(called):.1%} called associated, {np.mean(near):.1%} not distinguished, "
    if not np.isnan(distance):
        sure = [each for each, one in zip(found, called, strict=True) if one]
        lengths = np.array([each.distance for each in sure])
        held = [each.distance_low <= distance <= each.distance_high for each in sure]
        out += (
            f"{lengths.mean():.3f} px (standard error {lengths.std() / lengths.size**0.5:.3f}), "
            f"{np.mean(held):.1%} of the intervals hold the truth, "
        )
    return f"{out}bleed-through {bleed:.1%}"


def main(number: int, start: str, pool: ProcessPoolExecutor) -> None:
    for name, (distance, options) in SCENES.items():
        if not name.startswith(start):
            continue
        one = partial(measured, distance=distance, options=options)
        found = list(pool.map(one, range(60_000, 60_000 + number)))
        print(f"{name}, {number} pairs: {summary(distance, found)}", flush=True)


if __name__ == "__main__":
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        main(
            int(sys.argv[1]) if len(sys.argv) > 1 else 200,
            sys.argv[2] if len(sys.argv) > 2 else "",
            workers,
        )
