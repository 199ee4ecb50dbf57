"""Confidence intervals of values that have a lowest and a highest one."""

from __future__ import annotations

import math


def possible_interval(
    value: float, low: float, high: float, lowest: float, highest: float
) -> tuple[float, float, str]:
    """Return the possible part of the interval of a value, and why there is none or it is beside.

    What is cut off holds no true value, so that an interval holds it as often as before. A value
    may be beyond the possible, and so beside its interval. Without a reason it is not, and the
    bounds are finite.

    Examples
    --------
    >>> possible_interval(0.98, 0.9, 1.1, -1, 1)
    (0.9, 1.0, '')
    >>> possible_interval(1.02, 0.9, 1.14, -1, 1)
    (0.9, 1.0, 'above 1, by chance or because what it assumes does not hold')
    >>> possible_interval(0.7, -1.7, 3.2, -1, 1)
    (nan, nan, 'no interval: the data leave everything from -1 to 1 possible')
    """
    beside = f"above {highest:g}" if value > highest else f"below {lowest:g}"
    why = f"{beside}, by chance or because what it assumes does not hold"
    reasons = [] if lowest <= value <= highest else [why]
    if low > highest or high < lowest:
        why = f"no interval: it would be {low:.2f} to {high:.2f}, beyond {lowest:g} to {highest:g}"
    elif low <= lowest and high >= highest:
        why = f"no interval: the data leave everything from {lowest:g} to {highest:g} possible"
    else:
        return float(max(low, lowest)), float(min(high, highest)), "".join(reasons)
    return math.nan, math.nan, ", ".join([*reasons, why])
