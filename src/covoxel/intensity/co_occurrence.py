"""Manders' coefficients and the overlap coefficient."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from covoxel.core.types import BoolArray
from covoxel.intensity.blocks import Stream
from covoxel.intensity.gates import GatedSums, gate, passing
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.reading import (
    NO_PIXELS,
    Explained,
    because,
    fraction,
    geometric_mean,
    no_reasons,
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
    names, parts, wholes, needs = _ratios(inclusive)
    amounts = sums.inclusive_amounts() if inclusive else sums.amounts
    values = fraction(amounts[parts], amounts[wholes])
    for needed, threshold in zip(needs.T, sums.gate.thresholds, strict=True):
        if (lost := np.isnan(threshold)).any():
            values[np.ix_(needed, lost)] = np.nan
    found = dict(zip(names, values, strict=True))
    for i in (1, 2):  # what lies above both has the share of what lies above its own threshold
        found[f"tm{i}_both_chance"] *= found[f"tm{i}_own_chance"]
    n = amounts[0, 0, 0]
    if not np.isnan(values).any():
        return Manders(**found, reasons=dict.fromkeys(names, no_reasons(n.size)))
    missing = [sums.gate.lacking(*(np.flatnonzero(needed) + 1)) for needed in needs]
    reasons = {
        name: because(value, n, _why(name), *causes)
        for (name, value), causes in zip(found.items(), missing, strict=True)
    }
    return Manders(**found, reasons=reasons)


def _why(name: str) -> str:
    """Return why a coefficient is undefined without a denominator."""
    if name.endswith("_chance") and "_both_" not in name:
        return NO_PIXELS
    return f"no intensity above the {'own threshold' if name.endswith('_own') else 'background'}"


@cache
def _ratios(inclusive: bool) -> tuple[list[str], Any, Any, BoolArray]:
    """Return the names of the coefficients, and where in `GatedSums.amounts` their parts are.

    These are the index of all numerators, that of all denominators, and the thresholds that each
    needs. By chance, if the other channel's pixels were permuted, each pixel would pass its gate as
    often as the gate's share of the region, whatever its own intensity.
    """
    rows: dict[str, tuple[Any, Any, tuple[bool, bool]]] = {}
    everything = 0, *passing()
    for i, other in ((1, 2), (2, 1)):
        whole, own = (i, *passing((i,))), (i, *passing((i,), i))
        both, above = (i, *passing((i,), 3)), (0, *passing(over=other))
        occupied = i, *passing((1, 2))
        gated, gating = (i, *passing((i,), other)), above
        if inclusive:
            gated, gating = (i + 3, *passing((1, 2), other)), (3, *passing((other,), other))
        none, one, two = (False, False), (other == 1, other == 2), (True, True)
        rows |= {
            f"m{i}": (occupied, whole, none),
            f"tm{i}": (gated, whole, one),
            f"tm{i}_own": (both, own, two),
            f"tm{i}_both": (both, whole, two),
            f"m{i}_chance": ((0, *passing((other,))), everything, none),
            f"tm{i}_chance": (gating, everything, one),
            f"tm{i}_own_chance": (above, everything, two),
            f"tm{i}_both_chance": (own, whole, two),
        }
    parts, wholes, needs = zip(*rows.values(), strict=True)
    return [*rows], tuple(np.transpose(parts)), tuple(np.transpose(wholes)), np.array(needs)


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
        return manders_of(limits.sums(source, order=1))

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
    amounts, everything = sums.products(over=3 if above else 0), sums.everything()
    unit1, unit2 = everything.units
    with np.errstate(over="ignore"):
        k1 = share(amounts.s12, amounts.s11) / unit1 * unit2
        k2 = share(amounts.s12, amounts.s22) / unit2 * unit1
    moc = fraction(amounts.s12, geometric_mean(amounts.s11, amounts.s22))
    beyond = {name: np.isinf(k) for name, k in (("k1", k1), ("k2", k2))}
    k1, k2 = (np.where(np.isinf(k), np.nan, k) for k in (k1, k2))
    nothing = f"no intensity above the {'thresholds' if above else 'background'}"
    causes = sums.gate.lacking(1, 2) if above else []
    reasons = {
        name: because(value, everything.n, nothing, *causes)
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
        return overlap_of(limits.sums(source))

    return read_sums(reading, image1, image2, mask, labels)
