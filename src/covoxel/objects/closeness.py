"""Closeness: nearest distances against those of every place of a window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import KDTree

from covoxel.core.types import FloatArray
from covoxel.objects.sites import Site

#: Places whose distances stand for those of the whole window: for each point, at least in all
#: windows and in one, at most.
_FOR_EACH, _LEAST, _LEAST_OF_ONE, _MOST = 20, 20_000, 4000, 400_000
#: Places that must be as near before shorter distances are told apart.
_FEWEST_NEAR = 10
#: Steps of probability that show a distribution.
_STEPS = 256


@dataclass(frozen=True, eq=False)
class Closeness:
    """How near a place is to the points of channel 1, as a rank among all places of a window.

    The score of a distance is the negative logarithm of the share of places that are as near. It
    has a mean of 1 over the window. Distances below half a pixel are taken as equal.
    """

    #: The points of channel 1.
    tree: KDTree
    #: Places all over the window, by the density of channel 2, (M, D).
    places: FloatArray
    #: Their distances from the nearest point, (M,).
    distances: FloatArray
    #: The same, ascending, (M,).
    ascending: FloatArray
    #: Share of the places whose distances are taken as equal, being shorter than a pixel.
    floor: float

    @classmethod
    def of(cls, site: Site, rng: np.random.Generator, sites: int = 1) -> Closeness:
        """Return it for a site with points of both channels, one of several that count together."""
        least = max(_LEAST // sites, _LEAST_OF_ONE)
        n = min(max(_FOR_EACH * len(site.points2), least), _MOST)
        places = site.placed(n, rng, even=True)
        tree = KDTree(site.partners1)
        distances = np.asarray(tree.query(places)[0])
        ascending = np.sort(distances)
        near = max(int(np.searchsorted(ascending, site.window.pixel / 2)), _FEWEST_NEAR)
        return cls(tree, places, distances, ascending, float(near / n))

    @property
    def variance(self) -> float:
        """Variance of the score over the window."""
        return 1 - self.floor

    @cached_property
    def scores(self) -> FloatArray:
        """(M,) score of each place."""
        return self.score(self.distances)

    def share(self, distances: FloatArray) -> FloatArray:
        """Return the share of places that are nearer, at least that of places as good as near."""
        found = np.searchsorted(self.ascending, distances, side="left") + 0.5
        return np.asarray(found / (len(self.ascending) + 1))

    def score(self, distances: FloatArray) -> FloatArray:
        """Return the score of distances, larger where they are smaller."""
        share = self.share(distances)
        near = share <= self.floor
        return np.asarray(np.where(near, 1 - np.log(self.floor), -np.log(np.where(near, 1, share))))

    def nearest(self, points: FloatArray) -> FloatArray:
        """Return the distances of points from the nearest one of channel 1."""
        return np.asarray(self.tree.query(points)[0])


def steps_of(distances: FloatArray, weights: FloatArray) -> FloatArray:
    """Return distances that stand for many with weights, at equal steps of probability."""
    order = np.argsort(distances)
    at = np.cumsum(weights[order])
    wanted = (np.arange(_STEPS) + 0.5) / _STEPS * at[-1]
    return np.asarray(np.interp(wanted, at, distances[order]))
