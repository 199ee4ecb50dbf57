"""20 000 objects a channel: overlaps and distances, against a loop and a distance transform."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from scipy import ndimage
from scipy.spatial import KDTree
from skimage.measure import regionprops

from benchmarks._harness import Comparison, Faster, Within, compare
from covoxel.objects import (
    labelled_objects,
    match_objects,
    nearest_centres,
    nearest_edges,
    object_intensities,
    overlapping_objects,
)

_SIZE, _OBJECTS, _SMALL = 4096, 20_000, 290
_SPACING = (0.1, 0.1)


@cache
def labels() -> tuple[Any, Any]:
    """Return two images of disks of 3 to 8 pixels in radius, which may cover each other."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[-8:9, -8:9]
    images = np.zeros((2, _SIZE, _SIZE), np.int32)
    for image in images:
        for label in range(1, _OBJECTS + 1):
            top, left = rng.integers(0, _SIZE - 17, 2)
            disk = y * y + x * x <= rng.uniform(3, 8) ** 2
            image[top : top + 17, left : left + 17][disk] = label
    return images[0], images[1]


@cache
def _sets() -> tuple[Any, Any]:
    first, second = (labelled_objects(image, spacing=_SPACING) for image in labels())
    return first, second


def _all_but_edges() -> float:
    first, second = (labelled_objects(image, spacing=_SPACING) for image in labels())
    pairs = overlapping_objects(first, second)
    nearest_centres(first, second)
    match_objects(first, second, 0.5)
    return float(pairs.pixels.sum())


def _loop() -> float:
    """Return the shared pixels, one object after the other, with centres, boxes and neighbours."""
    first, second = labels()
    regions, others = regionprops(first), regionprops(second)
    shared = 0
    for one in regions:
        _, counts = np.unique(second[one.slice][one.image], return_counts=True)
        shared += int(counts.sum() - (second[one.slice][one.image] == 0).sum())
    centres, around = (np.array([one.centroid for one in each]) for each in (regions, others))
    KDTree(around).query(centres)
    KDTree(centres).query(around)
    return float(shared)


def _edges() -> float:
    return float(nearest_edges(*_sets())[0].distance.max())


def _transform() -> float:
    """Return the largest distance of an object by the distance to all pixels of channel 2."""
    first, second = labels()
    distance = ndimage.distance_transform_edt(second == 0, sampling=_SPACING)
    return float(np.asarray(distance).max() * (first > 0).any())


def run() -> Iterator[Comparison]:
    """Compare the parts, and a whole image of 100 objects."""
    yield compare(
        "overlaps, centres and matches of 2 × 20 000 objects, 4096² : loop over regionprops",
        _all_but_edges,
        _loop,
        goal=Faster(2),
        rounds=3,
    )
    yield compare(
        "nearest edges of the same, both ways : one distance transform",
        _edges,
        _transform,
        goal=Faster(1 / 0.6),
        rounds=3,
        within=None,
    )
    small = [image[:_SMALL, :_SMALL] for image in labels()]
    light = np.random.default_rng(1).random((_SMALL, _SMALL))

    def compared() -> float:
        first, second = (labelled_objects(image, spacing=_SPACING) for image in small)
        nearest_edges(first, second, overlapping_objects(first, second))
        match_objects(first, second, 0.5)
        for one in (first, second):
            object_intensities(one, light)
        return float(len(first))

    yield compare(
        "the same of 100 objects, with edges and intensities : counting them",
        compared,
        lambda: float(np.unique(small[0]).size - 1),
        goal=Within(0.01),
    )
