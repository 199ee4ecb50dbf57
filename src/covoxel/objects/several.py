"""Where objects of several channels overlap all together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from covoxel.core.checks import same_shape
from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.objects.object_set import ObjectSet


@dataclass(frozen=True, slots=True, eq=False)
class CommonOverlaps:
    """Where objects of all sets overlap.

    Attributes
    ----------
    labels : ndarray of int32
        A label for each combination of objects that share pixels, from 1; 0 elsewhere.
    members : (C, sets) ndarray of int
        Labels of the objects of each combination.
    pixels : (C,) ndarray of int
        Pixels that they share.
    """

    labels: AnyArray
    members: IntArray
    pixels: IntArray

    def fractions(self, objects: ObjectSet, which: int) -> FloatArray:
        """Return the shared pixels as a share of the member of set number `which`, from 0."""
        place = np.searchsorted(objects.ids, self.members[:, which])
        return np.asarray(self.pixels / objects.pixels[place])


def common_overlaps(*sets: ObjectSet) -> CommonOverlaps:
    """Find where objects of two, three or more sets overlap all together.

    Parameters
    ----------
    *sets : ObjectSet
        Made of labels, in frames of one shape.

    Returns
    -------
    CommonOverlaps

    Raises
    ------
    ValueError
        If there are fewer than two sets, their frames differ in shape, or one has points.

    Examples
    --------
    >>> from covoxel.objects import labelled_objects
    >>> rows = [[1, 1, 1, 0, 2]], [[0, 4, 4, 4, 4]], [[7, 7, 7, 7, 0]]
    >>> found = common_overlaps(*(labelled_objects(np.array(row)) for row in rows))
    >>> found.labels, found.members
    (array([[0, 1, 1, 0, 0]], dtype=int32), array([[1, 4, 7]]))
    """
    if len(sets) < 2:
        msg = f"{len(sets)} sets of objects are given; at least 2 are needed"
        raise ValueError(msg)
    for number, one in enumerate(sets, start=1):
        same_shape(f"set {number}", one.shape, "set 1", sets[0].shape)
        if one.index is None:
            msg = f"set {number} holds points, which have no pixels; give labels"
            raise ValueError(msg)
    indices = [one.index.ravel() for one in sets if one.index is not None]
    shared = np.flatnonzero(np.logical_and.reduce([index != 0 for index in indices]))
    at = first = pixels = np.zeros(shared.size, np.int64)
    for index, one in zip(indices, sets, strict=True):
        keys = at * (len(one) + 1) + index[shared]
        _, first, at, pixels = np.unique(
            keys, return_index=True, return_inverse=True, return_counts=True
        )
    labels = np.zeros(sets[0].shape, np.int32)
    labels.ravel()[shared] = at + 1
    chosen = shared[first]
    members = [one.ids[index[chosen] - 1] for index, one in zip(indices, sets, strict=True)]
    return CommonOverlaps(labels, np.column_stack(members), pixels)
