"""How often channels are called registrable: ``python -m benchmarks._registrable``.

300 unrelated pairs each of spots, textures and noise, and 300 of which 40 % of the spots are
shared, without a bound and with one of 16 px. A few minutes; an argument makes the number of pairs
that share smaller.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

import covoxel

PAIRS, SHAPE, BOUNDS = 300, (160, 160), (None, 16)


def simulated(seed: int, **options: Any) -> tuple[Any, Any]:
    pair = covoxel.simulate_pair(rng=seed, **options)
    return pair.channel1.read(), pair.channel2.read()


def noise(seed: int, grain: float = 0) -> Any:
    values = np.random.default_rng(seed).normal(size=(2, *SHAPE))
    return gaussian_filter(values, (0, grain, grain)) if grain else values


def few(seed: int) -> Any:
    """25 spots a channel, whose brightness spans orders of magnitude: chance has heavy tails."""
    rng, out = np.random.default_rng(seed), np.zeros((2, *SHAPE))
    for image in out:
        np.add.at(image, tuple(rng.integers(0, SHAPE[0], (2, 25))), rng.lognormal(0, 1, 25))
    return gaussian_filter(out, (0, 2, 2)) + 1e-3 * rng.normal(size=out.shape)


SCENES = {
    "unrelated spots": partial(simulated, shape=SHAPE, shared_fraction=0.0),
    "unrelated textures": partial(noise, grain=2),
    "unrelated noise": noise,
    "unrelated coarse textures": partial(noise, grain=5),
    "unrelated, 25 lognormal spots": few,
    "40 % of the spots shared": partial(simulated, shared_fraction=0.4),
}


def verdict(seed: int, name: str, bound: int | None) -> bool | None:
    return covoxel.registration.register(
        *SCENES[name](seed), max_shift=bound, workers=1
    ).registrable


def main(divisor: int, pool: ProcessPoolExecutor) -> None:
    count = max(1, PAIRS // divisor)
    for name in SCENES:
        for bound in BOUNDS:
            one = partial(verdict, name=name, bound=bound)
            found = Counter(pool.map(one, range(60_000, 60_000 + count), chunksize=10))
            print(
                f"{name}, max_shift {bound}: {found[True] / count:.1%} registrable, "
                f"{found[None] / count:.1%} unknown, of {count} pairs",
                flush=True,
            )


if __name__ == "__main__":
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1, workers)
