"""Whether the points of one channel cluster by themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from covoxel.core.checks import in_range
from covoxel.core.progress import Steps
from covoxel.core.types import FloatArray, Progress
from covoxel.objects.envelope import global_envelope
from covoxel.objects.sites import Site, sites_of
from covoxel.objects.window import PointWindow

#: Radii at which pairs are counted, and the largest over the side of the window.
_RADII, _LARGEST = 12, 0.25
#: Points that are looked at, drawn from more, and the mean number of neighbours up to the
#: largest radius: more of either show no more.
_MOST_POINTS, _MOST_NEIGHBOURS = 500, 12
#: p-value up to which a channel is taken to cluster, and random placements that it is made of.
_CLUSTERED, _PLACEMENTS = 0.1, 99
#: Points without which no clustering could show.
_FEWEST = 5


@dataclass(frozen=True, slots=True)
class ClusteringTest:
    """Whether the points of one channel have more neighbours than points placed at random.

    Attributes
    ----------
    p : float
        Share of random placements with at least as many pairs, over all distances at once.
    scale : float
        Distance at which the excess of pairs is most significant, about the radius of clusters.
    n : int
        Points inside.
    reason : str
        Why p is NaN; empty if it is not.
    """

    p: float
    scale: float
    n: int
    reason: str = ""


def clustering_test(
    points: Any,
    *,
    shape: Sequence[int] | None = None,
    mask: Any = None,
    labels: Any = None,
    spacing: Sequence[float] | None = None,
    n_draws: int = 199,
    rng: int | np.random.Generator | None = 0,
    progress: Progress | None = None,
) -> ClusteringTest:
    """Test whether points cluster, against points placed at random in the mask or in their cells.

    Their pairs up to each of 12 distances, Ripley's K of one channel, are compared with those of
    random points by a one-sided global envelope.

    Parameters
    ----------
    points : (N, D) array-like
        Positions (Z) Y X of pixel centres times `spacing`, in µm, or in pixels without one.
    shape, mask, spacing
        As in `cross_k`.
    labels : int array-like, optional
        Cells: the number of points in each is kept, and pairs count inside one cell.
    n_draws : int
        Random placements, from 19.
    rng : int or numpy.random.Generator, optional
        Seed of the placements.
    progress : callable, optional
        Called with (cells done, in all).

    Returns
    -------
    ClusteringTest

    Raises
    ------
    ValueError
        If shapes do not fit or an option is out of range.

    References
    ----------
    Ripley 1977, doi:10.1111/j.2517-6161.1977.tb01615.x; Myllymäki et al. 2017,
    doi:10.1111/rssb.12172

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> centres = np.repeat(rng.uniform(20, 236, (20, 2)), 5, axis=0)
    >>> clustering_test(centres + rng.normal(0, 4, (100, 2)), shape=(256, 256)).p
    0.005
    """
    in_range("n_draws", n_draws, 19, 1e6)
    sites = sites_of(points, points, shape, mask, labels, spacing)
    generator = np.random.default_rng(rng)
    return clustering_in(sites, int(n_draws), generator, progress)


def clustering_in(
    sites: Sequence[Site], n_draws: int, rng: np.random.Generator, progress: Progress | None = None
) -> ClusteringTest:
    """Return the test of the points of channel 2 of several sites together."""
    n = sum(len(site.points2) for site in sites)
    if n < _FEWEST:
        return ClusteringTest(math.nan, math.nan, n, f"{n} points inside; {_FEWEST} are needed")
    share = min(1, _MOST_POINTS / n)
    given = [(site, _thinned(site.points2, share, rng)) for site in sites]
    given = [(site, points) for site, points in given if len(points) > 1]
    radii = _radii([(site.window, len(points)) for site, points in given])
    if not radii.size:
        return ClusteringTest(math.nan, math.nan, n, "no two points share a cell")
    curves = np.zeros((1 + n_draws, len(radii)))
    for index, (site, points) in enumerate(given):
        placed = site.placed(n_draws * len(points), rng)
        curves += pairs_within(np.concatenate([points, placed]), len(points), radii)
        if progress is not None:
            progress(index + 1, len(given))
    observed, simulated = curves[0], curves[1:]
    found = global_envelope(observed, simulated, side="above")
    spread = np.maximum(simulated.std(axis=0), 0.5)
    scale = radii[np.argmax((observed - simulated.mean(axis=0)) / spread)]
    return ClusteringTest(found.p, float(scale), n)


def clustering_of_both(
    sites: Sequence[Site], rng: np.random.Generator, steps: Steps
) -> tuple[ClusteringTest, ClusteringTest]:
    """Return the tests of both channels, each of them a step."""
    found = []
    for each in ([site.swapped() for site in sites], sites):
        found.append(clustering_in(each, _PLACEMENTS, rng, steps))
        steps.next()
    return found[0], found[1]


def clustered_radii(both: Sequence[ClusteringTest]) -> tuple[float, float]:
    """Return the radius of the clusters of each channel, 0 where it is not taken to cluster."""
    first, second = (each.scale if each.p <= _CLUSTERED else 0.0 for each in both)
    return first, second


def pairs_within(points: FloatArray, n: int, radii: FloatArray) -> FloatArray:
    """Return the number of pairs up to each radius, of each `n` points that follow each other."""
    sets = len(points) // n
    number = np.repeat(np.arange(sets), n)
    apart = np.column_stack([points, number * (2 * radii[-1])])
    first, second = KDTree(apart).query_pairs(radii[-1], output_type="ndarray").T
    distances = np.sqrt(((points[first] - points[second]) ** 2).sum(axis=1))
    ring = np.minimum(np.searchsorted(radii, distances, side="left"), len(radii) - 1)
    counts = np.bincount(number[first] * len(radii) + ring, minlength=sets * len(radii))
    return np.cumsum(counts.reshape(sets, len(radii)), axis=1, dtype=np.float64)


def _thinned(points: FloatArray, share: float, rng: np.random.Generator) -> FloatArray:
    return points if share == 1 else points[rng.random(len(points)) < share]


def _radii(given: Sequence[tuple[PointWindow, int]]) -> FloatArray:
    """Return radii from one with about one pair by chance to one with enough of them."""
    if not given:
        return np.zeros(0)
    points = sum(n for _, n in given)
    density = sum(n * (n - 1) / 2 / window.volume for window, n in given)
    window = given[0][0]
    mean = float(np.mean([window.volume for window, _ in given]))
    side = mean ** (1 / window.ndim)
    most = min(_LARGEST * side, float(window.radius(_MOST_NEIGHBOURS * points / 2 / density)))
    least = min(float(window.radius(1 / density)), most / 4)
    return np.asarray(np.geomspace(least, most, _RADII))
