"""The test of nearest distances, by the null that holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from scipy import stats

from covoxel.core.progress import Steps
from covoxel.core.types import FloatArray
from covoxel.objects.clustering import ClusteringTest, clustered_radii, clustering_of_both
from covoxel.objects.redraws import Redraws, replaced, shifted
from covoxel.objects.sites import Closeness, Site, steps_of

Null = Literal["auto", "distance_map", "shifts", "clusters"]
#: Parts of a test: clustering of both channels, and the null.
STEPS = 3
#: Fewest objects beyond the longest distance for which `beyond` is given.
_FEWEST_BEYOND = 10


@dataclass(frozen=True, slots=True)
class CouplingTest:
    """Nearest distances of channel 2 from channel 1 beside chance, and the share of coupled ones.

    Undefined values are NaN.

    Attributes
    ----------
    n1, n2 : int
        Objects inside.
    p : float
        Two-sided p-value of the nearest distances.
    z : float
        In standard deviations of the null; above 0 where objects are nearer than by chance.
    share : float
        Share of the objects of channel 2 with a partner within `max_distance`, beyond those that
        are as near by chance; from 0 to 1.
    low, high : float
        Bounds of its 95 % confidence interval.
    near : float
        Share within `max_distance`, of objects that are not nearer to the frame.
    chance : float
        What `near` is expected to be by chance.
    null : str
        "distance_map", "shifts" or "clusters"; empty where nothing is tested.
    clustering1, clustering2 : float
        p-values of clustering of each channel by itself.
    beyond : float
        Of the places farther than `max_distance` the share that is nearer than objects which are
        farther, on average: 0.5 by chance, less where both channels lie in the same regions.
    by_chance : (N,) ndarray of float
        Nearest distances as chance gives them, at equal steps of probability; empty where there
        are too few objects.
    censored : int
        Objects of channel 2 that are nearer to the frame than to their partner, so that a nearer
        one may lie outside.
    reason : str
        Why values are NaN; empty if none is.
    """

    n1: int
    n2: int
    p: float = math.nan
    z: float = math.nan
    share: float = math.nan
    low: float = math.nan
    high: float = math.nan
    near: float = math.nan
    chance: float = math.nan
    null: str = ""
    clustering1: float = math.nan
    clustering2: float = math.nan
    beyond: float = math.nan
    by_chance: FloatArray = field(default_factory=lambda: np.zeros(0), compare=False, repr=False)
    censored: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class NullTest:
    """The test with its options."""

    #: Distance up to which objects are coupled; NaN for none.
    reach: float
    #: As in `coupling_test`.
    null: Null
    min_objects: int
    n_draws: int
    #: What is drawn by.
    rng: np.random.Generator

    def of(self, sites: Sequence[Site], steps: Steps) -> CouplingTest:
        """Return the test of channel 2 of several sites together."""
        return self._of(sites, self._clustering(sites, steps), steps)

    def both(self, sites: Sequence[Site]) -> tuple[CouplingTest, CouplingTest]:
        """Return the tests of channel 1 and of channel 2; the clustering of each is tested once."""
        steps = Steps(None, STEPS + 1)
        clustering = self._clustering(sites, steps)
        first = self._of([site.swapped() for site in sites], clustering[::-1], steps)
        return first, self._of(sites, clustering, steps)

    def _clustering(self, sites: Sequence[Site], steps: Steps) -> tuple[ClusteringTest, ...]:
        """Return the tests of clustering of both channels, none where there are too few objects."""
        enough = min(_numbers(sites)) >= self.min_objects
        return clustering_of_both(sites, self.rng, steps) if enough else ()

    def _of(
        self, sites: Sequence[Site], clustering: Sequence[ClusteringTest], steps: Steps
    ) -> CouplingTest:
        n1, n2 = _numbers(sites)
        found = CouplingTest(n1, n2)
        if not clustering:
            needed = f"{self.min_objects} of each are needed"
            return replace(found, reason=f"{n1} and {n2} objects inside; {needed}")
        shared = [site for site in sites if len(site.partners1) and len(site.points2)]
        given = [(site, Closeness.of(site, self.rng, len(shared))) for site in shared]
        found = replace(
            found,
            clustering1=clustering[0].p,
            clustering2=clustering[1].p,
            censored=sum(_censored(*each) for each in given),
        )
        if not given:
            return replace(found, reason="no cell holds objects of both channels")
        found = replace(found, beyond=_beyond(given, self.reach), by_chance=_by_chance(given))
        score = sum(_score(*each) for each in given)
        null = self._null(given, clustered_radii(clustering), steps)
        if isinstance(null, str):
            return replace(found, reason=null)
        name, redraws = null
        share = coupled_share(sites, given, self.reach, redraws)
        p, z = _by_distance_map(given, score) if redraws is None else redraws.test(score)
        return replace(
            found,
            p=p,
            z=z,
            share=share.value,
            low=share.low,
            high=share.high,
            near=share.near,
            chance=share.chance,
            null=name,
            reason=share.reason,
        )

    def _null(
        self,
        given: Sequence[tuple[Site, Closeness]],
        radii: tuple[float, float],
        steps: Steps,
    ) -> tuple[str, Redraws | None] | str:
        """Return the null that holds and its draws, None for a closed form, or why none holds."""
        if self.null == "distance_map" or (self.null == "auto" and not any(radii)):
            return "distance_map", None
        tried: dict[str, tuple[Callable[..., Redraws | str], float]] = {
            "shifts": (shifted, max(*radii, given[0][0].window.pixel)),
            "clusters": (replaced, radii[1]),
        }
        if self.null != "auto":
            tried = {self.null: tried[self.null]}
        elif given[0][0].smoothing:
            del tried["shifts"]
        reasons = []
        for name, (draw, radius) in tried.items():
            found = draw(given, radius, self.reach, self.n_draws, self.rng, steps)
            if not isinstance(found, str):
                return name, found
            reasons.append(found)
        return "the objects cluster: " + "; ".join(reasons)


def _numbers(sites: Sequence[Site]) -> tuple[int, int]:
    return sum(len(one.points1) for one in sites), sum(len(one.points2) for one in sites)


def _by_chance(given: Sequence[tuple[Site, Closeness]]) -> FloatArray:
    """Return the nearest distances that chance gives, which is where the scores have a mean of 1.

    No null changes how frequent they are, but only how much they vary together.
    """
    distances = [closeness.distances for _, closeness in given]
    weights = [
        np.full(len(each), len(site.points2) / len(each))
        for (site, _), each in zip(given, distances, strict=True)
    ]
    return steps_of(np.concatenate(distances), np.concatenate(weights))


def _beyond(given: Sequence[tuple[Site, Closeness]], reach: float) -> float:
    """Return the mean share of places beyond a distance that are nearer than objects there."""
    shares = [np.zeros(0)]
    for site, closeness in given:
        distances, rest = closeness.nearest(site.points2), np.mean(closeness.distances > reach)
        farther = distances[distances > reach] if rest > 0 else distances[:0]
        shares.append(1 - (1 - closeness.share(farther)) / rest)
    found = np.concatenate(shares)
    return float(found.mean()) if len(found) >= _FEWEST_BEYOND else math.nan


def _censored(site: Site, closeness: Closeness) -> int:
    """Return how many objects are nearer to the frame than to their partner."""
    return int(np.sum(closeness.nearest(site.points2) > site.window.border(site.points2)))


def _score(site: Site, closeness: Closeness) -> float:
    """Return the sum of scores less its expectation."""
    found = closeness.score(closeness.nearest(site.points2))
    return float(found.sum() - len(found))


def _by_distance_map(given: Sequence[tuple[Site, Closeness]], score: float) -> tuple[float, float]:
    """Return p and z of a sum of scores of independent objects, which is a gamma variate."""
    n = sum(len(site.points2) for site, _ in given)
    variance = sum(len(site.points2) * closeness.variance for site, closeness in given)
    shape = n * n / variance
    total = (score + n) * shape / n
    above, below = float(stats.gamma.sf(total, shape)), float(stats.gamma.cdf(total, shape))
    z = stats.norm.isf(above) if above < below else stats.norm.ppf(below)
    return min(1.0, 2 * min(above, below)), float(z)


#: Share of the area near channel 1 from which on nearness says nothing.
_MOST_CHANCE = 0.95


@dataclass(frozen=True, slots=True)
class CoupledShare:
    """A coupled share with its 95 % interval."""

    #: The share and its bounds, from 0 to 1.
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    #: Share of objects that are near, and what it would be by chance.
    near: float = math.nan
    chance: float = math.nan
    #: Why values are NaN; empty if none is.
    reason: str = ""


def coupled_share(
    sites: Sequence[Site],
    given: Sequence[tuple[Site, Closeness]],
    reach: float,
    redraws: Redraws | None,
) -> CoupledShare:
    """Return the share of the objects of channel 2 that are coupled.

    `sites`: all sites; objects where channel 1 has none are not coupled.
    `given`: those with objects of both channels.
    `reach`: distance up to which objects are coupled; NaN gives no share.
    `redraws`: draws of the null, where objects are not placed independently.
    """
    if math.isnan(reach):
        return CoupledShare(reason="max_distance is not given")
    counted = [_counted(*each, reach) for each in given]
    alone = sum(
        int(np.sum(site.window.border(site.points2) >= reach))
        for site in sites
        if not len(site.partners1)
    )
    n = sum(n for n, _, _ in counted) + alone
    if not n:
        return CoupledShare(reason="all objects are nearer to the frame than max_distance")
    near = sum(near for _, near, _ in counted) / n
    chance = sum(n * chance for n, _, chance in counted) / n
    if chance >= _MOST_CHANCE:
        reason = f"{100 * chance:.0f} % of the area are within max_distance of channel 1"
        return CoupledShare(near=near, chance=chance, reason=reason)
    value = (near - chance) / (1 - chance)
    alike = _inflation(given, reach, redraws)
    low, high = _interval(near, chance, min(max(value, 0.0), 1.0), n, alike)
    bounds = [(bound - chance) / (1 - chance) for bound in (low, high)]
    value, low, high = (float(np.clip(each, 0, 1)) for each in (value, *bounds))
    return CoupledShare(value, low, high, near, chance)


def _counted(site: Site, closeness: Closeness, reach: float) -> tuple[int, int, float]:
    """Return the objects far enough from the frame, the near ones, and their share by chance."""
    distances = closeness.nearest(site.points2)
    far = site.window.border(site.points2) >= reach
    places = site.window.border(closeness.places) >= reach
    if not far.any() or not places.any():
        return 0, 0, 0.0
    chance = float(np.mean(closeness.distances[places] <= reach))
    return int(far.sum()), int(np.sum(distances[far] <= reach)), chance


def _inflation(
    given: Sequence[tuple[Site, Closeness]], reach: float, redraws: Redraws | None
) -> float:
    """Return how much the number that is near by chance varies more than of independent objects."""
    if redraws is None:
        return 1.0
    alone = 0.0
    for site, closeness in given:
        chance = float(np.mean(closeness.distances <= reach))
        alone += len(site.points2) * chance * (1 - chance)
    return max(1.0, float(redraws.near.var(ddof=1)) / alone) if alone > 0 else 1.0


def _interval(
    near: float, chance: float, value: float, n: int, inflation: float
) -> tuple[float, float]:
    """Return bounds of `near`, by Clopper and Pearson, of as many objects as vary as much."""
    coupled = value * (1 - value) * (1 - chance) ** 2
    alone = (1 - value) * chance * (1 - chance)
    spread = alone * inflation + coupled
    size = n * (alone + coupled) / spread if spread > 0 else float(n)
    k = near * size
    low = stats.beta.ppf(0.025, k, size - k + 1) if k > 0 else 0.0
    high = stats.beta.ppf(0.975, k + 1, size - k) if k < size else 1.0
    return float(low), float(high)
