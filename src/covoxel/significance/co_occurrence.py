"""Intervals, chance values and p-values of Manders' coefficients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from covoxel.core.bounds import possible_interval
from covoxel.core.checks import in_range
from covoxel.core.types import AnyArray
from covoxel.significance.area import Area
from covoxel.significance.effective_size import texture
from covoxel.significance.interval import influence_error
from covoxel.significance.prepared import Prepared, prepared
from covoxel.significance.shift import GatedShifts

#: Share that is nothing in three digits.
_NOTHING = 0.0005


@dataclass(frozen=True, slots=True)
class CoOccurrence:
    """One of Manders' coefficients, how certain it is, and what it would be by chance.

    Attributes
    ----------
    value : float
        Share of the channel's intensity where the other one exceeds its threshold.
    low, high : float
        Bounds of its confidence interval, with the threshold held fixed.
    chance : float
        Share of the area where the other channel exceeds its threshold: the value that is
        expected of channels that are placed at random.
    p_shift : float
        Two-sided p-value against shifts of one channel.
    shifts : float
        Number of independent shifts; `p_shift` is at least 1/(1 + shifts).
    reason : str
        Why values are NaN, empty if none is.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    chance: float = math.nan
    p_shift: float = math.nan
    shifts: float = math.nan
    reason: str = ""


def manders_test(
    image1: Any,
    image2: Any,
    *,
    threshold1: float | None = None,
    threshold2: float | None = None,
    mask: Any = None,
    psf: float | None = None,
    spacing: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> tuple[CoOccurrence, CoOccurrence]:
    """Test both of Manders' coefficients, and give their intervals and chance values.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, on one grid.
    threshold1, threshold2 : float, optional
        Thresholds in raw units; above means ``>``. Without one, 0: plain M1 and M2.
    mask, psf, spacing
        As in `correlation_test`.
    confidence : float
        Confidence level of the interval, from 0.5 to 0.999.

    Returns
    -------
    tuple of CoOccurrence
        Of channel 1, its intensity where channel 2 exceeds `threshold2`; and of channel 2.

    Raises
    ------
    ValueError
        If the grids differ or an option is out of range.

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(n_spots1=180, n_shared=120, rng=1)
    >>> tm1, tm2 = manders_test(pair.channel1, pair.channel2, threshold1=150, threshold2=150)
    >>> tm1.low < tm1.value < tm1.high, tm1.value > tm1.chance, tm1.p_shift < 0.01
    (True, True, True)
    """
    in_range("confidence", confidence, 0.5, 0.999)
    given = prepared(image1, image2, mask, psf, spacing)
    if isinstance(given, str):
        nothing = CoOccurrence(math.nan, reason=given)
        return nothing, nothing
    return co_occurrence_of(given, threshold1, threshold2, confidence)


def co_occurrence_of(
    given: Prepared,
    threshold1: float | None = None,
    threshold2: float | None = None,
    confidence: float = 0.95,
) -> tuple[CoOccurrence, CoOccurrence]:
    """Return both tests of channels that are prepared."""
    pair, shifts = given.pair, given.shifts
    gated = None
    if not isinstance(shifts, str) and given.tested is not None:
        gated = GatedShifts(given.tested, shifts, threshold1 or 0, threshold2 or 0)
    both = []
    for own, other, threshold, excess in (
        (pair.values1, pair.values2, threshold2, GatedShifts.manders1),
        (pair.values2, pair.values1, threshold1, GatedShifts.manders2),
    ):
        intensity = np.maximum(pair.area.inside(own), 0)
        gate = pair.area.inside(other) > (threshold or 0)
        value, low, high, why = _interval(pair.area, intensity, gate, confidence)
        chance = float(np.count_nonzero(gate) / pair.area.n)
        found = CoOccurrence(value, low, high, chance)
        reasons = {why: None}
        if gated is None:
            reasons[str(shifts)] = None
        elif 0 < chance < 1:
            null = gated.shifts.null(excess(gated))
            found = replace(found, p_shift=null.p, shifts=null.independent)
            reasons[null.reason] = None
        both.append(replace(found, reason="; ".join(filter(None, reasons))))
    return both[0], both[1]


def _interval(
    area: Area, intensity: AnyArray, gate: AnyArray, confidence: float
) -> tuple[float, float, float, str]:
    """Return a coefficient, its bounds on the logit scale, and why there are none."""
    total = float(intensity.sum(dtype=np.float64))
    if total <= 0:
        return math.nan, math.nan, math.nan, "no intensity above 0"
    covered = np.count_nonzero(gate)
    value = 1.0 if covered == area.n else float(intensity[gate].sum(dtype=np.float64) / total)
    if not 0 < value < 1:
        return value, math.nan, math.nan, f"no interval and no test of a share of {value:g}"
    if intensity.min() == intensity.max():
        return value, math.nan, math.nan, "no interval: the channel is constant"
    # influences are as wide as the gate where the intensity is even
    intensity = intensity / float(intensity.max())  # squares of large ones stay finite
    total = float(intensity.sum())
    root = math.sqrt(np.mean(np.square(intensity)))
    found = texture(
        area, np.stack([area.spread(intensity / root), *area.standardised(area.spread(gate))])
    )
    influence = area.spread(intensity * (gate - value) / total)
    error, freedom = influence_error(area, influence, found)
    if not math.isfinite(error):
        return value, math.nan, math.nan, "no interval: the area holds too few windows"
    half = float(special.stdtrit(freedom, 0.5 + confidence / 2)) * error / (value * (1 - value))
    logit = math.log(value / (1 - value))
    low, high = special.expit([logit - half, logit + half]).tolist()
    if low < _NOTHING and high > 1 - _NOTHING:  # the logit scale reaches neither end
        low, high = 0.0, 1.0
    return value, *possible_interval(value, low, high, 0, 1)
