"""Cross-K beside a global envelope of the null that holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np

from covoxel.core.checks import in_range, one_of
from covoxel.core.progress import Steps
from covoxel.core.types import FloatArray, Progress
from covoxel.objects.clustering import clustered_radii, clustering_of_both
from covoxel.objects.envelope import global_envelope
from covoxel.objects.nearest_test import Null
from covoxel.objects.redraws import (
    MIN_CLUSTERS,
    MIN_INDEPENDENT,
    Clusters,
    share_beyond,
    shift_pairs,
)
from covoxel.objects.ripley import CrossK, cross_k, ring_sums, ring_volumes
from covoxel.objects.sites import Site, sites_of

#: Length of an axis over the largest distance from which on points are shifted along it.
_LONG = 4


@dataclass(frozen=True, slots=True, eq=False)
class CrossKTest:
    """Ripley's cross-K beside what chance gives.

    Attributes
    ----------
    estimate : CrossK
        What was found.
    low, high : (N,) ndarray of float
        Global envelope of 95 % of Besag's L: where channel 2 is independent of channel 1, `l` of
        the estimate leaves it anywhere in 5 % of all images.
    p : float
        p-value of the whole curve, two-sided.
    null : str
        "distance_map" (channel 2 placed at random), "shifts" or "clusters"; empty if none holds.
    clustering1, clustering2 : float
        p-values of clustering of each channel by itself.
    reason : str
        Why values are NaN; empty if none is.
    """

    estimate: CrossK
    low: FloatArray
    high: FloatArray
    p: float = math.nan
    null: str = ""
    clustering1: float = math.nan
    clustering2: float = math.nan
    reason: str = ""


def cross_k_test(
    points1: Any,
    points2: Any,
    *,
    max_distance: float,
    rings: int = 30,
    shape: Sequence[int] | None = None,
    mask: Any = None,
    spacing: Sequence[float] | None = None,
    null: Null = "auto",
    n_draws: int = 199,
    rng: int | np.random.Generator | None = 0,
    progress: Progress | None = None,
) -> CrossKTest:
    """Ripley's cross-K with a global envelope of the null that holds.

    Parameters
    ----------
    points1, points2, max_distance, rings, shape, mask, spacing
        As in `cross_k`.
    null : {"auto", "distance_map", "shifts", "clusters"}
        As in `coupling_test`; the first places channel 2 at random.
    n_draws : int
        Draws of the null, from 19.
    rng : int or numpy.random.Generator, optional
        Seed of all draws.
    progress : callable, optional
        Called with (steps done, steps in all).

    Returns
    -------
    CrossKTest

    Raises
    ------
    ValueError
        If shapes do not fit or an option is out of range.

    References
    ----------
    Myllymäki et al. 2017, doi:10.1111/rssb.12172; Mrkvička et al. 2021,
    doi:10.1016/j.spasta.2020.100430

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> points1, points2 = rng.uniform(0, 255, (2, 100, 2))
    >>> points2[:30] = points1[:30] + rng.normal(0, 1, (30, 2))
    >>> found = cross_k_test(points1, points2, max_distance=20, shape=(256, 256))
    >>> found.null, found.p, bool(found.estimate.l[3] > found.high[3])
    ('distance_map', 0.005, True)
    """
    one_of("null", null, get_args(Null))
    in_range("n_draws", n_draws, 19, 1e6)
    grid: dict[str, Any] = {"shape": shape, "mask": mask, "spacing": spacing}
    estimate = cross_k(points1, points2, max_distance=max_distance, rings=rings, **grid)
    unknown = np.full(len(estimate.distances), np.nan)
    found = CrossKTest(estimate, unknown, unknown, reason=estimate.reason)
    if estimate.reason:
        return found
    generator, steps = np.random.default_rng(rng), Steps(progress, 3)
    (site,) = sites_of(points1, points2, shape, mask, None, spacing)
    both = clustering_of_both([site], generator, steps)
    found = replace(found, clustering1=both[0].p, clustering2=both[1].p)
    radii = clustered_radii(both)
    tried: tuple[str, ...] = (null,)
    if null == "auto":
        tried = ("shifts", "clusters") if any(radii) else ("distance_map",)
    density = estimate.n1 * estimate.n2 / site.window.volume
    draws = _Draws(site, estimate.distances, radii, int(n_draws), generator)
    for name in tried:
        drawn = draws.curves(name, steps)
        if drawn is not None:
            # the weights of pairs differ a little, but curves of as many pairs are as extreme
            band = global_envelope(estimate.k * density, drawn[0], step=1)
            beyond = round(band.p * (1 + draws.n_draws)) - 1
            p = share_beyond(beyond, draws.n_draws, drawn[1])
            low, high = (site.window.radius(one / density) for one in (band.low, band.high))
            return replace(found, low=low, high=high, p=p, null=name)
    return replace(found, reason="the objects cluster, and the mask has no room for a null")


@dataclass(frozen=True, slots=True, eq=False)
class _Draws:
    """What draws curves of a null."""

    site: Site
    distances: FloatArray
    radii: tuple[float, float]
    n_draws: int
    rng: np.random.Generator

    def curves(self, null: str, progress: Progress) -> tuple[FloatArray, float] | None:
        """Return the pairs up to each distance of each draw, on the scale of the whole window.

        The second is how many draws could be independent. None without room.
        """
        site, window = self.site, self.site.window
        reach, independent = float(self.distances[-1]), math.inf
        shifts, size = np.zeros((self.n_draws, 1, window.ndim)), np.zeros(window.ndim)
        if null == "shifts":
            size = np.array(window.shape) * window.step
            radius = max(*self.radii, reach / 2)  # beyond what the curve shows
            found = shift_pairs(site, radius, self.n_draws, self.rng, size > _LONG * reach)
            if found is None or found[1] < MIN_INDEPENDENT:
                return None
            shifts, independent = found
        clusters = Clusters.of(site, self.radii[1]) if null == "clusters" else None
        if clusters is not None and len(clusters) < MIN_CLUSTERS:
            return None
        covariance = window.covariance(size + reach, coarse=null == "shifts")
        sums = np.zeros((self.n_draws, len(self.distances)))
        for draw, together in enumerate(shifts):
            points = site.points2
            if null == "distance_map":
                points = window.uniform(len(points), self.rng)
            elif clusters is not None:
                points = clusters.placed(self.rng)
            overlaps = covariance.at(together)
            for shift, overlap in zip(together, overlaps, strict=True):
                moved = points + shift
                _, near = ring_sums(site.points1, moved, self.distances, covariance, shift)
                sums[draw] += overlap / overlaps.sum() * near
            progress(draw + 1, self.n_draws)
        volumes = ring_volumes(window, covariance, self.distances)
        rings = np.diff(window.ball(np.append(0, self.distances))) / volumes
        return window.volume * np.cumsum(rings * sums, axis=1), independent
