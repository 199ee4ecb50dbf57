"""Global envelopes: where a curve leaves what simulations of a null give, at any distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import stats

from covoxel.core.checks import in_range, one_of
from covoxel.core.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class GlobalEnvelope:
    """The band that a curve of the null leaves anywhere with a given probability.

    Attributes
    ----------
    low, high : (N,) ndarray of float
        The band; a curve that leaves it anywhere is significant.
    p : float
        p-value of the curve as a whole.
    """

    low: FloatArray
    high: FloatArray
    p: float


def global_envelope(
    curve: Any,
    simulated: Any,
    *,
    level: float = 0.95,
    side: Literal["both", "above", "below"] = "both",
    step: float = 0.0,
) -> GlobalEnvelope:
    """Global envelope of simulated curves by extreme rank lengths.

    Curves are ordered by how extreme their most extreme rank is among all curves, then by the
    next one, and so on; the band holds the least extreme ones. So all distances are tested at
    once, and the band and p agree.

    Parameters
    ----------
    curve : (N,) array-like
        The curve that is tested.
    simulated : (M, N) array-like
        Curves of the null, 99 or more; 19 at least.
    level : float
        Part of the curves that the band holds, above 0 and below 1.
    side : {"both", "above", "below"}
        Which departures count.
    step : float
        Curves are ranked by whole multiples of it, so that they tie where they differ by less; 0
        for as they are.

    Returns
    -------
    GlobalEnvelope

    Raises
    ------
    ValueError
        If shapes do not fit, there are fewer than 19 curves, or an option is not allowed.

    References
    ----------
    Myllymäki et al. 2017, doi:10.1111/rssb.12172; Narisetty & Nair 2016,
    doi:10.1080/01621459.2015.1110033

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found = global_envelope(rng.normal(2, 1, 8), rng.normal(0, 1, (199, 8)), side="above")
    >>> found.p < 0.05, bool((rng.normal(0, 1, 8) < found.high).all())
    (True, True)
    """
    in_range("level", level, 1e-6, 1 - 1e-6)
    in_range("step", step, 0, 1e12)
    one_of("side", side, ("both", "above", "below"))
    given, null = np.asarray(curve, np.float64), np.asarray(simulated, np.float64)
    if given.ndim != 1 or null.ndim != 2 or null.shape[1:] != given.shape or len(null) < 19:
        msg = (
            f"simulated has shape {null.shape}; allowed are at least 19 curves of "
            f"{given.size} values"
        )
        raise ValueError(msg)
    curves = np.vstack([given, null])
    ranked = np.rint(curves / step) if step else curves
    extremes = np.sort(_extreme_ranks(ranked, side), axis=1)
    _, place = np.unique(extremes, axis=0, return_inverse=True)
    at_most = np.cumsum(np.bincount(place.ravel())) / len(curves)
    share = at_most[place.ravel()]
    inner = curves[share > 1 - level]
    if not len(inner):  # no curve is less extreme than another
        inner = curves
    low, high = inner.min(axis=0), inner.max(axis=0)
    unbounded = np.full(given.shape, np.inf)
    return GlobalEnvelope(
        -unbounded if side == "above" else low,
        unbounded if side == "below" else high,
        float(share[0]),
    )


def _extreme_ranks(curves: FloatArray, side: str) -> FloatArray:
    """Return, at each place, a curve's mid-rank from the outside."""
    rising = stats.rankdata(curves, axis=0)
    falling = len(curves) + 1 - rising
    if side == "both":
        return np.asarray(np.minimum(rising, falling))
    return np.asarray(falling if side == "above" else rising)
