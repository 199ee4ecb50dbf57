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

#: Part of a window that must overlap with itself displaced, so that two such parts make a whole.
MIN_OVERLAP = 0.3
#: Distance of displacements from none, and the length over which they depend on each other, over
#: the radius of clusters.
_APART = 2.0
#: Tries to place a cluster; points that chance may put into the reach of one of it.
_TRIES, _CHAINED = 100, 0.5
#: Shifts that are tried for each pair that is asked for.
_TRIED = 40


def shift_pairs(
    site: Site,
    radius: float,
    n: int,
    rng: np.random.Generator,
    along: BoolArray | None = None,
) -> tuple[FloatArray, float] | None:
    """Return pairs of shifts of a window with clusters of a radius, and how many are independent.

    They are far enough from none; `along` are the axes along which there are any. The overlaps of
    both shifts of a pair are about the whole window together, so that rare events, such as
    clusters that meet, are as frequent as in it. Each shift is in one pair only, as long as there
    are enough: pairs that share one would count an extreme overlap twice. None where there are
    none.
    """
    window = site.window
    most = np.array(window.shape) * window.step * (1 - MIN_OVERLAP)
    if along is not None:
        most = np.where(along, most, 0)
    tried = rng.uniform(-1, 1, (_TRIED * n, window.ndim)) * most
    overlaps = window.covariance(most, coarse=True).at(tried) / window.volume
    fits = (np.sqrt((tried**2).sum(axis=1)) > _APART * radius) & (overlaps >= MIN_OVERLAP)
    fits &= overlaps <= 1 - MIN_OVERLAP
    found, overlaps = tried[fits], overlaps[fits]
    if len(found) < 2:
        return None
    first, others = found[::2], found[1::2]
    order = np.argsort(overlaps[1::2])
    wanted = np.searchsorted(overlaps[1::2][order], 1 - overlaps[::2])
    partner = order[np.minimum(wanted, len(others) - 1)]
    chosen = np.sort(np.unique(partner, return_index=True)[1])
    pairs = np.stack([first[chosen], others[partner[chosen]]], axis=1)
    lengths = 2 * most[most > 0] / (_APART * radius)
    independent = np.prod(np.maximum(lengths, 1)) * len(found) / len(tried)
    return np.resize(pairs, (n, 2, window.ndim)), float(min(independent, len(pairs)))


@dataclass(frozen=True, eq=False)
class Clusters:
    """The points of channel 2 of a site by clusters, which are moved as a whole."""

    #: Where they are.
    site: Site
    #: The cluster of each point, (N,).
    number: IntArray
    #: Mean position of each cluster, (K, D).
    centres: FloatArray
    #: Positions of points about the centre of their cluster, (N, D).
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
