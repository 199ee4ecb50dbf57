"""Bleed-through of either channel into the other."""

from __future__ import annotations

import math

import numpy as np

from covoxel.intensity.bleed import bleed_through
from covoxel.quality.caution import Finding, digits
from covoxel.quality.kinds import BLEED_THROUGH
from covoxel.quality.pixels.sampled import Sampled

#: About so many pixels are looked at.
_PIXELS = 1 << 17


def bleed_findings(sampled1: Sampled, sampled2: Sampled) -> list[Finding]:
    """Look for bleed-through of either channel into the other, at the plane of channel 1."""
    if sampled2.depth != sampled1.depth:
        sampled2 = Sampled(2, sampled2.channel, sampled2.t, sampled1.depth)
    step = max(1, math.isqrt(sampled1.plane.size // _PIXELS))
    one, two = (sampled.plane[::step, ::step] for sampled in (sampled1, sampled2))
    if not (np.isfinite(one).all() and np.isfinite(two).all()):
        kept = np.isfinite(one) & np.isfinite(two)
        one, two = one[kept], two[kept]
    slopes = ((2, bleed_through(one, two)), (1, bleed_through(two, one)))
    return [
        Finding(BLEED_THROUGH, (digits(slope),), number) for number, slope in slopes if slope > 0
    ]
