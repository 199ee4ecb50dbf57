"""Moves of points as chance might place them: all of them as a whole, or each cluster."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from covoxel.core.types import BoolArray, FloatArray, IntArray
from covoxel.objects.sites import Site

#: Part of a window that must overlap with itself displaced.
MIN_OVERLAP = 0.3
#: Distance of displacements from none, and the length over which they depend on each other, over
#: the radius of clusters.
_APART = 2.0
#: Tries to place a cluster; points that chance may put into the reach of one of it.
_TRIES, _CHAINED = 100, 0.5
#: Shifts that are tried for each one that is asked for.
_TRIED = 40
#: Over the number of shifts, how many of similar overlap stand for each other, to either side.
_SIMILAR = 20


def shift_vectors(
    site: Site,
    radius: float,
    n: int,
    rng: np.random.Generator,
    along: BoolArray | None = None,
) -> tuple[FloatArray, float] | None:
    """Return shifts of a window with clusters of a radius, and how many could be independent.

    They are far enough from none, and enough of the window overlaps; `along` are the axes along
    which there are any. None where there are none.
    """
    window = site.window
    most = np.array(window.shape) * window.step * (1 - MIN_OVERLAP)
    if along is not None:
        most = np.where(along, most, 0)
    covariance = window.covariance(most, coarse=True)
    tried = rng.uniform(-1, 1, (_TRIED * n, window.ndim)) * most
    far = np.sqrt((tried**2).sum(axis=1)) > _APART * radius
    found = tried[far & (covariance.at(tried) >= MIN_OVERLAP * window.volume)]
    if not len(found):
        return None
    lengths = 2 * most[most > 0] / (_APART * radius)
    independent = np.prod(np.maximum(lengths, 1)) * len(found) / len(tried)
    return np.resize(found, (n, window.ndim)), float(independent)


def complements(overlaps: FloatArray, rng: np.random.Generator) -> IntArray:
    """Return for each shift another one, so that both overlap with about the whole window together.

    What is seldom, as clusters that meet, is then as frequent as in the whole window.
    """
    n, order = len(overlaps), np.argsort(overlaps)
    wanted = np.searchsorted(overlaps[order], 1 - overlaps)
    near = wanted + rng.integers(-(n // _SIMILAR), n // _SIMILAR + 1, n)
    return np.asarray(order[np.clip(near, 0, n - 1)], np.int64)


@dataclass(frozen=True, eq=False)
class Clusters:
    """The points of channel 2 of a site by clusters, which are moved as a whole.

    Attributes
    ----------
    site : Site
        Where they are.
    number : (N,) ndarray of int
        The cluster of each point.
    centres : (K, D) ndarray of float
        Mean position of each cluster.
    spread : (N, D) ndarray of float
        Positions of points about the centre of their cluster.
    """

    site: Site
    number: IntArray
    centres: FloatArray
    spread: FloatArray

    @classmethod
    def of(cls, site: Site, radius: float) -> Clusters:
        """Return clusters of points up to `radius` from each other.

        It is shortened where points that are placed at random would chain.
        """
        points, window = site.points2, site.window
        chained = float(window.radius(_CHAINED * window.volume / len(points)))
        pairs = KDTree(points).query_pairs(min(radius, chained), output_type="ndarray")
        links = coo_array((np.ones(len(pairs)), pairs.T), (len(points), len(points)))
        count, number = connected_components(links, directed=False)
        sizes = np.bincount(number, minlength=count)
        sums = [np.bincount(number, along, count) for along in points.T]
        centres = np.stack(sums, axis=1) / sizes[:, None]
        return cls(site, number.astype(np.int64), centres, points - centres[number])

    def __len__(self) -> int:
        return len(self.centres)

    def placed(self, rng: np.random.Generator) -> FloatArray:
        """Return the points after each cluster was turned in the plane and put anywhere.

        A cluster is put where all of its points are in the window, or else most of several tries.
        """
        found, most = self.spread + self.centres[self.number], np.full(len(self), -1)
        sizes = np.bincount(self.number, minlength=len(self))
        for _ in range(_TRIES):
            left = most < sizes
            if not left.any():
                break
            points = np.flatnonzero(left[self.number])
            number = self.number[points]
            moved = self._turned(points, rng) + self._places(rng)[number]
            inside = np.bincount(number, self.site.window.inside(moved), len(self))
            better = left & (inside > most)
            chosen = better[number]
            found[points[chosen]] = moved[chosen]
            most = np.where(better, inside, most)
        return found

    def _places(self, rng: np.random.Generator) -> FloatArray:
        if self.site.smoothing:
            return self.centres + rng.normal(0, self.site.smoothing, self.centres.shape)
        return self.site.window.uniform(len(self), rng)

    def _turned(self, points: IntArray, rng: np.random.Generator) -> FloatArray:
        """Return positions about centres, turned by an angle for each cluster about z."""
        turned = self.spread[points]
        if turned.shape[1] > 1:
            angles = rng.uniform(0, 2 * math.pi, len(self))[self.number[points]]
            plane = (turned[:, -2] + 1j * turned[:, -1]) * np.exp(1j * angles)
            turned[:, -2], turned[:, -1] = plane.real, plane.imag
        return turned
