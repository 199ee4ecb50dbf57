"""Whether the objects of channel 2 lie nearer to those of channel 1 than chance puts them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, get_args

import numpy as np

from covoxel.core.checks import in_range, one_of
from covoxel.core.progress import Steps
from covoxel.core.types import Progress
from covoxel.objects.nearest_test import STEPS, CouplingTest, Null, NullTest
from covoxel.objects.sites import sites_of


def coupling_test(
    points1: Any,
    points2: Any,
    *,
    max_distance: float | None = None,
    shape: Sequence[int] | None = None,
    mask: Any = None,
    labels: Any = None,
    spacing: Sequence[float] | None = None,
    smoothing: float = 0.0,
    null: Null = "auto",
    min_objects: int = 10,
    n_draws: int = 199,
    rng: int | np.random.Generator | None = 0,
    progress: Progress | None = None,
) -> CouplingTest:
    """Test whether objects of channel 2 lie near those of channel 1, by the null that holds.

    Each nearest distance is ranked among the distances of all places of the mask. Where neither
    channel clusters by itself, the logarithms of these ranks are exponentially distributed
    ("distance_map"). Otherwise they are compared with those where channel 2 is shifted as a whole
    ("shifts"), or, where a mask has no room for that, its clusters are placed anew ("clusters").

    Parameters
    ----------
    points1, points2 : (N, D) array-like
        Positions (Z) Y X of pixel centres times `spacing`, in µm, or in pixels without one.
        Without `labels`, objects of channel 1 around the mask count as partners.
    max_distance : float, optional
        Distance up to which objects are coupled, in the unit of the points; without it there is
        no coupled share.
    shape : sequence of int, optional
        Shape of the frame in pixels; needed without a mask and labels.
    mask : bool array-like, optional
        Where objects could be; None for the whole frame.
    labels : int array-like, optional
        Cells: partners are of the same cell, and the number of objects in each is kept.
    spacing : sequence of float, optional
        Size of a voxel in µm, (Z) Y X.
    smoothing : float
        Sigma in the unit of the points of the Gaussian that makes the density of channel 2 of its
        objects, where it varies over the mask; 0 for a uniform density.
    null : {"auto", "distance_map", "shifts", "clusters"}
        The null; "auto" tests which one holds.
    min_objects : int
        Objects of each channel that are needed, from 1.
    n_draws : int
        Draws of the nulls that need them, from 19.
    rng : int or numpy.random.Generator, optional
        Seed of all draws.
    progress : callable, optional
        Called with (steps done, steps in all).

    Returns
    -------
    CouplingTest

    Raises
    ------
    ValueError
        If shapes do not fit or an option is out of range.

    Notes
    -----
    The coupled share is (near − chance)/(1 − chance), of objects further than `max_distance` from
    the frame, beyond which partners would be missed. Its interval is that of a binomial share of
    as many objects as have the variance of the null.

    References
    ----------
    SPACE, doi:10.1093/mam/ozae022; Lagache et al. 2018, doi:10.1038/s41467-018-03053-x; shifts:
    Mrkvička et al. 2021, doi:10.1016/j.spasta.2020.100430

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> points1, points2 = rng.uniform(0, 255, (2, 100, 2))
    >>> points2[:40] = points1[:40] + rng.normal(0, 0.7, (40, 2))
    >>> found = coupling_test(points1, points2, max_distance=3, shape=(256, 256))
    >>> found.null, found.p < 0.001, found.low < 0.4 < found.high
    ('distance_map', True, True)
    """
    test = _test(max_distance, null, rng, min_objects, n_draws)
    sites = sites_of(points1, points2, shape, mask, labels, spacing, smoothing)
    return test.of(sites, Steps(progress, STEPS))


def coupling_of_cells(
    points1: Any,
    points2: Any,
    *,
    labels: Any,
    max_distance: float | None = None,
    shape: Sequence[int] | None = None,
    mask: Any = None,
    spacing: Sequence[float] | None = None,
    smoothing: float = 0.0,
    null: Null = "auto",
    min_objects: int = 10,
    n_draws: int = 199,
    rng: int | np.random.Generator | None = 0,
    progress: Progress | None = None,
) -> dict[int, CouplingTest]:
    """Test in each cell by itself whether objects of channel 2 lie near those of channel 1.

    Parameters
    ----------
    points1, points2, labels, max_distance, shape, mask, spacing, smoothing, null, min_objects, \
    n_draws, rng, progress
        As in `coupling_test`.

    Returns
    -------
    dict of int to CouplingTest
        By label.

    Raises
    ------
    ValueError
        If shapes do not fit or an option is out of range.

    Examples
    --------
    >>> labels = np.repeat([[1, 2]], 64, axis=0).repeat(32, axis=1)
    >>> points1, points2 = np.random.default_rng(2).uniform(0, (63, 31), (2, 40, 2))
    >>> found = coupling_of_cells(points1, points2, labels=labels)
    >>> found[1].null, found[2].reason
    ('distance_map', '0 and 0 objects inside; 10 of each are needed')
    """
    test = _test(max_distance, null, rng, min_objects, n_draws)
    sites = sites_of(points1, points2, shape, mask, labels, spacing, smoothing)
    steps, found = Steps(progress, len(sites)), {}
    for site in sites:
        found[site.label] = test.of([site], Steps(None, STEPS))
        steps.next()
    return found


def couplings_of_both(
    points1: Any,
    points2: Any,
    *,
    max_distance: float | None,
    shape: Sequence[int],
    mask: Any,
    labels: Any,
    spacing: Sequence[float] | None,
    null: Null,
    rng: int | np.random.Generator | None,
) -> tuple[tuple[CouplingTest, CouplingTest], dict[int, tuple[CouplingTest, CouplingTest]]]:
    """Return the tests of channel 1 and 2, each against the other, of all cells and of each.

    Parameters are those of `coupling_test`. Without labels there are none of cells.
    """
    test = _test(max_distance, null, rng)
    sites = sites_of(points1, points2, shape, mask, labels, spacing)
    whole = test.both(sites)
    return whole, {} if labels is None else {site.label: test.both([site]) for site in sites}


def _test(
    max_distance: float | None,
    null: Null,
    rng: int | np.random.Generator | None,
    min_objects: int = 10,
    n_draws: int = 199,
) -> NullTest:
    """Return the test that is asked for, or refuse it."""
    one_of("null", null, get_args(Null))
    in_range("min_objects", min_objects, 1, 1e9)
    in_range("n_draws", n_draws, 19, 1e6)
    if max_distance is not None:
        in_range("max_distance", max_distance, 1e-9, 1e12)
    reach = math.nan if max_distance is None else float(max_distance)
    return NullTest(reach, null, int(min_objects), int(n_draws), np.random.default_rng(rng))
