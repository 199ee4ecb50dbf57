"""The checks of histograms: each looks at all regions at once and says what it found in which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from covoxel.core.types import BoolArray, FloatArray, IntArray
from covoxel.intensity.sums import Moments
from covoxel.quality.codes import (
    BORDER,
    IDENTICAL,
    MOSTLY_BACKGROUND,
    NEAR_DUPLICATE,
    NO_VOXEL_SIZE,
    TINY_REGION,
)
from covoxel.quality.findings import Finding, Findings
from covoxel.quality.intensities import TINY, intensity_findings
from covoxel.quality.levels import Levels
from covoxel.quality.outlying import Outlying

#: Where this share of each channel is within `_DIM` of the range, most pixels are background.
_VOID, _DIM = 0.9, 0.1
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
    outlying: Outlying | None = None,
    more: Sequence[Finding] = (),
) -> Findings:
    """Check the regions of two channels.

    Parameters
    ----------
    levels1, levels2 : Levels
        The levels of each channel, raw.
    identical, border : (R,) bool arrays
        Whether both channels are the same there, see `identical`, and whether the region
        touches the frame, see `Extents`.
    spacing : tuple of float or None
        Voxel size in µm; None means unknown, which is said of every region.
    pixels : (R,) int array
        Finite pixels of each region.
    pearson : (R,) float array, optional
        Pearson's r; it finds channels that are copies of one another.
    outlying : Outlying, optional
        The pixels that stand out, and r without them, see `outlying_pixels`.
    more : sequence of Finding
        What else was found, in the images themselves or with thresholds.

    Returns
    -------
    Findings
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = [finding for levels in (levels1, levels2) for finding in intensity_findings(levels)]
        if outlying is not None:
            found.append(outlying.finding())
            pearson = outlying.least()
        found += _region(levels1, levels2, identical, border, pixels, pearson)
    if spacing is None:
        found.append(_no_voxel_size())
    found += more
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


def _region(
    levels1: Levels,
    levels2: Levels,
    same: BoolArray,
    border: BoolArray,
    pixels: IntArray,
    pearson: FloatArray | None,
) -> list[Finding]:
    """Check what concerns both channels or neither."""
    tiny = pixels < TINY
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
            f"{{}} pixels are fewer than {TINY}",
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


def _no_voxel_size() -> Finding:
    return Finding(
        NO_VOXEL_SIZE,
        "notice",
        np.True_,
        "the voxel size is unknown, so sizes and distances are in pixels",
    )
