"""The joint histogram against numpy's unique of packed pairs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

import covoxel
from benchmarks._harness import Comparison, Faster, compare
from benchmarks._images import Pair, noise, plane, stack


def run() -> Iterator[Comparison]:
    for pair, goal, rounds in ((plane(), 2, 7), (stack(), 2, 5), (noise(), None, 5)):
        yield compare(
            f"joint histogram, {pair.name}",
            partial(_cells, pair),
            partial(_unique, pair),
            goal=goal and Faster(goal),
            rounds=rounds,
        )


def _cells(pair: Pair) -> int:
    return covoxel.intensity.joint_histogram(pair.image1, pair.image2).n_cells


def _unique(pair: Pair) -> int:
    first, second = pair.flat
    pairs, _counts = np.unique(first.astype(np.uint32) << 16 | second, return_counts=True)
    return pairs.size
