"""The share of objects with a partner, beyond those that are as near to one by chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from covoxel.objects.closeness import Closeness
from covoxel.objects.redraws import Redraws
from covoxel.objects.sites import Site

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
