"""Confidence intervals of values that have a lowest and a highest one."""

from __future__ import annotations

import math


def possible_interval(
    low: float, high: float, lowest: float, highest: float
) -> tuple[float, float, str]:
    """Return the possible part of an interval, or NaN and why there is none.

    What is cut off holds no true value, so that an interval holds it as often as before.

    Examples
    --------
    >>> possible_interval(0.9, 1.1, -1, 1)
    (0.9, 1.0, '')
    >>> possible_interval(-1.7, 3.2, -1, 1)
    (nan, nan, 'no interval: the data leave everything from -1 to 1 possible')
    """
    if low > highest or high < lowest:
        why = f"no interval: it would be {low:.2f} to {high:.2f}, beyond {lowest:g} to {highest:g}"
        return math.nan, math.nan, why
    if low <= lowest and high >= highest:
        why = f"no interval: the data leave everything from {lowest:g} to {highest:g} possible"
        return math.nan, math.nan, why
    return float(max(low, lowest)), float(min(high, highest)), ""
