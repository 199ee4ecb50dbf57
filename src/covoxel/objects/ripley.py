"""Ripley's cross-K of two sets of points, Besag's L and the pair correlation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from covoxel.core.checks import in_range
from covoxel.core.types import FloatArray, IntArray
from covoxel.objects.grid import frame_of, placed_points
from covoxel.objects.window import PointWindow, SetCovariance, window_of

#: Pairs that are held at a time, about.
_BATCH = 2_000_000
#: Displacements along a half axis that show which fit into a mask, over the number of axes.
_GRID = 80


@dataclass(frozen=True, slots=True, eq=False)
class CrossK:
    """How many points of channel 2 lie around those of channel 1, beside chance.

    Attributes
    ----------
    distances : (N,) ndarray of float
        Outer radius of each ring, in µm, or in pixels without a spacing.
    k : (N,) ndarray of float
        Ripley's cross-K: expected points of channel 2 within a distance of one of channel 1, over
        their density. πr² (2-D) or 4πr³/3 where the channels are independent.
    l : (N,) ndarray of float
        Besag's L, the radius of a disk or ball as large as `k`; r where they are independent.
    g : (N,) ndarray of float
        Pair correlation in each ring; 1 where they are independent.
    pairs : (N,) ndarray of int
        Pairs in each ring.
    n1, n2 : int
        Points inside.
    reason : str
        Why values are NaN; empty if none is.
    """

    distances: FloatArray
    k: FloatArray
    l: FloatArray  # noqa: E741  it is Besag's name
    g: FloatArray
    pairs: IntArray
    n1: int
    n2: int
    reason: str = ""


def cross_k(
    points1: Any,
    points2: Any,
    *,
    max_distance: float,
    rings: int = 30,
    shape: Sequence[int] | None = None,
    mask: Any = None,
    spacing: Sequence[float] | None = None,
) -> CrossK:
    """Ripley's cross-K, Besag's L and the pair correlation of two sets of points.

    Each pair counts as often as its displacement fits into the mask less often (translation
    correction), so that edges and holes of any form bias nothing.

    Parameters
    ----------
    points1, points2 : (N, D) array-like
        Positions (Z) Y X of pixel centres times `spacing`, in µm, or in pixels without one.
        Those outside the mask do not count.
    max_distance : float
        Largest distance, in the unit of the points.
    rings : int
        Number of rings of equal width up to it, from 1 to 10 000.
    shape : sequence of int, optional
        Shape of the frame in pixels; needed without a mask.
    mask : bool array-like, optional
        Where points could be found; None for the whole frame.
    spacing : sequence of float, optional
        Size of a voxel in µm, (Z) Y X.

    Returns
    -------
    CrossK

    Raises
    ------
    ValueError
        If shapes do not fit or an option is out of range.

    References
    ----------
    Ripley 1976, doi:10.2307/3212829; Ohser 1983, translation correction; Lagache et al. 2018,
    doi:10.1038/s41467-018-03053-x

    Examples
    --------
    >>> points = np.random.default_rng(1).uniform(0, 256, (2, 2000, 2)) - 0.5
    >>> found = cross_k(*points, max_distance=10, rings=2, shape=(256, 256))
    >>> found.g.round(2)
    array([0.98, 1.01])
    """
    in_range("max_distance", max_distance, 1e-9, 1e12)
    in_range("rings", rings, 1, 10_000)
    radii = np.linspace(0, max_distance, int(rings) + 1)[1:]
    window = window_of(shape, mask, spacing)
    ndim = len(frame_of(shape, mask))
    first, second = placed_points("points1", points1, ndim), placed_points("points2", points2, ndim)
    if window is None:
        return _undefined(radii, 0, 0, "the mask is empty")
    first, second = (window.kept(points) for points in (first, second))
    first, second = (points[window.inside(points)] for points in (first, second))
    if not (len(first) and len(second)):
        reason = f"{len(first)} and {len(second)} points inside; at least one of each is needed"
        return _undefined(radii, len(first), len(second), reason)
    covariance = window.covariance(np.full(window.ndim, float(max_distance)))
    pairs, weights = ring_sums(first, second, radii, covariance)
    volumes = ring_volumes(window, covariance, radii)
    density = window.volume**2 / (len(first) * len(second))
    with np.errstate(invalid="ignore", divide="ignore"):
        g = np.where(volumes > 0, density * weights / volumes, np.nan)
    k = np.cumsum(g * np.diff(window.ball(np.append(0, radii))))
    reason = "" if np.isfinite(g).all() else "no displacement so large fits into the mask"
    return CrossK(radii, k, np.asarray(window.radius(k)), g, pairs, len(first), len(second), reason)


def _undefined(radii: FloatArray, n1: int, n2: int, reason: str) -> CrossK:
    nothing = np.full(len(radii), np.nan)
    return CrossK(radii, nothing, nothing, nothing, np.zeros(len(radii), np.int64), n1, n2, reason)


def near_pairs(
    first: FloatArray, second: FloatArray, reach: float
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield displacements and distances of all pairs up to a distance, in batches."""
    tree1, tree2 = KDTree(first), KDTree(second)
    total = int(tree1.count_neighbors(tree2, reach))
    parts = min(len(first), max(1, -(-total // _BATCH)))
    for index in np.array_split(np.arange(len(first)), parts):
        tree = tree1 if parts == 1 else KDTree(first[index])
        found = tree.sparse_distance_matrix(tree2, reach, output_type="ndarray")
        yield second[found["j"]] - first[index[found["i"]]], found["v"]


def ring_sums(
    first: FloatArray,
    second: FloatArray,
    radii: FloatArray,
    covariance: SetCovariance,
    shift: FloatArray | float = 0.0,
) -> tuple[IntArray, FloatArray]:
    """Return the pairs in each ring, and the sum of one over the area of their displacements.

    The second points were shifted.
    """
    pairs, weights = np.zeros(len(radii), np.int64), np.zeros(len(radii))
    for displacements, distances in near_pairs(first, second, float(radii[-1])):
        ring = np.minimum(np.searchsorted(radii, distances, side="left"), len(radii) - 1)
        shared = covariance.at(displacements - shift)
        pairs += np.bincount(ring, minlength=len(radii))
        weights += np.bincount(ring, 1 / shared, minlength=len(radii))
    return pairs, weights


def ring_volumes(window: PointWindow, covariance: SetCovariance, radii: FloatArray) -> FloatArray:
    """Return the area or volume of the displacements in each ring that fit into the window."""
    whole = np.diff(window.ball(np.append(0, radii)))
    axis = np.linspace(-radii[-1], radii[-1], 2 * (_GRID // window.ndim) + 1)
    parts = np.meshgrid(*[axis] * window.ndim, indexing="ij")
    grid = np.stack([part.ravel() for part in parts], axis=1)
    length = np.sqrt((grid**2).sum(axis=1))
    grid, length = grid[length <= radii[-1]], length[length <= radii[-1]]
    fits = covariance.at(grid) > 0
    if fits.all():
        return np.asarray(whole)
    ring = np.searchsorted(radii, length, side="left")
    n = np.bincount(ring, minlength=len(radii))
    return np.asarray(whole * np.bincount(ring, fits, len(radii)) / np.maximum(n, 1))
