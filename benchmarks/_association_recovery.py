"""How well association distances are recovered: ``python -m benchmarks._association_recovery``.

Pairs of 120 associated and 60 other particles a channel, 0.3 to 1.0 µm apart, with Poisson noise:
bias, share of intervals that hold the truth, and unassociated pairs called associated. About half
an hour; an argument makes the number of pairs that share smaller.
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

SPOTS = {"n_spots1": 180, "n_shared": 120}
SETS: dict[str, tuple[int, dict[str, Any]]] = {
    "2-D": (300, {"shape": (256, 256)}),
    "2-D, fine pixels": (100, {"shape": (512, 512), "spacing": 0.05, "psf1": 0.1}),
    "3-D": (50, {"shape": (101, 201, 201), "spacing": 0.06, "psf1": 0.1}),
    "3-D, long axial PSF": (
        50,
        {"shape": (41, 201, 201), "spacing": (0.15, 0.06, 0.06), "psf1": (0.25, 0.1, 0.1)},
    ),
}


def measured(seed: int, distance: float, **options: Any) -> covoxel.distance.Association:
    pair = covoxel.simulate_pair(rng=seed, association_distance=distance, **{**SPOTS, **options})
    return covoxel.distance.association_distance(pair.channel1, pair.channel2, workers=1)


def recovery(truths: Sequence[float], found: Sequence[covoxel.distance.Association]) -> str:
    called = [bool(each.associated) for each in found]
    pairs = list(zip(truths, found, strict=True))
    held = [each.distance_low <= truth <= each.distance_high for truth, each in pairs]
    error = np.array([100 * (each.distance - truth) / truth for truth, each in pairs])
    known = error[np.isfinite(error)]
    return (
        f"{np.mean(called):.1%} called associated, median error {np.median(known):+.2f} % "
        f"(standard error {1.25 * known.std() / known.size**0.5:.2f}), "
        f"{np.mean(held):.1%} of the intervals hold the truth"
    )


def main(divisor: int, pool: ProcessPoolExecutor) -> None:
    for name, (number, options) in SETS.items():
        number = max(1, number // divisor)
        one = partial(measured, **options)
        truths = np.random.default_rng(0).uniform(0.3, 1.0, number).tolist()
        found = list(pool.map(one, range(30_000, 30_000 + number), truths))
        print(f"{name}, {number} pairs: {recovery(truths, found)}", flush=True)
        none = pool.map(partial(one, distance=0.6, n_shared=0), range(40_000, 40_000 + number))
        called = np.mean([bool(each.associated) for each in none])
        print(f"  unassociated: {called:.1%} called associated", flush=True)
        tenth = range(50_000, 50_000 + max(1, number // 10))
        zero = [each.distance_low == 0 for each in pool.map(partial(one, distance=0.0), tenth)]
        print(f"  distance 0: {np.mean(zero):.1%} of the intervals hold 0", flush=True)


if __name__ == "__main__":
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1, workers)
