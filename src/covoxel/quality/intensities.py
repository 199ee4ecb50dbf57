"""Checks of the intensities of one channel, from its histogram."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import BoolArray, FloatArray, IntArray
from covoxel.quality.codes import (
    BINARY,
    CLIPPED,
    CONSTANT,
    NEGATIVE,
    OFFSET,
    RESCALED,
    SATURATED,
    Severity,
)
from covoxel.quality.findings import Finding, digits
from covoxel.quality.levels import Levels

#: A level is piled up when it holds more than this many times what its neighbours hold.
_PILE = 3
#: So many pixels at least are a pile; fewer are only where the detector's maximum is.
_LEAST = 10
#: Largest counts of detectors of 8 to 16 bits, aligned to the right or left of 16 bits.
_CEILINGS = np.array([[(1 << k) - 1, ((1 << k) - 1) << (16 - k)] for k in range(8, 17)])
#: Levels above a pile, as hot pixels or a correction of saturated images leave them, and the
#: most pixels at them, as a share of the pile.
_ABOVE, _FEW = 5, 0.1
#: With fewer levels than this, a full one is not a pile.
_LEVELS = 8
#: Saturated pixels that warn, and that are severe.
_SATURATED = 0.001, 0.01
#: Piled-up lowest pixels below this share move no measure by a visible digit.
_CLIPPED = 0.01
#: Where counts rise from the lowest levels, the lowest holds hardly more than a geometric decay
#: towards it, and what it holds shows from this share on.
_RISING, _CLIPPED_RISING = 1.2, 0.05
#: An offset above this share of the signal range is one in a region of few pixels, too, which
#: may have none at 0 by chance.
_OFFSET = 0.05
#: Fewer pixels than this give correlations that scatter widely.
TINY = 500
#: By chance a level is empty between two that hold this many once in 1e13 times.
_FILLED, _GAPS = 30, 3


def intensity_findings(levels: Levels) -> list[Finding]:
    """Check one channel by itself."""
    return [
        *_saturated(levels),
        _constant(levels),
        _binary(levels),
        _clipped(levels),
        _offset(levels),
        _negative(levels),
        _rescaled(levels),
    ]


def saturated_shares(levels: Levels) -> FloatArray:
    """Return the share of each region's pixels at the intensity of saturation; NaN if empty."""
    _, count = _saturation(levels)
    with np.errstate(invalid="ignore"):
        return count / levels.pixels


def _saturation(levels: Levels) -> tuple[FloatArray, IntArray]:
    """Return the intensity at which each region is saturated, and the pixels there.

    The intensity is NaN, and there are no pixels, where it is not.
    """
    top = levels.value(-1)
    full = (top == levels.ceiling) & (levels.distinct != 2)
    value = np.where(full, top, np.nan)
    count = np.where(full, levels.count(-1), 0)
    above = np.zeros_like(count)
    for place in range(-1, -2 - _ABOVE, -1):
        level, held = levels.value(place), levels.count(place)
        found = (count == 0) & _piled(levels, place) & (above <= _FEW * held)
        value, count = np.where(found, level, value), np.where(found, held, count)
        above += held
    return value, count


def _piled(levels: Levels, place: int) -> BoolArray:
    """Return where the level at a place, from the top, holds far more than those below it."""
    held = levels.count(place)
    beside = np.max([levels.count(place - step) for step in (1, 2, 3, 4)], axis=0)
    many = (held >= _LEAST) & (levels.distinct >= _LEVELS)
    detector = (place == -1) & np.isin(levels.value(place), _CEILINGS)
    piled: BoolArray = (held > _PILE * beside) & (many | detector) & (levels.distinct != 2)
    return piled


def _saturated(levels: Levels) -> list[Finding]:
    value, count = _saturation(levels)
    share = count / levels.pixels
    warn, gross = _SATURATED
    found, severe = share > warn, share >= gross
    known = (value == levels.ceiling) | np.isin(value, _CEILINGS)
    detector = "the detector's maximum"
    other = "far more than just below, as in a saturated image that was clipped or corrected"

    def finding(severity: Severity, where: BoolArray, what: str) -> Finding:
        text = f"{{}} % of pixels of channel {levels.channel} are at {{}}, {what}"
        numbers = digits(100 * share), value
        return Finding(SATURATED, severity, found & where, text, numbers, levels.channel)

    return [
        finding("severe", severe & known, detector),
        finding("severe", severe & ~known, other),
        finding("warning", ~severe & known, detector),
        finding("warning", ~severe & ~known, other),
    ]


def _constant(levels: Levels) -> Finding:
    return Finding(
        CONSTANT,
        "severe",
        (levels.distinct == 1) & (levels.pixels > 1),
        f"all pixels of channel {levels.channel} are {{}}",
        (levels.value(0),),
        levels.channel,
    )


def _binary(levels: Levels) -> Finding:
    return Finding(
        BINARY,
        "warning",
        levels.distinct == 2,
        f"channel {levels.channel} has only 2 intensities, {{}} and {{}}",
        (levels.value(0), levels.value(-1)),
        levels.channel,
    )


def _clipped(levels: Levels) -> Finding:
    """Find pixels at the lowest level that no smooth decay from the next ones explains.

    Few photons make many such pixels, too. Their counts fall off about geometrically, or faster
    (Poisson: n₁²/n₂ = 2 n₀), so n₁²/n₂ is what an unclipped channel may have there. Where the
    counts rise from n₁ on, it is the most that one with a single peak has.
    """
    lowest, first, second, third = (
        levels.count(place).astype(np.float64) for place in (0, 1, 2, 3)
    )
    decayed = first**2 / np.maximum(second, 1)
    noise = 3 * np.sqrt(first)
    rising = (second >= first - noise) & (third >= second - noise)
    piled = lowest > _PILE * np.max([first, second, decayed], axis=0)
    share = lowest / levels.pixels
    found = piled & (lowest >= _LEAST) & (share >= _CLIPPED)
    found |= rising & (lowest > _RISING * decayed + noise) & (share >= _CLIPPED_RISING)
    return Finding(
        CLIPPED,
        "warning",
        found & (levels.distinct > 2),
        f"{{}} % of pixels of channel {levels.channel} are exactly {{}}, the lowest intensity, "
        "far more than just above it",
        (digits(100 * share), levels.value(0)),
        levels.channel,
    )


def _offset(levels: Levels) -> Finding:
    """Find offsets that Manders' M counts as signal: few pixels are at 0, or none near it."""
    high = levels.low > _OFFSET * levels.range
    return Finding(
        OFFSET,
        "warning",
        (levels.range > 0) & (levels.low > 0) & (high | (levels.pixels >= TINY)),
        f"channel {levels.channel} does not begin at 0: 99 % of its pixels are at {{}} or more, "
        f"{{}} % of its signal range, so M{3 - levels.channel} above 0 counts nearly all pixels",
        (digits(levels.low, 4), digits(100 * levels.low / levels.range)),
        levels.channel,
    )


def _negative(levels: Levels) -> Finding:
    below = levels.below_zero()
    return Finding(
        NEGATIVE,
        "notice",
        below > 0,
        f"{{}} % of pixels of channel {levels.channel} are negative, down to {{}}",
        (digits(100 * below / levels.pixels), digits(levels.value(0), 4)),
        levels.channel,
    )


def _rescaled(levels: Levels) -> Finding:
    gaps = levels.skipped(_FILLED)
    return Finding(
        RESCALED,
        "notice",
        (gaps >= _GAPS) & (levels.distinct > _GAPS),
        f"{{}} gaps lie between well-filled intensities of channel {levels.channel}, "
        "as rescaling leaves them",
        (gaps,),
        levels.channel,
    )
