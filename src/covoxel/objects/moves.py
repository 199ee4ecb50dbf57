"""Moves of points as chance might place them: all of them as a whole, or each cluster."""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from covoxel.core.types import FloatArray
from covoxel.objects.sites import Site

#: Part of a window that must overlap with itself displaced.
MIN_OVERLAP = 0.3
#: Distance of displacements from none, and the length over which they depend on each other, over
#: the radius of clusters.
_APART = 2.0
#: Tries to place a cluster; points that chance may put into the reach of one of it.
_TRIES, _CHAINED = 100, 0.5


def shift_vectors(
    site: Site, radius: float, n: int, rng: np.random.Generator
) -> tuple[FloatArray, float] | None:
    """Return shifts of a window with clusters of a radius, and how many could be independent.

    They are far enough from none, and enough of the window overlaps. None where there are none.
    """
    window = site.window
    sides = np.array(window.shape) * window.step
    covariance = window.covariance(sides * (1 - MIN_OVERLAP), coarse=True)
    tried = rng.uniform(-1, 1, (40 * n, window.ndim)) * sides * (1 - MIN_OVERLAP)
    far = np.sqrt((tried**2).sum(axis=1)) > _APART * radius
    fits = covariance.at(tried) >= MIN_OVERLAP * window.volume
    found = tried[far & fits]
    area = np.prod(2 * sides * (1 - MIN_OVERLAP)) * len(found) / len(tried)
    if not len(found):
        return None
    return np.resize(found, (n, window.ndim)), float(area / (_APART * radius) ** window.ndim)


def clusters_of(site: Site, radius: float) -> list[FloatArray]:
    """Return the points of each cluster of channel 2, those up to `radius` from each other.

    It is shortened where points that are placed at random would chain.
    """
    points, window = site.points2, site.window
    radius = min(radius, float(window.radius(_CHAINED * window.volume / len(points))))
    pairs = KDTree(points).sparse_distance_matrix(KDTree(points), radius, output_type="coo_matrix")
    pairs.data = pairs.data + 1.0  # points at the same place are one cluster as well
    count, place = connected_components(pairs, directed=False)
    return [points[place == one] for one in range(count)]


def moved_cluster(site: Site, cluster: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return a cluster turned in the plane and moved, with all of its points in the window."""
    centre = cluster.mean(axis=0)
    if site.smoothing:
        places = centre + rng.normal(0, site.smoothing, (_TRIES, len(centre)))
    else:
        places = site.window.uniform(_TRIES, rng)
    best, most = cluster, 0
    for place in places:
        moved: FloatArray = place + _turned(cluster - centre, rng)
        inside = int(np.count_nonzero(site.window.inside(moved)))
        if inside == len(moved):
            return moved
        if inside > most:
            best, most = moved, inside
    return best


def _turned(points: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return points turned by a random angle in the plane of the last two axes."""
    if points.shape[1] < 2 or len(points) < 2:
        return points
    angle = rng.uniform(0, 2 * math.pi)
    sine, cosine = math.sin(angle), math.cos(angle)
    turned = points.copy()
    turned[:, -2:] = points[:, -2:] @ np.array([[cosine, sine], [-sine, cosine]])
    return turned
