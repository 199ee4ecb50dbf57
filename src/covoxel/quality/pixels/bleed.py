"""Bleed-through: where one channel is bright, the other is nowhere dark, in proportion."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.quality.caution import Finding, digits
from covoxel.quality.kinds import BLEED_THROUGH
from covoxel.quality.pixels.sampled import Sampled

#: About so many pixels are looked at.
_PIXELS = 1 << 17
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


def bleed_findings(sampled1: Sampled, sampled2: Sampled) -> list[Finding]:
    """Look for bleed-through of either channel into the other, at the plane of channel 1."""
    first = sampled1.plane
    second = Sampled(2, sampled2.channel, sampled2.t, sampled1.depth).plane
    step = max(1, int(np.sqrt(first.size / _PIXELS)))
    pixels = [plane[::step, ::step].ravel().astype(np.float64) for plane in (first, second)]
    kept = np.isfinite(pixels[0]) & np.isfinite(pixels[1])
    one, two = (values[kept] for values in pixels)
    slopes = ((2, bleed_through(one, two)), (1, bleed_through(two, one)))
    return [
        Finding(BLEED_THROUGH, (digits(slope),), number) for number, slope in slopes if slope > 0
    ]


def bleed_through(source: FloatArray, target: FloatArray) -> float:
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
    ends = [source.size // 20, source.size - 1 - source.size // 1000]
    low, high = np.partition(source, ends)[ends]  # sorting all would take ten times as long
    edges = np.linspace(low + _BRIGHT * (high - low), high, _STEPS + 1)
    steps = [(source >= start) & (source < stop) for start, stop in pairwise(edges)]
    steps = [step for step in steps if np.count_nonzero(step) >= _FILLED]
    dark = source < low + _BRIGHT / 4 * (high - low)
    if len(steps) < _LEAST or np.count_nonzero(dark) < _FILLED:
        return 0.0
    x = np.array([source[step].mean() for step in steps]) - source[dark].mean()
    floor, middle = np.quantile(target[dark], [_ENVELOPE, 0.5])
    quantiles = np.array([np.quantile(target[step], [_ENVELOPE, 0.5]) for step in steps])
    y, typical = (quantiles - [floor, middle]).T
    slope = float(x @ y / (x @ x))
    own = np.quantile(target, 0.999) - floor
    noise = (middle - floor) / 1.28
    tight = float(x @ typical / (x @ x)) < _TIGHT * slope
    bled = slope * x[-1]
    visible = bled > _VISIBLE * noise and own > bled * (_OWN_IF_TIGHT if tight else _OWN)
    return slope if 0 < slope < 1 and visible and _straight(x, y, slope) else 0.0


def _straight(x: FloatArray, y: FloatArray, slope: float) -> bool:
    """Return whether an envelope lies on a line through 0, its steep or flat end included."""
    spread = np.square(y).sum()
    fit = 1 - np.square(y - slope * x).sum() / spread if spread else 0
    local = np.polyfit(x, y, 1)[0] / slope
    return bool(fit >= _STRAIGHT and _ALIKE[0] <= local <= _ALIKE[1])
