"""The nearest object of the other channel, from centre to centre and from edge to edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from covoxel.core.checks import same_shape
from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.objects.object_set import ObjectSet
from covoxel.objects.overlapping import NONE, OverlappingPairs, overlapping_objects

#: The group of each object of both channels, None where there are none.
GroupIds = tuple[IntArray, IntArray] | None


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """For each object the nearest one of the other channel.

    Attributes
    ----------
    distance : (N,) ndarray of float
        In µm, or in pixels where the voxel size is unknown; NaN where there is none.
    partner : (N,) ndarray of int
        Place of the nearest object in its set, from 0; -1 where there is none.
    """

    distance: FloatArray
    partner: IntArray


def nearest_centres(
    objects1: ObjectSet, objects2: ObjectSet, groups: GroupIds = None
) -> tuple[Nearest, Nearest]:
    """Find for each object the one of the other channel whose centre is nearest.

    Parameters
    ----------
    objects1, objects2 : ObjectSet
        In frames of one shape. Distances are along all axes, in the voxel size of `objects1`.
    groups : tuple of (N,) ndarray of int, optional
        The group of each object of both channels, such as its cell (`parent_cells`): partners are
        of the same group.

    Returns
    -------
    tuple of Nearest
        Of the objects 1, and of the objects 2.

    Raises
    ------
    ValueError
        If the frames differ in shape.

    Examples
    --------
    >>> from covoxel.objects import point_objects
    >>> planes = {"shape": (9, 9, 9), "spacing": (0.5, 0.1, 0.1)}
    >>> objects1 = point_objects([[4, 4, 4]], **planes)
    >>> found, _ = nearest_centres(objects1, point_objects([[5, 4, 4], [4, 4, 8]], **planes))
    >>> found.distance, found.partner
    (array([0.4]), array([1]))
    """
    same_shape("objects1", objects1.shape, "objects2", objects2.shape)
    diagonal = float(np.linalg.norm(objects1.shape * objects1.step))
    first, second = grouped_centres(objects1, objects2, groups, diagonal)
    return _nearest(first, second, diagonal), _nearest(second, first, diagonal)


def grouped_centres(
    objects1: ObjectSet, objects2: ObjectSet, groups: GroupIds, reach: float
) -> tuple[FloatArray, FloatArray]:
    """Return the centres of both channels; those of other groups are farther apart than `reach`.

    They have a coordinate more where there are groups. Objects that are not inside are NaN.
    """
    found = []
    for number, objects in enumerate((objects1, objects2)):
        inside = objects.inside[:, None]
        centres = np.where(inside, objects.centroids * objects1.step, np.nan)
        if groups is not None:
            centres = np.column_stack([centres, groups[number] * (1 + 2 * reach)])
        found.append(centres)
    return found[0], found[1]


def _nearest(centres: FloatArray, others: FloatArray, diagonal: float) -> Nearest:
    distance, partner = np.full(len(centres), np.nan), np.full(len(centres), NONE, np.int64)
    own, known = (np.flatnonzero(np.isfinite(one).all(axis=1)) for one in (centres, others))
    if own.size and known.size:
        tree = KDTree(others[known])
        found, at = map(np.asarray, tree.query(centres[own], distance_upper_bound=1 + diagonal))
        held = at < known.size
        distance[own[held]], partner[own[held]] = found[held], known[at[held]]
    return Nearest(distance, partner)


def nearest_edges(
    objects1: ObjectSet,
    objects2: ObjectSet,
    pairs: OverlappingPairs | None = None,
    groups: GroupIds = None,
) -> tuple[Nearest, Nearest]:
    """Find for each object the one of the other channel whose edge is nearest.

    Pixels are boxes: the distance is that of the nearest two points of both objects. It is 0 where
    they overlap or touch, be it with a corner; with one pixel between them it is one pixel. A point
    has no extent.

    Parameters
    ----------
    objects1, objects2 : ObjectSet
        In frames of one shape. Distances are along all axes, in the voxel size of `objects1`.
    pairs : OverlappingPairs, optional
        What `overlapping_objects` gives, if it is known.
    groups : tuple of (N,) ndarray of int, optional
        As in `nearest_centres`.

    Returns
    -------
    tuple of Nearest
        Of the objects 1, and of the objects 2. The partner of an object that overlaps others is
        that with which it shares most, of whichever group.

    Raises
    ------
    ValueError
        If the frames differ in shape.

    Examples
    --------
    >>> from covoxel.objects import labelled_objects
    >>> objects1 = labelled_objects(np.array([[1, 1, 0, 0, 0, 2]]), spacing=(0.2, 0.2))
    >>> objects2 = labelled_objects(np.array([[0, 0, 0, 1, 1, 0]]), spacing=(0.2, 0.2))
    >>> nearest_edges(objects1, objects2)[0].distance
    array([0.2, 0. ])
    """
    centres = nearest_centres(objects1, objects2, groups)
    pairs = overlapping_objects(objects1, objects2) if pairs is None else pairs
    axes = _longest_first(objects1)
    reach = np.full(3, 0.5 * (objects1.extended + objects2.extended))
    step = np.append(np.ones(3 - objects1.step.size), objects1.step)[axes]
    edges = _edges(objects1, axes), _edges(objects2, axes)
    group1, group2 = groups or (np.zeros(len(one), np.int64) for one in (objects1, objects2))
    return (
        _nearest_edge(*edges, group1, group2, pairs, centres[0], reach, step),
        _nearest_edge(*edges[::-1], group2, group1, pairs.swapped(), centres[1], reach, step),
    )


def _nearest_edge(
    edges1: _Edges,
    edges2: _Edges,
    group1: IntArray,
    group2: IntArray,
    pairs: OverlappingPairs,
    guess: Nearest,
    reach: FloatArray,
    step: FloatArray,
) -> Nearest:
    from covoxel.objects.kernels import nearest_gaps  # takes a while to load

    best = pairs.best(len(guess.partner), by="pixels")
    overlapping = best >= 0
    gaps, partner = np.where(overlapping, 0.0, np.nan), guess.partner.copy()
    partner[overlapping] = pairs.second[best[overlapping]]
    others = np.flatnonzero(np.diff(edges2.starts))
    order = others[np.argsort(edges2.lowest[others, 0], kind="stable")]
    farthest = np.maximum.accumulate(edges2.highest[order, 0])
    places = *edges1.arrays(), group1, *edges2.arrays(), group2
    nearest_gaps(*places, order, farthest, reach, step, partner, gaps)
    return Nearest(np.sqrt(gaps), partner)


def _longest_first(objects: ObjectSet) -> list[int]:
    """Return the axes of a solid frame, the longest one first."""
    lengths = np.zeros(3)
    lengths[3 - len(objects.shape) :] = objects.shape * objects.step
    longest = int(np.argmax(lengths))
    return [longest, *(axis for axis in range(3) if axis != longest)]


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Pixels at the borders of objects, in pixels, ascending along the first axis, and their boxes.

    Those of object i are from ``starts[i]`` to ``starts[i + 1]``.
    """

    starts: IntArray
    places: FloatArray
    lowest: FloatArray
    highest: FloatArray

    def arrays(self) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
        """Return the arrays as the kernel takes them."""
        return self.starts, self.places, self.lowest, self.highest


def _edges(objects: ObjectSet, axes: list[int]) -> _Edges:
    n, lead = len(objects), 3 - len(objects.shape)
    lowest, highest = np.zeros((n, 3)), np.zeros((n, 3))
    if objects.index is None:
        lowest[:, lead:] = highest[:, lead:] = objects.centroids
        owner = np.flatnonzero(objects.inside)
        places = lowest[owner][:, axes]
    else:
        owner, places = _border(objects.index.reshape((1,) * lead + objects.shape), objects, axes)
        lowest[:, lead:], highest[:, lead:] = objects.lowest, objects.highest - 1
    starts = np.append(0, np.cumsum(np.bincount(owner, minlength=n)))
    solid = (np.ascontiguousarray(one) for one in (places, lowest[:, axes], highest[:, axes]))
    return _Edges(starts, *solid)


def _border(index: AnyArray, objects: ObjectSet, axes: list[int]) -> tuple[IntArray, FloatArray]:
    """Return owner and place of the pixels at borders, by owner and along the first of `axes`."""
    from covoxel.objects.kernels import border_pixels  # takes a while to load

    most = int(objects.pixels.sum())  # what is not written to takes no memory
    owner, position = np.empty(most, np.int64), np.empty(most, np.int64)
    found = border_pixels(index, owner, position)
    owner, position = owner[:found], position[:found]
    places = np.column_stack(np.unravel_index(position, index.shape)).astype(np.float64)[:, axes]
    order = np.lexsort((places[:, 0], owner))
    return owner[order], places[order]
