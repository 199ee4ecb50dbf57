"""A p-value and an interval for the correlation of two channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from covoxel.core.checks import in_range, one_of
from covoxel.significance.correlated import LEVEL, MIN_SIZE
from covoxel.significance.interval import correlation_interval
from covoxel.significance.prepared import Prepared, prepared


@dataclass(frozen=True, slots=True)
class CorrelationTest:
    """A correlation coefficient, how certain it is, and what it rests on.

    Undefined values are NaN.

    Attributes
    ----------
    r : float
        Pearson's or Spearman's coefficient inside the mask.
    low, high : float
        Bounds of its confidence interval.
    n_eff : float
        Number of independent pixels.
    p : float
        Two-sided p-value of no correlation.
    r_fine, p_fine : float
        The same after outlines, thickness and gradients are removed. Only `p_fine` is evidence of
        an association of the structures themselves.
    participation : float
        About how many places make the variance of a channel, the fewer of both. Few objects decide
        r where it is below 4 and a twentieth of the places that there is room for.
    n : int
        Pixels tested, without the rim of the mask that the PSF blurs.
    psf : float
        Full width at half maximum of the PSF, in µm, or pixels without a spacing.
    verdict : str
        What the numbers say, in words.
    reason : str
        Why values are NaN; empty where none is.
    """

    r: float
    low: float = math.nan
    high: float = math.nan
    n_eff: float = math.nan
    p: float = math.nan
    r_fine: float = math.nan
    p_fine: float = math.nan
    participation: float = math.nan
    n: int = 0
    psf: float = math.nan
    verdict: str = ""
    reason: str = ""


def correlation_test(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    method: Literal["pearson", "spearman"] = "pearson",
    psf: float | None = None,
    spacing: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> CorrelationTest:
    """Test a correlation of two channels, and give its interval.

    Neighbouring pixels are not independent: the test estimates how many independent ones there
    are.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, on one grid.
    mask : bool array-like, optional
        Where to test. The rim of 1.3 standard deviations of the PSF is left out of the test,
        since all channels share a blurred outline.
    method : {"pearson", "spearman"}
        Coefficient.
    psf : float, optional
        Full width at half maximum of the PSF, in µm, or in pixels without a spacing. By default
        that of the finest structure of the channels.
    spacing : sequence of float, optional
        Pixel size in µm along each axis; by default that of the channels.
    confidence : float
        Confidence level of the interval, from 0.5 to 0.999.

    Returns
    -------
    CorrelationTest

    Raises
    ------
    ValueError
        If the grids differ or an option is out of range.

    Notes
    -----
    The degrees of freedom follow Dutilleul's modified t test with the autocorrelations inside the
    mask, and are reduced where both channels vary most in the same places. The interval is the
    wider of Fisher's with these degrees of freedom, and of one that sums the influence of each
    pixel over windows. Without a mask, correlations over more than a sixth of the field are not
    tested: they show where the cells are.

    References
    ----------
    Clifford, Richardson & Hémon, "Assessing the significance of the correlation between two
    spatial processes", 1989, doi:10.2307/2532039

    Dutilleul, "Modifying the t test for assessing the correlation between two spatial
    processes", 1993, doi:10.2307/2532625

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(n_spots1=180, n_shared=120, rng=1)
    >>> found = correlation_test(pair.channel1, pair.channel2)
    >>> found.p_fine < 0.001, found.low < found.r < found.high
    (True, True)
    """
    one_of("method", method, ("pearson", "spearman"))
    in_range("confidence", confidence, 0.5, 0.999)
    given = prepared(image1, image2, mask, psf, spacing, ranks=method == "spearman")
    if isinstance(given, str):
        return CorrelationTest(math.nan, reason=given)
    return correlation_of(given, confidence)


def correlation_of(given: Prepared, confidence: float = 0.95) -> CorrelationTest:
    """Return the test of channels that are prepared."""
    whole = given.correlated
    found = CorrelationTest(whole.r, n=given.n, psf=given.psf)
    if reason := given.reason or _few_independent(whole.n_eff):
        return replace(found, reason=reason)
    low, high, why = correlation_interval(whole, confidence)
    tested, fine = given.inner, given.fine
    few, few_fine = map(_few_independent, (tested.n_eff, fine.n_eff))
    reasons = [why, f"no p-value: {few}" if few else ""]
    reasons.append(f"no p-value of fine structures: {few_fine}" if few_fine else "")
    found = replace(
        found,
        low=low,
        high=high,
        n_eff=tested.n_eff,
        p=tested.p,
        r_fine=fine.r,
        p_fine=fine.p,
        participation=tested.places,
        reason="; ".join(filter(None, reasons)),
    )
    return replace(found, verdict=_verdict(found, tested.carrier(fine), few=tested.few_objects))


def _few_independent(n_eff: float) -> str:
    if n_eff >= MIN_SIZE:
        return ""
    are = "pixel is" if n_eff < 2 else "pixels are"
    return f"only {math.floor(n_eff)} {are} independent; at least {MIN_SIZE:g} are needed"


def _verdict(found: CorrelationTest, carrier: str, *, few: bool) -> str:
    """Say what the p-values mean, and whether few objects carry r."""
    if math.isnan(found.p):
        return ""
    if found.p_fine < LEVEL:
        verdict = "associated" if found.r_fine > 0 else "segregated"
    elif carrier and found.p < LEVEL:
        verdict = f"r follows {carrier}; no association of fine structures is shown"
    else:
        verdict = "no association is shown"
    return verdict + "; few objects carry r" * few
