"""Checks of the intensities of regions, from their histograms, all regions at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import BoolArray, FloatArray, IntArray
from covoxel.correlation.same_pixels import COPIES
from covoxel.intensity.cuts import Cut
from covoxel.intensity.linear_correlation import pearson_of
from covoxel.intensity.moments import Moments
from covoxel.intensity.sums import ClassSums
from covoxel.quality.caution import Finding, Findings, digits
from covoxel.quality.kind import CautionKind, Severity
from covoxel.quality.kinds import (
    BINARY,
    BORDER,
    CLIPPED,
    CONSTANT,
    HOT_PIXELS,
    IDENTICAL,
    MOSTLY_ABOVE,
    MOSTLY_BACKGROUND,
    NEAR_DUPLICATE,
    NEGATIVE,
    NO_VOXEL_SIZE,
    OFFSET,
    RESCALED,
    SATURATED,
    TINY_REGION,
)
from covoxel.quality.levels import BEYOND, LEAST, PILE, VOID, ChannelLevels, is_ceiling

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
#: Gaps between levels with many pixels each that show a rescaled image.
_GAPS = 3
#: Where this share of each channel is within `_DIM` of the range, most pixels are background.
_DIM = 0.1
#: A threshold below this share of the pixels excludes almost nothing.
_NEARLY_ALL = 0.95
#: In smaller regions the brightest pixel often carries r.
_SMALLEST = 100
#: Few pixels carry a correlation that changes by this without them.
_CARRIED = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Outliers:
    """The pixels of each region that stand out in either channel, r, and r without them."""

    pixels: IntArray
    pearson: FloatArray
    without: FloatArray

    def of(self, regions: slice) -> Outliers:
        """Return what stands out in some regions."""
        return Outliers(self.pixels[regions], self.pearson[regions], self.without[regions])

    def least(self) -> FloatArray:
        """Return r with or without them, whichever is nearer to 0."""
        nearer = np.abs(self.without) < np.abs(self.pearson)
        return np.where(nearer, self.without, self.pearson)

    def finding(self) -> Finding:
        """Return where they carry the correlation."""
        change = np.abs(self.pearson - self.without)
        carried = (self.pixels > 0) & (np.isnan(self.without) | (change >= _CARRIED))
        numbers = np.round(self.pearson, 3), np.round(self.without, 3), self.pixels
        return Finding(HOT_PIXELS, numbers, where=carried & np.isfinite(self.pearson))


def find_outliers(
    groups: Sequence[tuple[ChannelLevels, ChannelLevels]],
    sums: Callable[[list[Cut], list[Cut]], ClassSums],
) -> Outliers | None:
    """Return the pixels that stand out, None if none do.

    `groups` are the levels of both channels, group of regions by group; `sums` returns the sums of
    all regions over the classes that cuts of channel 1 and 2 make.
    """
    if not groups:
        return None
    limits = [np.concatenate([_limit(pair[channel]) for pair in groups]) for channel in (0, 1)]
    if not any(np.isfinite(limit).any() for limit in limits):
        return None
    found = sums(*([Cut(limit)] for limit in limits))
    everything, above = found.select(), found.select([0], [0], either=True)
    without = pearson_of(everything - above).value
    return Outliers(above.n, pearson_of(everything).value, without)


def _limit(levels: ChannelLevels) -> FloatArray:
    """Return the limit that few outstanding pixels of each region exceed; inf where there are none.

    They are few enough and far enough above all others not to be the image of anything that
    is larger than a pixel.
    """
    others, middle = levels.below_few, levels.median
    with np.errstate(over="ignore"):
        limit = middle + BEYOND * (others - middle)
    outlying = (others > middle) & (levels.highest > limit) & (levels.pixels >= _SMALLEST)
    return np.where(outlying, limit, np.inf)


def region_findings(
    levels1: ChannelLevels,
    levels2: ChannelLevels,
    *,
    identical: BoolArray,
    border: BoolArray,
    spacing: Sequence[float] | None,
    pixels: IntArray,
    pearson: FloatArray | None = None,
    outliers: Outliers | None = None,
    more: Sequence[Finding] = (),
) -> Findings:
    """Check the regions of two channels.

    `levels1`, `levels2`: the levels of each channel, raw.
    `identical`, `border`: whether both channels are the same there, see `identical`, and whether
        the region touches the frame, see `Extents`, (R,).
    `spacing`: voxel size in µm; None means unknown, which is reported for every region.
    `pixels`: finite pixels of each region, (R,).
    `pearson`: Pearson's r; it finds channels that are copies of one another, (R,).
    `outliers`: the pixels that stand out, and r without them, see `find_outliers`.
    `more`: what else was found, in the images themselves or with thresholds.
    """
    with np.errstate(all="ignore"):
        found = [*_of_channel(levels1), *_of_channel(levels2)]
        if outliers is not None:
            found.append(outliers.finding())
            pearson = outliers.least()
        tiny = pixels < TINY
        r = np.full(pixels.shape, np.nan) if pearson is None else pearson
        copied = (np.abs(r) > COPIES) & ~identical & ~tiny
        dim = _dim(levels1) & _dim(levels2)
        found += [
            Finding(IDENTICAL, where=identical),
            Finding(NEAR_DUPLICATE, (np.trunc(r * 1e6) / 1e6,), where=copied),
            Finding(MOSTLY_BACKGROUND, (round(100 * (2 * VOID - 1)),), where=dim),
            Finding(TINY_REGION, (pixels, TINY), where=tiny),
            Finding(BORDER, where=border),
        ]
    if spacing is None:
        found.append(Finding(NO_VOXEL_SIZE))
    return Findings([*found, *more], pixels.size)


def threshold_findings(share1: FloatArray, share2: FloatArray) -> list[Finding]:
    """Find thresholds that nearly all pixels of a region exceed.

    `share1`, `share2`: share of the pixels of each region that are above the threshold of channel 1
        and 2; NaN without a threshold, (R,).
    """
    return [
        Finding(MOSTLY_ABOVE, (np.round(100 * share, 1),), channel, share > _NEARLY_ALL)
        for channel, share in ((1, share1), (2, share2))
    ]


def identical(moments: Moments) -> BoolArray:
    """Return where both channels hold the same intensities, pixel by pixel, (R,) bool.

    Σ(a − b)² = Σa² + Σb² − 2Σab is 0 there, exactly, in the sums over all pixels of each region.
    Constant regions do not count.
    """
    same = (moments.s1 == moments.s2) & (moments.s11 == moments.s22)
    same &= (moments.s11 == moments.s12) & (moments.shift1 == moments.shift2)
    varies, _, _ = moments.spread()
    return np.asarray(same, np.bool_) & (varies > 0)


def _dim(levels: ChannelLevels) -> BoolArray:
    """Return where nearly all pixels are dim; if so in both channels, most are in both."""
    dim: BoolArray = (levels.range > 0) & (levels.bright <= levels.low + _DIM * levels.range)
    return dim


def _of_channel(levels: ChannelLevels) -> Iterator[Finding]:
    """Check one channel by itself."""

    def finding(kind: CautionKind, where: BoolArray, *numbers: Any, **more: Any) -> Finding:
        return Finding(kind, numbers, levels.channel, where, **more)

    yield from _saturated(levels)
    lowest, highest = levels.lowest, levels.highest
    yield finding(CONSTANT, (levels.distinct == 1) & (levels.pixels > 1), lowest)
    yield finding(BINARY, levels.distinct == 2, lowest, highest)
    share, clipped = _clipped(levels)
    if clipped.any():
        yield finding(CLIPPED, clipped, digits(100 * share), lowest)
    # Manders' M counts an offset as signal: few pixels are at 0, or none near it
    offset = (levels.range > 0) & (levels.low > 0)
    offset &= (levels.low > _OFFSET * levels.range) | (levels.pixels >= TINY)
    if offset.any():
        part = digits(100 * levels.low / levels.range)
        yield finding(OFFSET, offset, digits(levels.low, 4), part)
    below = levels.below_zero
    if below.any():
        numbers = digits(100 * below / levels.pixels), digits(lowest, 4)
        yield finding(NEGATIVE, below > 0, *numbers)
    gaps = levels.gaps
    yield finding(RESCALED, (gaps >= _GAPS) & (levels.distinct > _GAPS), gaps)


def _saturated(levels: ChannelLevels) -> Iterator[Finding]:
    value, count = levels.saturation
    if not count.any():
        return
    share = count / levels.pixels
    warn, gross = _SATURATED
    known = (value == levels.ceiling) | is_ceiling(value)
    detector = "the detector's maximum"
    other = "far more than just below, as in a saturated image that was clipped or corrected"
    numbers = digits(100 * share), value
    grades: tuple[tuple[Severity, BoolArray], ...]
    grades = (("severe", share >= gross), ("warning", (share > warn) & ~(share >= gross)))
    for severity, found in grades:
        for where, what in ((known, detector), (~known, other)):
            yield Finding(SATURATED, numbers, levels.channel, found & where, severity, what)


def _clipped(levels: ChannelLevels) -> tuple[FloatArray, BoolArray]:
    """Return the share at the lowest level, and where no smooth decay explains it.

    Few photons make many such pixels, too. Their counts fall off about geometrically, or faster
    (Poisson: n₁²/n₂ = 2 n₀), so n₁²/n₂ is what an unclipped channel may have there. Where the
    counts rise from n₁ on, it is the most that one with a single peak has.
    """
    lowest, first, second, third = levels.at_lowest.astype(np.float64)
    decayed = first**2 / np.maximum(second, 1)
    noise = 3 * np.sqrt(first)
    rising = (second >= first - noise) & (third >= second - noise)
    piled = lowest > PILE * np.maximum(np.maximum(first, second), decayed)
    share = lowest / levels.pixels
    found = piled & (lowest >= LEAST) & (share >= _CLIPPED)
    found |= rising & (lowest > _RISING * decayed + noise) & (share >= _CLIPPED_RISING)
    return share, found & (levels.distinct > 2)
