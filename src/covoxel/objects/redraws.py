"""Redraws: what nearest distances are where channel 2 is moved as a whole or by clusters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from covoxel.core.types import BoolArray, FloatArray, IntArray, Progress
from covoxel.objects.sites import Closeness, Site

#: Independent displacements without which a two-sided test at the level of 5 % finds nothing.
MIN_INDEPENDENT = 39
#: Places over which the score is averaged in each overlap: for each point, and at least.
_FOR_EACH, _LEAST = 20, 2000
#: Places of all shifts that are looked at together.
_BATCH = 1_000_000
#: Clusters that must be there to be placed anew.
MIN_CLUSTERS = 5


@dataclass(frozen=True, eq=False)
class Redraws:
    """What a null gives: the sum of scores and the near points of each draw, less their mean."""

    #: Sums of scores less their expectation, on the scale of those of all points, (M,).
    scores: FloatArray
    #: Points within the distance of coupling less their expectation, on the same scale, (M,).
    near: FloatArray
    #: How many of the draws could be independent.
    independent: float

    def test(self, score: float) -> tuple[float, float]:
        """Return the two-sided p-value of a sum of scores, and it in standard deviations."""
        return ranked(score, self.scores, self.independent)


def ranked(value: float, drawn: FloatArray, independent: float = math.inf) -> tuple[float, float]:
    """Return the two-sided p-value of a value among draws, and it in standard deviations."""
    n, spread = len(drawn), float(drawn.std(ddof=1))
    beyond = min(np.count_nonzero(drawn >= value), np.count_nonzero(drawn <= value))
    p = min(1.0, 2 * share_beyond(int(beyond), n, independent))
    z = float(value - drawn.mean()) / spread if spread > 0 else math.nan
    return p, z


def share_beyond(beyond: int, n: int, independent: float) -> float:
    """Return (1 + k)/(1 + m) of draws of which only some count as independent."""
    m = min(independent, n)
    return (1 + m * beyond / n) / (1 + m)


def shifted(
    given: Sequence[tuple[Site, Closeness]],
    radius: float,
    reach: float,
    n_draws: int,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> Redraws | str:
    """Return the null of shifts of channel 2 as a whole, or why there is none.

    `given`: the sites.
    `radius`: radius of the clusters.
    `reach`: distance of coupling; NaN for none.
    `n_draws`: pairs of shifts to draw.
    `rng`: what draws them.
    `progress`: called with (shifts done, in all).
    """
    drawn = [shift_pairs(site, radius, n_draws, rng) for site, _ in given]
    used = [each for each in zip(given, drawn, strict=True) if each[1] is not None]
    points = sum(len(site.points2) for site, _ in given)
    kept = sum(len(site.points2) for (site, _), _ in used)
    independent = sum(pairs[1] for _, pairs in used if pairs is not None)
    if kept < points or independent < MIN_INDEPENDENT:
        return (
            f"{independent:.0f} independent shifts fit into the mask; {MIN_INDEPENDENT} are needed"
        )
    scores, near = np.zeros(n_draws), np.zeros(n_draws)
    for (site, closeness), pairs in used:
        assert pairs is not None
        vectors, batch, parts = _flat(pairs[0]), max(1, _BATCH // len(closeness.places)), []
        for start in range(0, len(vectors), batch):
            parts.append(_displaced(site, closeness, vectors[start : start + batch], reach))
            if progress is not None and site is used[-1][0][0]:
                progress(min(start + batch, len(vectors)), len(vectors))
        score, close, landed = np.concatenate(parts, axis=1).reshape(3, n_draws, 2).sum(axis=2)
        scale = np.sqrt(len(site.points2) / np.maximum(landed, 1))
        scores += scale * score
        near += scale * close
    return Redraws(scores, near, independent)


def _displaced(site: Site, closeness: Closeness, vectors: FloatArray, reach: float) -> FloatArray:
    """Return score and near points of each shift over what is expected, and points that overlap."""
    window, n = site.window, len(site.points2)
    step = max(1, len(closeness.places) // max(_FOR_EACH * n, _LEAST))
    places = closeness.places[::step]
    moved = _flat(site.points2 + vectors[:, None])
    inside = window.inside(moved)
    distances = closeness.nearest(moved[inside])
    sums = []
    for values in (closeness.score(distances), distances <= reach):
        each = np.zeros(len(moved))
        each[inside] = values
        sums.append(each.reshape(-1, n).sum(axis=1))
    landed = inside.reshape(-1, n).sum(axis=1)
    overlap = window.inside(_flat(places - vectors[:, None])).reshape(-1, len(places))
    area = np.maximum(np.count_nonzero(overlap, axis=1), 1)
    expected = [closeness.scores[::step], closeness.distances[::step] <= reach]
    means = [overlap @ np.asarray(each, np.float64) / area for each in expected]
    score, near = (part - landed * mean for part, mean in zip(sums, means, strict=True))
    return np.stack([score, near, landed])


def _flat(points: FloatArray) -> FloatArray:
    return points.reshape(-1, points.shape[-1])


def replaced(
    given: Sequence[tuple[Site, Closeness]],
    radius: float,
    reach: float,
    n_draws: int,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> Redraws | str:
    """Return the null of clusters of channel 2 placed anew, each as a whole, or why there is none.

    Parameters are those of `shifted`.
    """
    clusters = [Clusters.of(site, radius) for site, _ in given]
    count = sum(len(found) for found in clusters)
    if count < MIN_CLUSTERS:
        return f"{count} clusters; {MIN_CLUSTERS} are needed"
    scores, near = np.zeros(n_draws), np.zeros(n_draws)
    for draw in range(n_draws):
        for (_, closeness), found in zip(given, clusters, strict=True):
            distances = closeness.nearest(found.placed(rng))
            scores[draw] += closeness.score(distances).sum() - len(distances)
            near[draw] += np.sum(distances <= reach)
        if progress is not None:
            progress(draw + 1, n_draws)
    return Redraws(scores, near - near.mean(), math.inf)


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
