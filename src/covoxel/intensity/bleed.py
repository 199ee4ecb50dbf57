"""Bleed-through: where one channel is bright, the other is nowhere dark, in proportion."""

from __future__ import annotations

import math

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray

#: So many pixels, or so many dark and bright ones, show where there is nothing to find.
_FEW, _ENOUGH = 1 << 14, 1 << 12
#: The lower end of the range of the channel that bleeds is this quantile. The upper end is looked
#: for above this one.
_LOW, _UPPER = 0.05, 0.98
#: The brightest pixels begin at this share of the range of the channel that bleeds; steps from
#: there to its upper end, the fewest pixels of a step, and the fewest steps.
_BRIGHT, _STEPS, _FILLED, _LEAST = 0.2, 8, 30, 4
#: The lower envelope of the other channel: this quantile of each step.
_ENVELOPE = 0.1
#: It lies on a line through the dark end with this R², and is as steep among the brightest
#: pixels by themselves, within these factors.
_STRAIGHT, _ALIKE = 0.975, (0.75, 1.33)
#: What bleeds through exceeds the noise of the dark pixels by this many standard deviations.
_VISIBLE = 2.0
#: The other channel has structures of its own, which exceed what bleeds through by this factor;
#: by less where most pixels lie on the envelope, so that their median is hardly steeper. What is
#: bright in both channels alike is colocalized.
_OWN, _OWN_IF_TIGHT, _TIGHT = 3.5, 2.75, 1.25
#: Few pixels may miss all of this by such a factor where there is something to find.
_MARGIN = 1.5


def bleed_through(source: AnyArray, target: AnyArray) -> float:
    """Return how much of a channel bleeds into another; 0 where it does not seem to.

    It is the slope of the lower envelope of `target` over `source`, where that is a straight
    line from the dark pixels to the brightest ones.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> source, own = rng.gamma(0.3, 100, (2, 20000))
    >>> round(bleed_through(source, own * (rng.random(20000) < 0.3) + 0.1 * source), 1)
    0.1
    """
    if source.size < _LEAST * _FILLED:
        return 0.0
    every = max(1, source.size // _FEW)
    slope = _slope(source[::every].ravel(), target[::every].ravel(), _ENOUGH, _MARGIN)
    if slope:  # or NaN
        source, target = source.ravel(), target.ravel()
        slope = _slope(source, target, _ENOUGH) if np.isnan(slope) else slope
        slope = slope and _slope(source, target, source.size)
    return 0.0 if np.isnan(slope) else slope


def _slope(source: AnyArray, target: AnyArray, enough: int, margin: float = 1.0) -> float:
    """Return the slope from `enough` bright pixels and as many dark ones; NaN if there are few.

    It is 0 where it misses what bleed-through is known by, by more than a factor, the margin.
    """
    some = np.arange(0, source.size, max(1, source.size // enough))
    (low,), top = _quantiles(source[some], _LOW), _highest(source)
    high = float(top)
    start = low + _BRIGHT * (high - low)
    if start >= high:
        return 0.0
    least = math.ceil(start) if source.dtype.kind in "ui" else start  # compared without a cast
    within = (source >= least) & (source < top)
    every = max(1, int(np.count_nonzero(within)) // enough)
    bright = np.flatnonzero(within[::every]) * every
    dark = some[source[some] < low + _BRIGHT / 4 * (high - low)]
    steps = _steps(source[bright], start, high)
    if len(steps) < _LEAST or dark.size < _FILLED:
        return np.nan
    x = np.array([source[bright[step]].mean() for step in steps]) - source[dark].mean()
    floor, middle = _quantiles(target[dark], _ENVELOPE, 0.5)
    quantiles = np.array([_quantiles(target[bright[step]], _ENVELOPE, 0.5) for step in steps])
    y, typical = (quantiles - [floor, middle]).T
    slope = float(x @ y / (x @ x))
    noise = (middle - floor) / 1.28
    bled = slope * x[-1]
    seen = 0 < slope < 1 and margin * bled > _VISIBLE * noise
    if not (seen and _straight(x, y, slope, margin)):
        return 0.0
    tight = float(x @ typical / (x @ x)) < margin * _TIGHT * slope
    own = margin * (float(_highest(target)) - floor)
    return slope if own > bled * (_OWN_IF_TIGHT if tight else _OWN) else 0.0


def _steps(bright: AnyArray, start: float, stop: float) -> list[IntArray]:
    """Return where bright pixels are that lie in the same step, of those steps that are filled."""
    number = ((bright - start) * (_STEPS / (stop - start))).astype(np.int8)
    order = np.argsort(number, kind="stable")  # which counts numbers as small as these
    ends = np.searchsorted(number[order], np.arange(_STEPS), side="right")
    steps = np.split(order, ends)[:_STEPS]
    return [step for step in steps if step.size >= _FILLED]


def _quantiles(values: AnyArray, *shares: float) -> list[float]:
    """Return the values below which these shares are; NumPy's own takes ten times as long."""
    places = [round(share * (values.size - 1)) for share in shares]
    return [float(value) for value in np.partition(values, places)[places]]


def _highest(values: AnyArray) -> AnyArray:
    """Return the value that only a thousandth of all exceed."""
    beyond = 1 + values.size // 1000
    some = values[:: max(1, values.size // _ENOUGH)]
    limit = np.partition(some, int(_UPPER * some.size))[int(_UPPER * some.size)]
    upper = values[values >= limit]  # which are few, so that they are fast to partition
    upper = upper if upper.size >= beyond else values
    highest: AnyArray = np.partition(upper, upper.size - beyond)[upper.size - beyond]
    return highest


def _straight(x: FloatArray, y: FloatArray, slope: float, margin: float) -> bool:
    """Return whether an envelope lies on a line through 0, its steep or flat end included."""
    spread = np.square(y).sum()
    rest = np.square(y - slope * x).sum() / spread if spread else 1.0
    deviations = x - x.mean()
    local = deviations @ y / (deviations @ deviations) / slope
    alike = _ALIKE[0] <= local * margin and local <= _ALIKE[1] * margin
    return bool(rest <= margin * (1 - _STRAIGHT) and alike)
