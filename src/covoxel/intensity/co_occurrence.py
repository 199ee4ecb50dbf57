"""Manders' coefficients and the overlap coefficient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.intensity.blocks import Stream
from covoxel.intensity.gates import GatedSums, gate
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.reading import (
    NO_PIXELS,
    Explained,
    Reasons,
    because,
    fraction,
    geometric_mean,
    read_sums,
    share,
)


@dataclass(frozen=True, slots=True)
class Manders(Explained):
    """Manders' co-occurrence coefficients; each in [0, 1], NaN where undefined.

    Intensities count from the background up; a pixel at or below it counts as 0.

    Attributes
    ----------
    m1, m2 : float or (R,) float array
        Share of a channel's intensity where the other is above its background.
    tm1, tm2
        Share of a channel's intensity where the other is above its threshold.
    tm1_own, tm2_own
        Share of a channel's intensity above its own threshold that lies where the other is
        above its threshold (JACoP, EzColocalization, CellProfiler).
    tm1_both, tm2_both
        Share of a channel's whole intensity where both are above their thresholds.
    m1_chance, … tm2_both_chance
        What each is expected to be if the pixels of the channels were independent: the share of
        the region's pixels that pass the gate of the other channel; of ``tm1_both`` times the
        share of the channel's intensity above its own threshold.
    """

    m1: Any
    m2: Any
    tm1: Any
    tm2: Any
    tm1_own: Any
    tm2_own: Any
    tm1_both: Any
    tm2_both: Any
    m1_chance: Any
    m2_chance: Any
    tm1_chance: Any
    tm2_chance: Any
    tm1_own_chance: Any
    tm2_own_chance: Any
    tm1_both_chance: Any
    tm2_both_chance: Any


def manders_of(sums: GatedSums, *, inclusive: bool = False) -> Manders:
    """Return Manders' coefficients from gated sums.

    `inclusive` counts pixels on the other channel's threshold in tm1 and tm2, where that
    channel is above its background, as Coloc 2 does.
    """
    found = [
        zip(*(read(sums, channel, inclusive=inclusive) for channel in (1, 2)), strict=True)
        for read in (_shares, _chances)
    ]
    coefficients = Manders(*(value for pairs in found for pair in pairs for value in pair))
    return replace(coefficients, reasons=_reasons(sums, coefficients))


def _reasons(sums: GatedSums, found: Manders) -> dict[str, Reasons]:
    """Return why coefficients are undefined."""
    n = sums.everything().n
    nothing = "no intensity above the background"
    reasons: dict[str, Reasons] = {}
    for i in (1, 2):
        causes: dict[str, tuple[Any, ...]] = {
            f"m{i}": (nothing,),
            f"tm{i}": (nothing, *sums.gate.lacking(3 - i)),
            f"tm{i}_own": ("no intensity above the own threshold", *sums.gate.lacking(1, 2)),
            f"tm{i}_both": (nothing, *sums.gate.lacking(1, 2)),
            f"m{i}_chance": (NO_PIXELS,),
            f"tm{i}_chance": (NO_PIXELS, *sums.gate.lacking(3 - i)),
            f"tm{i}_own_chance": (NO_PIXELS, *sums.gate.lacking(1, 2)),
            f"tm{i}_both_chance": (nothing, *sums.gate.lacking(1, 2)),
        }
        for name, cause in causes.items():
            reasons[name] = because(getattr(found, name), n, *cause)
    return reasons


def _shares(sums: GatedSums, channel: int, *, inclusive: bool) -> tuple[FloatArray, ...]:
    """Return a channel's coefficients: plain, thresholded, of its own above, both above."""
    other = 3 - channel
    unset = {1: np.isnan(sums.gate.threshold1), 2: np.isnan(sums.gate.threshold2)}
    whole = sums.amount(channel)
    own = sums.amount(channel, over=channel)
    both = sums.amount(channel, over=3)
    gated = sums.occupied_over(channel) if inclusive else sums.amount(channel, over=other)
    return (
        fraction(sums.occupied(channel), whole),
        np.where(unset[other], np.nan, fraction(gated, whole)),
        np.where(unset[1] | unset[2], np.nan, fraction(both, own)),
        np.where(unset[1] | unset[2], np.nan, fraction(both, whole)),
    )


def _chances(sums: GatedSums, channel: int, *, inclusive: bool) -> tuple[FloatArray, ...]:
    """Return what is expected by chance of each of `_shares`.

    Where the other channel's pixels are permuted, each pixel passes its gate as often as the
    gate's share of the region, whatever its own intensity.
    """
    other = 3 - channel
    unset = {1: np.isnan(sums.gate.threshold1), 2: np.isnan(sums.gate.threshold2)}
    n = sums.everything().n
    over = np.where(unset[other], np.nan, fraction(sums.above(other).n, n))
    gated = fraction(sums.pixels_over(other), n) if inclusive else over
    own = fraction(sums.amount(channel, over=channel), sums.amount(channel))
    return (
        fraction(n - sums.at_background(other), n),
        np.where(unset[other], np.nan, gated),
        np.where(unset[channel], np.nan, over),
        np.where(unset[channel], np.nan, over * own),
    )


def manders(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    labels: Any = None,
    threshold1: Any = np.nan,
    threshold2: Any = np.nan,
    background1: Any = 0.0,
    background2: Any = 0.0,
) -> Manders:
    """Manders' co-occurrence coefficients, plain and thresholded in the three ways in use.

    Parameters
    ----------
    image1, image2, mask, labels
        As in `pearson`.
    threshold1, threshold2 : float or (R,) array, optional
        Thresholds in raw units; above means ``>``. Without one the coefficients that need
        it are NaN.
    background1, background2 : float or (R,) array
        Subtracted from the intensities, not from the thresholds.

    Returns
    -------
    Manders
        With the reason why a coefficient is undefined in ``reasons``, by its name, and in one
        line in ``reason``.

    References
    ----------
    Manders et al. 1993, doi:10.1111/j.1365-2818.1993.tb03313.x

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[4, 2], [2, 0]]), np.array([[5, 0], [1, 3]])
    >>> m = manders(a, b, threshold1=1, threshold2=2)
    >>> m.m1, m.tm1
    (0.75, 0.5)
    """

    def reading(source: JointHistogram | Stream) -> Manders:
        limits = gate(source.regions.size, threshold1, threshold2, background1, background2)
        return manders_of(limits.sums(source, inclusive=False))

    return read_sums(reading, image1, image2, mask, labels)


@dataclass(frozen=True, slots=True)
class Overlap(Explained):
    """Manders' overlap coefficient and its parts; NaN where undefined.

    Attributes
    ----------
    moc : float or (R,) float array
        Σab / √(Σa² Σb²), in [0, 1].
    k1, k2
        Σab / Σa² and Σab / Σb².
    """

    moc: Any
    k1: Any
    k2: Any


def overlap_of(sums: GatedSums, *, above: bool = False) -> Overlap:
    """Return the overlap coefficient of all pixels, or of those above both thresholds."""
    amounts = sums.products(over=3 if above else 0)
    unit1, unit2 = sums.everything().units
    with np.errstate(over="ignore"):
        k1 = share(amounts.s12, amounts.s11) / unit1 * unit2
        k2 = share(amounts.s12, amounts.s22) / unit2 * unit1
    moc = fraction(amounts.s12, geometric_mean(amounts.s11, amounts.s22))
    beyond = {name: np.isinf(k) for name, k in (("k1", k1), ("k2", k2))}
    k1, k2 = (np.where(np.isinf(k), np.nan, k) for k in (k1, k2))
    nothing = f"no intensity above the {'thresholds' if above else 'background'}"
    causes = sums.gate.lacking(1, 2) if above else []
    reasons = {
        name: because(value, sums.everything().n, nothing, *causes)
        for name, value in (("moc", moc), ("k1", k1), ("k2", k2))
    }
    for name, where in beyond.items():
        reasons[name][where] = f"{name} is beyond 64-bit floats"
    return Overlap(moc, k1, k2, reasons=reasons)


def overlap(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    labels: Any = None,
    background1: Any = 0.0,
    background2: Any = 0.0,
) -> Overlap:
    """Manders' overlap coefficient (MOC) with k1 and k2.

    Raised by any offset and sensitive to everything (Adler & Parmryd 2010,
    doi:10.1002/cyto.a.20896): kept for comparison with old numbers.

    Parameters
    ----------
    image1, image2, mask, labels
        As in `pearson`.
    background1, background2 : float or (R,) array
        Subtracted from the intensities; what lies below counts as 0.

    Returns
    -------
    Overlap

    References
    ----------
    Manders et al. 1993, doi:10.1111/j.1365-2818.1993.tb03313.x

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([[1, 2], [3, 4]])
    >>> overlap(a, 2 * a)
    Overlap(moc=1.0, k1=2.0, k2=0.5)
    """

    def reading(source: JointHistogram | Stream) -> Overlap:
        n = source.regions.size
        limits = gate(n, background1=background1, background2=background2)
        return overlap_of(limits.sums(source, inclusive=False))

    return read_sums(reading, image1, image2, mask, labels)
