"""One-to-one matches of the objects of two channels within a distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching
from scipy.spatial import KDTree

from covoxel.core.checks import in_range, same_shape
from covoxel.core.memory import refuse_beyond
from covoxel.core.types import FloatArray, IntArray
from covoxel.objects.distances import GroupIds, grouped_centres
from covoxel.objects.object_set import ObjectSet

#: Distances that are allowed, in µm or pixels.
LONGEST = 1e9
#: What is added to every distance, in units of the longest, since a weight of 0 means no edge; and
#: what an object without a partner costs, which may be at the longest distance itself.
_LEAST, _ALONE = 1e-6, 1 + 2e-6
#: Groups of more possible pairs are matched as sparse graphs.
_DENSE = 1 << 18
#: Bytes for each pair that may be matched, measured as the peak of the process.
_BYTES = 153


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Objects of two channels that belong together, each at most once.

    Attributes
    ----------
    first, second : (M,) ndarray of int
        Places of the objects in their sets, from 0; `first` ascends.
    distance : (M,) ndarray of float
        From centre to centre, in µm, or in pixels where the voxel size is unknown.
    """

    first: IntArray
    second: IntArray
    distance: FloatArray

    def __len__(self) -> int:
        return self.first.size


def match_objects(
    objects1: ObjectSet, objects2: ObjectSet, max_distance: float, groups: GroupIds = None
) -> Matches:
    """Match the objects of two channels one to one, by the distance of their centres.

    Of all assignments the one whose distances are smallest in sum, where each object 1 without a
    partner counts as `max_distance` (Chenouard et al. 2014, doi:10.1038/nmeth.2808). So close pairs
    are not given up for more matches, and no order of the objects matters.

    Parameters
    ----------
    objects1, objects2 : ObjectSet
        In frames of one shape. Distances are along all axes, in the voxel size of `objects1`.
    max_distance : float
        The longest distance of a match, included; in µm, or in pixels where the voxel size is
        unknown.
    groups : tuple of (N,) ndarray of int, optional
        As in `nearest_centres`.

    Returns
    -------
    Matches

    Raises
    ------
    ValueError
        If the frames differ in shape, or the distance is below 0 or not finite.
    MemoryError
        If more pairs lie within the distance than fit into memory.

    Examples
    --------
    >>> from covoxel.objects import point_objects
    >>> objects1 = point_objects([[0, 0], [0, 3]], (1, 20))
    >>> matches = match_objects(objects1, point_objects([[0, 2], [0, 9], [0, 4]], (1, 20)), 2)
    >>> matches.first, matches.second, matches.distance
    (array([0, 1]), array([0, 2]), array([2., 1.]))
    """
    same_shape("objects1", objects1.shape, "objects2", objects2.shape)
    in_range("max_distance", max_distance, 0, LONGEST)
    own, others = np.flatnonzero(objects1.inside), np.flatnonzero(objects2.inside)
    if not (own.size and others.size):
        return Matches(own[:0], others[:0], np.zeros(0))
    first, second = grouped_centres(objects1, objects2, groups, max_distance)
    one, other = KDTree(first[own]), KDTree(second[others])
    longest = math.nextafter(max_distance, math.inf)
    n = int(one.count_neighbors(other, longest))
    refuse_beyond(f"matching {n} pairs of objects", _BYTES * n, "choose a shorter distance")
    near = one.sparse_distance_matrix(other, longest, output_type="ndarray")
    near = near[near["v"] <= max_distance]
    rows, columns = _assigned(near["i"], near["j"], near["v"], max_distance, own.size, others.size)
    offsets = (objects1.centroids[own[rows]] - objects2.centroids[others[columns]]) * objects1.step
    return Matches(own[rows], others[columns], np.linalg.norm(offsets, axis=1))


def _assigned(
    rows: IntArray, columns: IntArray, distances: FloatArray, most: float, n1: int, n2: int
) -> tuple[IntArray, IntArray]:
    """Return rows and columns of the matches, found in each group of connected objects by itself.

    Rows ascend. `distances` are those of the pairs that may be matched.
    """
    weights = distances / (most or 1.0) + _LEAST
    graph = sparse.coo_array((weights, (rows, n1 + columns)), (n1 + n2, n1 + n2))
    group = connected_components(graph, directed=False)[1][rows]
    order = np.argsort(group, kind="stable")
    starts = np.append(np.flatnonzero(np.diff(group[order], prepend=-1)), order.size)
    found = []
    for start, stop in pairwise(starts.tolist()):
        pairs = order[start:stop]
        if pairs.size > 1:
            pairs = pairs[_best_pairs(rows[pairs], columns[pairs], weights[pairs])]
        found.append(pairs)
    kept = np.concatenate([order[:0], *found])
    kept = kept[np.argsort(rows[kept])]
    return rows[kept], columns[kept]


def _best_pairs(rows: IntArray, columns: IntArray, weights: FloatArray) -> IntArray:
    """Return which pairs of a group are matched."""
    (own, i), (other, j) = (np.unique(one, return_inverse=True) for one in (rows, columns))
    if own.size * other.size > _DENSE:
        places = np.append(i, np.arange(own.size)), np.append(j, other.size + np.arange(own.size))
        alone = np.append(weights, np.full(own.size, _ALONE))
        shape = own.size, other.size + own.size
        first, second = min_weight_full_bipartite_matching(sparse.csr_array((alone, places), shape))
    else:
        costs = np.full((own.size, other.size), _ALONE)
        costs[i, j] = weights
        first, second = linear_sum_assignment(costs)
    partner = np.full(own.size, -1)
    partner[first] = second
    return np.flatnonzero(partner[i] == j)
