"""Which objects of two channels overlap, by how much, and how far both agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from covoxel.core.checks import same_shape
from covoxel.core.types import FloatArray, IntArray
from covoxel.intensity.reading import share
from covoxel.objects.object_set import ObjectSet

#: What stands in place of a partner where there is none.
NONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class OverlappingPairs:
    """Pairs of objects that share pixels, in the order of the objects 1.

    Attributes
    ----------
    first, second : (P,) ndarray of int
        Places of the objects in their sets, from 0.
    pixels : (P,) ndarray of int
        Pixels that both share; 1 where one of them is a point.
    fraction1, fraction2 : (P,) ndarray of float
        The same as a share of object 1 and of object 2, in (0, 1]; NaN where the other is a point,
        1 for a point.
    jaccard : (P,) ndarray of float
        Shared pixels over those of either, in (0, 1] (Jaccard 1912,
        doi:10.1111/j.1469-8137.1912.tb05611.x); NaN for points.
    """

    first: IntArray
    second: IntArray
    pixels: IntArray
    fraction1: FloatArray
    fraction2: FloatArray
    jaccard: FloatArray

    def __len__(self) -> int:
        return self.first.size

    def swapped(self) -> OverlappingPairs:
        """Return the same pairs with the channels exchanged."""
        order = np.lexsort((self.first, self.second))
        return OverlappingPairs(
            *(self.second[order], self.first[order], self.pixels[order]),
            *(self.fraction2[order], self.fraction1[order], self.jaccard[order]),
        )

    def covered(self, n: int) -> FloatArray:
        """Return the share of each of the `n` objects 1 that lies in objects 2, from 0 to 1."""
        return np.asarray(np.bincount(self.first, self.fraction1, minlength=n), np.float64)

    def best(self, n: int, *, by: str = "jaccard") -> IntArray:
        """Return the pair of each of the `n` objects 1 that is largest `by` a column, else -1.

        Of equal pairs the one with the lowest label is taken.
        """
        values = getattr(self, by)
        order = np.lexsort((self.second, -values, self.first))
        chosen, at = np.unique(self.first[order], return_index=True)
        found = np.full(n, NONE, np.int64)
        found[chosen] = order[at]
        return found


def overlapping_objects(objects1: ObjectSet, objects2: ObjectSet) -> OverlappingPairs:
    """Find all pairs of objects of two channels that share pixels.

    A point overlaps the object whose pixel holds it; two points never overlap.

    Parameters
    ----------
    objects1, objects2 : ObjectSet
        In frames of one shape.

    Returns
    -------
    OverlappingPairs

    Raises
    ------
    ValueError
        If the frames differ in shape.

    Examples
    --------
    >>> from covoxel.objects import labelled_objects
    >>> objects1 = labelled_objects(np.array([[1, 1, 1, 0, 0, 2]]))
    >>> objects2 = labelled_objects(np.array([[0, 0, 7, 7, 0, 0]]))
    >>> pairs = overlapping_objects(objects1, objects2)
    >>> pairs.pixels, pairs.fraction2, pairs.jaccard
    (array([1]), array([0.5]), array([0.25]))
    >>> pairs.covered(len(objects1)).round(2)
    array([0.33, 0.  ])
    """
    same_shape("objects1", objects1.shape, "objects2", objects2.shape)
    n1, n2 = len(objects1), len(objects2)
    if objects1.index is None and objects2.index is None:
        return _pairs(np.zeros((0, 3), np.int64), objects1, objects2)
    if objects1.index is None or objects2.index is None:
        first, second = (_numbers(objects1, objects2), _numbers(objects2, objects1))
    else:
        index1, index2 = objects1.index.ravel(), objects2.index.ravel()
        shared = np.flatnonzero((index1 != 0) & (index2 != 0))
        first, second = index1[shared].astype(np.int32), index2[shared].astype(np.int32)
    counted = sparse.coo_array((np.ones(first.size, np.int64), (first - 1, second - 1)), (n1, n2))
    table = counted.tocsr()  # adds up what occurs more than once
    table.sort_indices()
    rows = np.repeat(np.arange(n1), np.diff(table.indptr))
    return _pairs(np.column_stack([rows, table.indices, table.data]), objects1, objects2)


def held_at(objects: ObjectSet, others: ObjectSet, *, truncate: bool = False) -> IntArray:
    """Return in which of `others` the centre of each object lies.

    Parameters
    ----------
    objects, others : ObjectSet
        In frames of one shape.
    truncate : bool
        By default a centre lies in the pixel that is nearest, in the even one of two
        (`numpy.rint`). With this it lies in the one before it along each axis, and not beyond the
        last pixel centre of the object, as in JACoP (doi:10.1111/j.1365-2818.2006.01706.x).

    Returns
    -------
    (N,) ndarray of int
        Place of the object in `others`, from 0; -1 for none. Points hold nothing.

    Examples
    --------
    >>> from covoxel.objects import labelled_objects, point_objects
    >>> others = labelled_objects(np.array([[0, 0, 5, 5]]))
    >>> held_at(point_objects([[0, 1.4], [0, 1.6]], (1, 4)), others)
    array([-1,  0])
    """
    found = np.full(len(objects), NONE, np.int64)
    if others.index is not None:
        inside = np.flatnonzero(objects.inside)
        centres = objects.centroids[inside]
        places = (np.floor if truncate else np.rint)(centres).astype(np.int64)
        held = others.index[tuple(places.T)].astype(np.int64) - 1
        if truncate:
            beyond = (
                centres > np.append(others.highest, [[0] * places.shape[1]], 0)[held] - 1
            ).any(1)
            held[beyond] = NONE
        found[inside] = held
    return found


def _numbers(objects: ObjectSet, others: ObjectSet) -> IntArray:
    """Return the numbers from 1 of objects and others that overlap, of which one are points."""
    if objects.extended:
        held = held_at(others, objects)
        return held[held >= 0] + 1
    return np.flatnonzero(held_at(objects, others) >= 0) + 1


def _pairs(table: IntArray, objects1: ObjectSet, objects2: ObjectSet) -> OverlappingPairs:
    first, second, pixels = np.asarray(table, np.int64).T
    own, other = objects1.pixels[first], objects2.pixels[second]
    undefined = np.full(len(first), np.nan)
    fraction1 = pixels / own if objects2.extended or not objects1.extended else undefined
    fraction2 = pixels / other if objects1.extended or not objects2.extended else undefined
    both = objects1.extended and objects2.extended
    jaccard = pixels / (own + other - pixels) if both else undefined
    return OverlappingPairs(first, second, pixels, fraction1, fraction2, jaccard)


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
