"""What registers with itself at no shift, where the channels share nothing else."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import BoolArray
from covoxel.correlation.frames import Frame
from covoxel.correlation.same_pixels import share_in_same_pixels
from covoxel.intensity.bleed import bleed_through
from covoxel.registration.overlapping import overlapping_parts
from covoxel.registration.search import BestDisplacement, SearchOptions, search
from covoxel.registration.unshifted import APART, less

#: Pixels in the middle of an image that are looked at.
_PIXELS = 1 << 18
#: The lower envelope that shows bleed-through lies below it by noise: so much more is taken off,
#: but no more than what correlates.
_MORE = 1.5


def at_no_shift(frame1: Frame, frame2: Frame, found: BestDisplacement) -> bool:
    """Return whether a displacement is so near 0 that it may be that of what is not shifted."""
    return bool(np.linalg.norm(found.offset) < APART) and frame1.shape == frame2.shape


def pattern_share(frame1: Frame, frame2: Frame) -> float:
    """Return the share of the covariance that is in the same single pixels alone."""
    middles = _middles(frame1, frame2)
    if middles is None or middles[0].values.ndim < 2:
        return 0.0
    *parts, known = middles
    a, b = (
        np.where(known, part.values.astype(np.float64) / (part.scale or 1.0), np.nan)
        for part in parts
    )
    return share_in_same_pixels(a, b)


def bleed_alone(frame1: Frame, frame2: Frame, options: SearchOptions) -> float:
    """Return the share of one channel that bleeds into the other, if only that registers them.

    It is 0 where no bleed-through shows, and where the channels are registrable without it.
    """
    share1, share2 = _shares(frame1, frame2)
    if share1 == share2 == 0:
        return 0.0
    if share1 >= share2:
        rest = frame1, less(frame1, frame2, share1 * frame1.scale / frame2.scale)
    else:
        rest = less(frame2, frame1, share2 * frame2.scale / frame1.scale), frame2
    without = search(*rest, options)
    return 0.0 if without is not None and without.registrable else max(share1, share2)


def _middles(frame1: Frame, frame2: Frame) -> tuple[Frame, Frame, BoolArray] | None:
    """Return the middle of both frames and where it is known, None where they do not overlap."""
    cut = overlapping_parts(frame1, frame2, (0,) * len(frame1.shape), 1)
    if cut is None:
        return None
    one, two = (part.middle(_PIXELS) for part in cut)
    known = np.isfinite(one.values) & np.isfinite(two.values)
    for mask in (one.mask, two.mask):
        known = known if mask is None else known & mask
    return one, two, np.asarray(known, np.bool_)


def _shares(frame1: Frame, frame2: Frame) -> tuple[float, float]:
    """Return the share of either channel that bleeds into the other."""
    middles = _middles(frame1, frame2)
    if middles is None:
        return 0.0, 0.0
    one, two, known = middles
    unit = max(one.scale, two.scale) or 1.0
    a, b = (
        part.values[known] / unit if part.values.dtype.kind == "f" else part.values[known]
        for part in (one, two)
    )
    slopes = bleed_through(a, b), bleed_through(b, a)
    if not any(slopes):
        return 0.0, 0.0
    (var1, both), (_, var2) = np.cov(a, b)
    first, second = (
        max(0.0, min(_MORE * slope, both / variance)) if slope else 0.0
        for slope, variance in zip(slopes, (var1, var2), strict=True)
    )
    return first, second
