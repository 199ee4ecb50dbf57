"""How often intervals of colocalized fractions hold the truth.

``python -m benchmarks._colocalized_fractions [pairs]``: 200 pairs of images a scene with a fixed
seed, or as many as are named; some minutes.
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

PAIRS, SEED = 200, 70_000
SHARES = ("iccs1", "iccs2", "ppi1", "ppi2")
SCENES: dict[str, dict[str, Any]] = {
    "100 spots, half shared": {},
    "200 and 100 spots, 50 shared": {"n_spots1": 200, "n_spots2": 100, "n_shared": 50},
    "600 and 300 spots, 150 shared": {"n_spots1": 600, "n_spots2": 300, "n_shared": 150},
    "none shared": {"n_shared": 0},
    "all shared": {"shared_fraction": 1.0},
    "20 spots, half shared": {"n_spots1": 20},
    "dim: 15 photons at the peak": {"photons1": 15},
    "PSFs of 0.10 and 0.14 µm": {"psf1": 0.1, "psf2": 0.14},
    "in cells with haze": {"n_cells": 3, "n_spots1": 150},
    "very uneven brightness": {"brightness_spread": 1.0},
}


def measured(seed: int, options: dict[str, Any]) -> tuple[Any, list[float]]:
    pair = covoxel.simulate_pair(rng=seed, **options)
    found = covoxel.distance.colocalized_fractions(
        pair.channel1, pair.channel2, mask=pair.mask, workers=1
    )
    truth = [pair.truth["n_shared"][0] / pair.truth[f"n_spots{name[-1]}"] for name in SHARES]
    return found, truth


def coverage(found: Sequence[tuple[Any, list[float]]]) -> str:
    parts = []
    for k, name in enumerate(SHARES):
        values, low, high = (
            np.array([getattr(one, name + end) for one, _ in found])
            for end in ("", "_low", "_high")
        )
        truth = found[0][1][k]
        given = np.isfinite(low)
        held = ((low <= truth) & (truth <= high))[given]
        parts.append(f"{name} {truth:.2f}: mean {np.nanmean(values):.3f}, held {held.mean():.1%}")
    few = np.mean([any("few" in text for _, text in one.notes) for one, _ in found])
    none = np.mean([np.isnan(one.iccs1_low) for one, _ in found])
    return f"{'; '.join(parts)}; flagged {few:.0%}, none given {none:.0%}"


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name, options in SCENES.items():
            seeds = range(SEED, SEED + pairs)
            found = list(pool.map(partial(measured, options=options), seeds, chunksize=10))
            print(f"{name}: {coverage(found)}", flush=True)
