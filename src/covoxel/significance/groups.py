"""Groups of replicates compared by their means, and two correlations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import stats

from covoxel.core.checks import in_range, one_of
from covoxel.core.types import FloatArray

#: Replicates that a test needs: of each group, and of each group and pairs for a permutation.
MIN_REPLICATES, _MIN_PERMUTED, _MIN_PAIRS = 3, 4, 6
#: Orders up to which a permutation test is exact.
_EXACT = 200_000
#: Relative spread of values that only rounding tells apart.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """The difference of two groups' means.

    Attributes
    ----------
    difference : float
        Mean of group 2 less that of group 1.
    low, high : float
        Bounds of its confidence interval, by Welch's or the paired t test.
    p : float
        Two-sided p-value.
    reason : str
        Why p and the interval are NaN; empty if they are not.
    """

    difference: float
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan
    reason: str = ""


def compare_means(
    values1: Sequence[float],
    values2: Sequence[float],
    *,
    paired: bool = False,
    test: Literal["t", "permutation"] = "t",
    confidence: float = 0.95,
) -> MeanDifference:
    """Compare two groups of replicates, one value a replicate.

    Parameters
    ----------
    values1, values2 : sequence of float
        One finite value of each replicate: never one of each cell, since cells of one replicate
        are not independent. Pairs are in the same order.
    paired : bool
        Whether the values belong together two by two.
    test : {"t", "permutation"}
        Welch's or the paired t test; or the exact permutation of replicates, for at least 4 in
        each group or 6 pairs.
    confidence : float
        Confidence level of the interval, from 0.5 to 0.999.

    Returns
    -------
    MeanDifference
        Without p where there are fewer than 3 replicates in a group.

    Raises
    ------
    ValueError
        If pairs differ in number, values are not finite, or an option is out of range.

    References
    ----------
    Lord et al., "SuperPlots: communicating reproducibility and variability in cell biology",
    2020, doi:10.1083/jcb.202001064

    Examples
    --------
    >>> found = compare_means([0.42, 0.45, 0.40], [0.61, 0.66, 0.58])
    >>> round(found.difference, 3), found.p < 0.01
    (0.193, True)
    """
    one_of("test", test, ("t", "permutation"))
    in_range("confidence", confidence, 0.5, 0.999)
    first, second = _finite("values1", values1), _finite("values2", values2)
    if paired and first.size != second.size:
        msg = f"values1 has {first.size} values and values2 {second.size}; pairs need as many"
        raise ValueError(msg)
    if not first.size or not second.size:
        return MeanDifference(math.nan, reason="a group has no replicate")
    difference = float(second.mean() - first.mean())
    fewest = min(first.size, second.size)
    if fewest < MIN_REPLICATES:
        reason = f"{fewest} replicates; at least {MIN_REPLICATES} in each group are needed"
        return MeanDifference(difference, reason=reason)
    if _constant(first, second, paired=paired):
        return MeanDifference(difference, reason="the replicates do not vary")
    if paired:
        t_test = stats.ttest_rel(second, first)
    else:
        t_test = stats.ttest_ind(second, first, equal_var=False)
    interval = t_test.confidence_interval(confidence)
    p, reason = float(t_test.pvalue), ""
    if test == "permutation":
        p, reason = _permutation(first, second, paired=paired)
    return MeanDifference(difference, float(interval.low), float(interval.high), p, reason)


def _finite(name: str, values: Any) -> FloatArray:
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or not np.isfinite(array).all():
        msg = f"{name} must be finite numbers, one for each replicate"
        raise ValueError(msg)
    return array


def _constant(first: FloatArray, second: FloatArray, *, paired: bool) -> bool:
    """Return whether only rounding tells the values, or the differences of pairs, from a mean."""
    least = _ROUNDING * float(np.abs([*first, *second]).max())
    spreads = [np.ptp(second - first)] if paired else [np.ptp(first), np.ptp(second)]
    return bool(max(spreads) <= least)


def _permutation(first: FloatArray, second: FloatArray, *, paired: bool) -> tuple[float, str]:
    """Return the p-value of a permutation of replicates, or why there is none."""
    fewest, needed = min(first.size, second.size), _MIN_PAIRS if paired else _MIN_PERMUTED
    if fewest < needed:
        kind = "pairs" if paired else "replicates in each group"
        return math.nan, f"{fewest} {kind}; a permutation test needs {needed}"
    orders = 2**first.size if paired else math.comb(first.size + second.size, first.size)
    if orders > _EXACT:
        return math.nan, f"{orders} permutations are too many to be tried all; use the t test"
    found = stats.permutation_test(
        (second, first),
        lambda a, b, axis: np.mean(a, axis=axis) - np.mean(b, axis=axis),
        permutation_type="samples" if paired else "independent",
        vectorized=True,
        n_resamples=orders,
    )
    return float(found.pvalue), ""


def adjusted(p: Sequence[float], method: Literal["holm", "bh", "none"] = "holm") -> FloatArray:
    """Return p-values adjusted for their number; NaN stays and does not count.

    Parameters
    ----------
    p : sequence of float
        p-values.
    method : {"holm", "bh", "none"}
        Holm's, which bounds the chance of any false one, or Benjamini and Hochberg's, which
        bounds the share of false ones.

    Examples
    --------
    >>> adjusted([0.01, 0.04]).tolist()
    [0.02, 0.04]
    """
    one_of("method", method, ("holm", "bh", "none"))
    values = np.asarray(p, np.float64)
    out = values.copy()
    known = np.flatnonzero(np.isfinite(values))
    if method == "bh" and known.size:
        out[known] = stats.false_discovery_control(values[known])
    elif method == "holm":
        order = known[np.argsort(values[known], kind="stable")]
        factors = np.arange(order.size, 0, -1)
        out[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1)
    return out


def compare_correlations(
    r1: float, n_eff1: float, r2: float, n_eff2: float, *, confidence: float = 0.95
) -> MeanDifference:
    """Compare two correlations of single images by Fisher's z.

    Parameters
    ----------
    r1, r2 : float
        Correlations, between -1 and 1.
    n_eff1, n_eff2 : float
        Their numbers of independent pixels, as `correlation_test` gives them.
    confidence : float
        Confidence level of the interval, from 0.5 to 0.999.

    Returns
    -------
    MeanDifference
        Of atanh(r), with its interval. It tells two images from each other, not two conditions.

    Examples
    --------
    >>> compare_correlations(0.3, 200, 0.6, 180).p < 0.001
    True
    """
    in_range("confidence", confidence, 0.5, 0.999)
    for name, r in (("r1", r1), ("r2", r2)):
        in_range(name, r, -1, 1)
    if abs(r1) == 1 or abs(r2) == 1:
        return MeanDifference(math.nan, reason="atanh of 1 is infinite")
    difference = math.atanh(r2) - math.atanh(r1)
    if not min(n_eff1, n_eff2) > 3:
        return MeanDifference(difference, reason="fewer than 4 independent pixels")
    error = math.sqrt(1 / (n_eff1 - 3) + 1 / (n_eff2 - 3))
    half = float(stats.norm.ppf(0.5 + confidence / 2)) * error
    p = float(2 * stats.norm.sf(abs(difference) / error))
    return MeanDifference(difference, difference - half, difference + half, p)
