"""How far two sets of objects agree, pixel by pixel, as a segmentation is judged by another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from covoxel.core.types import FloatArray, IntArray
from covoxel.intensity.reading import share
from covoxel.objects.object_set import ObjectSet
from covoxel.objects.overlapping import OverlappingPairs


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far objects 2 agree with objects 1, as CellProfiler's MeasureObjectOverlap counts it."""

    #: Pixels of the pairs that belong together, as a share of all pixels that overlap, and of the
    #: pixels of objects 1; 0 to 1, NaN without any.
    precision: float
    recall: float
    #: Harmonic mean of both.
    f_factor: float
    #: Share of the pairs of pixels that are in one object (or outside) in both channels or in
    #: neither (Rand 1971, doi:10.1080/01621459.1971.10482356), and the same less what chance gives
    #: (Hubert & Arabie 1985, doi:10.1007/BF01908075).
    rand: float
    adjusted_rand: float


def agreement_of(objects1: ObjectSet, objects2: ObjectSet, pairs: OverlappingPairs) -> Agreement:
    """Return how far two sets of labels agree, from `overlapping_objects` of them.

    Each object 2 belongs to the object 1 with which it shares most; of several that belong to one,
    the one that shares most counts.
    """
    swapped = pairs.swapped()
    best = swapped.best(len(objects2), by="pixels")
    chosen = best[best >= 0]
    owner, pixels = swapped.second[chosen], swapped.pixels[chosen]
    most = np.zeros(len(objects1), np.int64)
    np.maximum.at(most, owner, pixels)
    true, shared = int(most.sum()), int(pairs.pixels.sum())
    false = shared - int(pixels.sum())
    wholes = np.array([true + false, objects1.pixels.sum()])
    precision, recall = share(np.full(2, true), wholes).tolist()
    f_factor = float(share(2 * precision * recall, precision + recall))
    return Agreement(precision, recall, f_factor, *_rand(objects1, objects2, pairs))


def _rand(objects1: ObjectSet, objects2: ObjectSet, pairs: OverlappingPairs) -> tuple[float, float]:
    n = int(np.prod(objects1.shape))
    sizes1, sizes2 = (np.append(n - one.pixels.sum(), one.pixels) for one in (objects1, objects2))
    alone1 = objects1.pixels - np.bincount(pairs.first, pairs.pixels, minlength=len(objects1))
    alone2 = objects2.pixels - np.bincount(pairs.second, pairs.pixels, minlength=len(objects2))
    outside = n - pairs.pixels.sum() - alone1.sum() - alone2.sum()
    cells = np.concatenate([pairs.pixels, alone1, alone2, [outside]])
    total, both = _couples(np.array([n]))[0], _couples(cells).sum()
    own, other = _couples(sizes1).sum(), _couples(sizes2).sum()
    if not total:
        return np.nan, np.nan
    expected = own * other / total
    most = (own + other) / 2
    adjusted = share(both - expected, most - expected)
    return float((total + 2 * both - own - other) / total), float(adjusted)


def _couples(sizes: IntArray | FloatArray) -> FloatArray:
    """Return how many pairs so many pixels make."""
    counts = np.asarray(sizes, np.float64)
    return counts * (counts - 1) / 2
