"""The checks: each looks at all regions at once and says what it found in which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from covoxel._types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.intensity.sums import Moments
from covoxel.quality.codes import (
    BINARY,
    BORDER,
    CLIPPED,
    IDENTICAL,
    MOSTLY_BACKGROUND,
    NEAR_DUPLICATE,
    NEGATIVE,
    NO_VOXEL_SIZE,
    OFFSET,
    RESCALED,
    SATURATED,
    TINY_REGION,
)
from covoxel.quality.findings import Finding, Findings
from covoxel.quality.levels import Levels

#: Largest counts of detectors of 8 to 16 bits, aligned to the right or left of 16 bits.
_CEILINGS = np.array([[(1 << k) - 1, ((1 << k) - 1) << (16 - k)] for k in range(8, 17)])
#: A level is piled up when it holds more than this many times what its neighbours hold.
_PILE = 3
#: Saturated pixels that warn, and that are severe.
_SATURATED = 0.001, 0.01
#: Piled-up zeros below this share move no measure by a visible digit.
_ZEROS = 0.01
#: An offset matters when it exceeds this share of the signal range.
_OFFSET = 0.05
#: Where this share of each channel is within `_DIM` of the range, most pixels are background.
_VOID, _DIM = 0.9, 0.1
#: By chance a level is empty between two that hold this many once in 1e13 times.
_FILLED, _GAPS = 30, 3
#: Fewer pixels than this give correlations that scatter widely.
_TINY = 500
#: Noise keeps the correlation of two separate acquisitions below this.
_DUPLICATE = 0.999


def findings(
    levels1: Levels,
    levels2: Levels,
    *,
    identical: BoolArray,
    border: BoolArray,
    spacing: Sequence[float] | None,
    pixels: IntArray,
    pearson: FloatArray | None = None,
) -> Findings:
    """Check the regions of two channels.

    Parameters
    ----------
    levels1, levels2 : Levels
        The levels of each channel, raw.
    identical, border : (R,) bool arrays
        Whether both channels are the same there, see `identical`, and whether the region
        touches the frame, see `touches_border`.
    spacing : tuple of float or None
        Voxel size in µm; None means unknown, which is said of every region.
    pixels : (R,) int array
        Finite pixels of each region.
    pearson : (R,) float array, optional
        Pearson's r; it finds channels that are copies of one another.

    Returns
    -------
    Findings
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = [finding for levels in (levels1, levels2) for finding in _channel(levels)]
        found += _region(levels1, levels2, identical, border, pixels, pearson)
    if spacing is None:
        found.append(_no_voxel_size(pixels.size))
    return Findings(found, pixels.size)


def identical(moments: Moments) -> BoolArray:
    """Return where both channels hold the same intensities, pixel by pixel.

    Σ(a − b)² = Σa² + Σb² − 2Σab is 0 there, exactly. Constant regions do not count.

    Parameters
    ----------
    moments : Moments
        Sums over all pixels of each region.

    Returns
    -------
    (R,) bool array
    """
    same = (moments.s1 == moments.s2) & (moments.s11 == moments.s22)
    same &= (moments.s11 == moments.s12) & (moments.shift1 == moments.shift2)
    varies, _, _ = moments.spread()
    return np.asarray(same, np.bool_) & (varies > 0)


def _channel(levels: Levels) -> list[Finding]:
    """Check one channel by itself."""
    return [
        *_saturated(levels),
        _binary(levels),
        _zeros(levels),
        _offset(levels),
        _negative(levels),
        _rescaled(levels),
    ]


def saturated_shares(levels: Levels) -> FloatArray:
    """Return the share of each region's pixels at the detector's maximum; NaN if empty."""
    with np.errstate(invalid="ignore"):
        return np.where(_full(levels), levels.count(-1), 0) / levels.pixels


def _full(levels: Levels) -> BoolArray:
    """Return where the highest intensity is the detector's maximum."""
    top, count = levels.value(-1), levels.count(-1)
    beside = np.max([levels.count(place) for place in (-2, -3, -4, -5)], axis=0)
    piled = np.isin(top, _CEILINGS) & (count > _PILE * beside)
    full = ((top == levels.ceiling) | piled) & (levels.distinct != 2)
    return np.asarray(full, np.bool_)


def _saturated(levels: Levels) -> list[Finding]:
    top, full = levels.value(-1), _full(levels)
    share = levels.count(-1) / levels.pixels
    warn, severe = _SATURATED
    text = f"{{}} % of pixels of channel {levels.channel} are at {{}}, the detector's maximum"
    numbers, gross = (_digits(100 * share), top), share >= severe
    found = full & (share > warn)
    return [
        Finding(SATURATED, "severe", found & gross, text, numbers, levels.channel),
        Finding(SATURATED, "warning", found & ~gross, text, numbers, levels.channel),
    ]


def _binary(levels: Levels) -> Finding:
    return Finding(
        BINARY,
        "warning",
        levels.distinct == 2,
        f"channel {levels.channel} has only 2 intensities, {{}} and {{}}",
        (levels.value(0), levels.value(-1)),
        levels.channel,
    )


def _zeros(levels: Levels) -> Finding:
    """Find zeros that no smooth decay from the next two levels explains.

    Few photons make many zeros too. Their counts fall off about geometrically, or faster
    (Poisson: n₁²/n₂ = 2 n₀), so n₁²/n₂ is what an unclipped channel may have at 0.
    """
    zeros, first, second = (levels.count(place).astype(np.float64) for place in (0, 1, 2))
    decay = np.max([first, second, first**2 / np.maximum(second, 1)], axis=0)
    piled = (levels.value(0) == 0) & (zeros > _PILE * decay) & (zeros >= 10)
    share = zeros / levels.pixels
    return Finding(
        CLIPPED,
        "warning",
        piled & (share >= _ZEROS) & (levels.distinct != 2),
        f"{{}} % of pixels of channel {levels.channel} are exactly 0, far more than just above it",
        (_digits(100 * share),),
        levels.channel,
    )


def _offset(levels: Levels) -> Finding:
    return Finding(
        OFFSET,
        "warning",
        (levels.range > 0) & (levels.low > _OFFSET * levels.range),
        f"channel {levels.channel} does not begin at 0: 99 % of its pixels are at {{}} or more, "
        "{} % of its signal range",
        (_digits(levels.low, 4), _digits(100 * levels.low / levels.range)),
        levels.channel,
    )


def _negative(levels: Levels) -> Finding:
    below = levels.below_zero()
    return Finding(
        NEGATIVE,
        "notice",
        below > 0,
        f"{{}} % of pixels of channel {levels.channel} are negative, down to {{}}",
        (_digits(100 * below / levels.pixels), _digits(levels.value(0), 4)),
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


def _region(
    levels1: Levels,
    levels2: Levels,
    same: BoolArray,
    border: BoolArray,
    pixels: IntArray,
    pearson: FloatArray | None,
) -> list[Finding]:
    """Check what concerns both channels or neither."""
    tiny = pixels < _TINY
    r = np.full(pixels.shape, np.nan) if pearson is None else pearson
    copied = (np.abs(r) > _DUPLICATE) & ~same & ~tiny
    return [
        Finding(
            IDENTICAL,
            "severe",
            same,
            "both channels hold the same intensities in all pixels",
        ),
        Finding(
            NEAR_DUPLICATE,
            "severe",
            copied,
            "the channels correlate with r = {}, which two acquisitions never do",
            (np.trunc(r * 1e6) / 1e6,),
        ),
        Finding(
            MOSTLY_BACKGROUND,
            "notice",
            _dim(levels1) & _dim(levels2),
            "at least {} % of pixels are dim in both channels",
            (np.full(pixels.shape, round(100 * (2 * _VOID - 1))),),
        ),
        Finding(
            TINY_REGION,
            "warning",
            tiny,
            f"{{}} pixels are fewer than {_TINY}",
            (pixels,),
        ),
        Finding(
            BORDER,
            "notice",
            border,
            "the region touches the border of the frame",
        ),
    ]


def _dim(levels: Levels) -> BoolArray:
    """Return where nearly all pixels are dim; if so in both channels, most are in both."""
    return (levels.range > 0) & (levels.quantile(_VOID) <= levels.low + _DIM * levels.range)


def _no_voxel_size(n_regions: int) -> Finding:
    return Finding(
        NO_VOXEL_SIZE,
        "notice",
        np.ones(n_regions, np.bool_),
        "the voxel size is unknown, so sizes and distances are in pixels",
    )


def _digits(values: AnyArray, digits: int = 2) -> FloatArray:
    """Round to significant digits, so that regions share messages."""
    size = np.abs(np.asarray(values, np.float64))
    scale = 10.0 ** (digits - 1 - np.floor(np.log10(np.where(size > 0, size, 1))))
    return np.round(values * scale) / scale
