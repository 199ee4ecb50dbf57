"""All checks of two images by pixels in their places, and what both share."""

from __future__ import annotations

import math

import numpy as np

from covoxel.correlation.same_pixels import MOSTLY, share_in_same_pixels
from covoxel.image.channel import Channel
from covoxel.intensity.bleed import bleed_through
from covoxel.quality.caution import Finding, digits
from covoxel.quality.kinds.pairs import BLEED_THROUGH, SHARED_PATTERN
from covoxel.quality.pixels.artefacts import artefact_findings
from covoxel.quality.pixels.sampled import Sampled, middle, without_hot
from covoxel.quality.pixels.sequences import stack_findings
from covoxel.quality.pixels.texture import texture_findings

#: About so many pixels are looked at for bleed-through, and an edge of so many for a pattern.
_PIXELS, _EDGE = 1 << 17, 256


def image_findings(
    channel1: Channel, channel2: Channel, *, t: int = 0, z: int | None = None
) -> list[Finding]:
    """Check time point `t` of two channels on one grid, or plane `z` of it, without regions."""
    if 0 in channel1.spatial_shape:
        return []
    both = Sampled(1, channel1, t, z), Sampled(2, channel2, t, z)
    checks = texture_findings, artefact_findings, stack_findings
    single = [finding for sampled in both for check in checks for finding in check(sampled)]
    return single + _shared(*both)


def _shared(sampled1: Sampled, sampled2: Sampled) -> list[Finding]:
    """Look for what both channels share beside structures, at the plane of channel 1."""
    if sampled2.depth != sampled1.depth:
        sampled2 = Sampled(2, sampled2.channel, sampled2.t, sampled1.depth)
    return _bleed(sampled1, sampled2) + _pattern(sampled1, sampled2)


def _pattern(sampled1: Sampled, sampled2: Sampled) -> list[Finding]:
    """Look for covariance of single pixels in the middle of the plane."""
    rows, columns = (middle(n, _EDGE) for n in sampled1.plane.shape)
    parts = (sampled.plane[rows, columns].astype(np.float64) for sampled in (sampled1, sampled2))
    # hot pixels, which both may share, have a caution of their own
    clipped = [
        without_hot(part[np.newaxis])[0] if np.isfinite(part).all() else part for part in parts
    ]
    share = share_in_same_pixels(*clipped)
    return [Finding(SHARED_PATTERN, (digits(100 * share),))] if share > MOSTLY else []


def _bleed(sampled1: Sampled, sampled2: Sampled) -> list[Finding]:
    """Look for bleed-through of either channel into the other."""
    step = max(1, math.isqrt(sampled1.plane.size // _PIXELS))
    one, two = (sampled.plane[::step, ::step] for sampled in (sampled1, sampled2))
    if not (np.isfinite(one).all() and np.isfinite(two).all()):
        kept = np.isfinite(one) & np.isfinite(two)
        one, two = one[kept], two[kept]
    slopes = ((2, bleed_through(one, two)), (1, bleed_through(two, one)))
    return [
        Finding(BLEED_THROUGH, (digits(slope),), number) for number, slope in slopes if slope > 0
    ]
