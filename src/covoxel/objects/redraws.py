"""Redraws: what nearest distances are where channel 2 is moved as a whole or by clusters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from covoxel.core.types import FloatArray, Progress
from covoxel.objects.closeness import Closeness
from covoxel.objects.moves import Clusters, shift_vectors
from covoxel.objects.sites import Site

#: Independent displacements without which shifts show no null at the level of 5 %.
MIN_INDEPENDENT = 19
#: Places over which the score is averaged in each overlap: for each point, and at least.
_FOR_EACH, _LEAST = 20, 2000
#: Clusters that must be there to be placed anew.
MIN_CLUSTERS = 5


@dataclass(frozen=True, eq=False)
class Redraws:
    """What a null gives: the sum of scores and the near points of each draw, less their mean.

    Attributes
    ----------
    scores : (M,) ndarray of float
        Sums of scores less their expectation, on the scale of those of all points.
    near : (M,) ndarray of float
        Points within the distance of coupling less their expectation, on the same scale.
    independent : float
        How many of the draws could be independent.
    """

    scores: FloatArray
    near: FloatArray
    independent: float

    def test(self, score: float) -> tuple[float, float]:
        """Return the two-sided p-value of a sum of scores, and it in standard deviations."""
        n, spread = len(self.scores), float(self.scores.std(ddof=1))
        beyond = min(np.sum(self.scores >= score), np.sum(self.scores <= score))
        p = max(min(1.0, 2 * (1 + beyond) / (1 + n)), 1 / (1 + self.independent))
        z = (score - float(self.scores.mean())) / spread if spread > 0 else math.nan
        return float(p), z


def shifted(
    given: Sequence[tuple[Site, Closeness]],
    radius: float,
    reach: float,
    n_draws: int,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> Redraws | str:
    """Return the null of shifts of channel 2 as a whole, or why there is none.

    Parameters
    ----------
    given : sequence of (Site, Closeness)
        The sites.
    radius : float
        Radius of the clusters.
    reach : float
        Distance of coupling; NaN for none.
    n_draws : int
        Shifts to draw.
    rng : numpy.random.Generator
        What draws them.
    progress : callable, optional
        Called with (shifts done, in all).
    """
    drawn = [shift_vectors(site, radius, n_draws, rng) for site, _ in given]
    used = [each for each in zip(given, drawn, strict=True) if each[1] is not None]
    points = sum(len(site.points2) for site, _ in given)
    kept = sum(len(site.points2) for (site, _), _ in used)
    independent = sum(vectors[1] for _, vectors in used if vectors is not None)
    if kept < points or independent < MIN_INDEPENDENT:
        return (
            f"{independent:.0f} independent shifts fit into the mask; {MIN_INDEPENDENT} are needed"
        )
    scores, near = np.zeros(n_draws), np.zeros(n_draws)
    for (site, closeness), vectors in used:
        assert vectors is not None
        for draw, vector in enumerate(vectors[0]):
            score, hits = _at(site, closeness, vector, reach)
            scores[draw] += score
            near[draw] += hits
            if progress is not None and site is used[-1][0][0]:
                progress(draw + 1, n_draws)
    return Redraws(scores, near, independent)


def _at(site: Site, closeness: Closeness, vector: FloatArray, reach: float) -> tuple[float, float]:
    """Return score and near points of a shift over what is expected in its overlap."""
    moved = site.points2 + vector
    moved = moved[site.window.inside(moved)]
    step = max(1, len(closeness.places) // max(_FOR_EACH * len(site.points2), _LEAST))
    landed = site.window.inside(closeness.places[::step] - vector)
    if not len(moved) or not landed.any():
        return 0.0, 0.0
    distances = closeness.nearest(moved)
    scale = math.sqrt(len(site.points2) / len(moved))
    score = closeness.score(distances).sum() - len(moved) * closeness.scores[::step][landed].mean()
    chance = np.mean(closeness.distances[::step][landed] <= reach)
    near = np.sum(distances <= reach) - len(moved) * chance
    return scale * float(score), scale * float(near)


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
