"""Sites: both channels' points in each place that is tested, and how near they are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from covoxel.core.checks import in_range
from covoxel.core.types import FloatArray
from covoxel.objects.grid import frame_of, placed_points
from covoxel.objects.window import PointWindow, cells_of, window_of


@dataclass(frozen=True, eq=False)
class Site:
    """The points of both channels in one window."""

    #: Where points can lie.
    window: PointWindow
    #: Points of each channel inside, (N, D).
    points1: FloatArray
    points2: FloatArray
    #: The same and, without cells, those around the mask, (N, D).
    partners1: FloatArray
    partners2: FloatArray
    #: Sigma of the Gaussian that spreads the points of channel 2 to their density; 0 for a uniform
    #: one.
    smoothing: float = 0.0
    #: Label of the cell; 0 for a mask.
    label: int = 0

    def placed(self, n: int, rng: np.random.Generator, *, even: bool = False) -> FloatArray:
        """Return `n` points placed at random by the density of channel 2; `even` ones evenly."""
        if not self.smoothing:
            return self.window.spread(n, rng) if even else self.window.uniform(n, rng)
        found = np.zeros((0, self.window.ndim))
        while len(found) < n:
            centres = self.points2[rng.integers(len(self.points2), size=n)]
            moved = centres + rng.normal(0, self.smoothing, centres.shape)
            found = np.concatenate([found, moved[self.window.inside(moved)]])
        return found[:n]

    def swapped(self) -> Site:
        """Return the site with channel 1 in place of channel 2."""
        points = self.points2, self.points1, self.partners2, self.partners1
        return Site(self.window, *points, self.smoothing, self.label)


def sites_of(
    points1: Any,
    points2: Any,
    shape: Sequence[int] | None,
    mask: Any,
    labels: Any,
    spacing: Sequence[float] | None,
    smoothing: float = 0.0,
) -> list[Site]:
    """Return one site for the mask, or one for each label.

    Raises
    ------
    ValueError
        If shapes do not fit, or the smoothing is out of range.
    """
    in_range("smoothing", smoothing, 0, 1e12)
    ndim = len(frame_of(shape, labels, mask))
    first, second = placed_points("points1", points1, ndim), placed_points("points2", points2, ndim)
    if labels is None:
        window = window_of(shape, mask, spacing)
        windows = {} if window is None else {0: window}
    else:
        windows = cells_of(shape, labels, mask, spacing)
    found = []
    for label, window in windows.items():
        one, two = window.kept(first), window.kept(second)
        partners = inside = one[window.inside(one)], two[window.inside(two)]
        if not label:
            partners = one[window.border(one) >= 0], two[window.border(two) >= 0]
        found.append(Site(window, *inside, *partners, float(smoothing), label))
    return found


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
