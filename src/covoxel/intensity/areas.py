"""Overlap of the areas above threshold: fractions, Jaccard, Dice, TOS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.intensity.blocks import Stream
from covoxel.intensity.gates import Gate, GatedSums, gate
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.reading import (
    Explained,
    Reasons,
    because,
    fraction,
    no_reasons,
    read_sums,
    share,
)


@dataclass(frozen=True, slots=True)
class Areas(Explained):
    """How the pixels above threshold overlap; NaN where undefined.

    Attributes
    ----------
    fraction1, fraction2, fraction_both : float or (R,) float array
        Share of the region above the threshold of a channel, or of both; in [0, 1].
    intensity_fraction1, intensity_fraction2
        Share of a channel's intensity above its own threshold; in [0, 1].
    jaccard, dice
        Intersection over union, and twice the intersection over the sum; in [0, 1].
    tos, tos_log
        Threshold overlap score: 0 as by chance, 1 the most and −1 the least overlap that
        the two areas allow; linear, and on a logarithmic scale.
    """

    fraction1: Any
    fraction2: Any
    fraction_both: Any
    intensity_fraction1: Any
    intensity_fraction2: Any
    jaccard: Any
    dice: Any
    tos: Any
    tos_log: Any


def areas_of(sums: GatedSums) -> Areas:
    """Return the overlap of the areas above threshold from gated sums."""
    n = np.asarray(sums.everything().n, np.float64)
    unset1, unset2 = np.isnan(sums.gate.threshold1), np.isnan(sums.gate.threshold2)
    own1, own2 = sums.amount(1, over=1), sums.amount(2, over=2)
    parts = [sums.pixels_above(1), sums.pixels_above(2), sums.above().n, own1, own2]
    missing = [unset1, unset2, unset1 | unset2, unset1, unset2]
    n1, n2, both, own1, own2 = np.where(missing, np.nan, np.asarray(parts, np.float64))
    ratios = {
        "fraction1": (n1, n),
        "fraction2": (n2, n),
        "fraction_both": (both, n),
        "intensity_fraction1": (own1, sums.amount(1)),
        "intensity_fraction2": (own2, sums.amount(2)),
        "jaccard": (both, n1 + n2 - both),
        "dice": (2 * both, n1 + n2),
    }
    values = fraction(*np.stack([*ratios.values()], axis=1))
    found = dict(zip(ratios, values, strict=True))
    found["tos"], found["tos_log"] = threshold_overlap(*values[:3])
    return Areas(**found, reasons=_reasons(sums.gate, n, found))


def _reasons(limits: Gate, n: FloatArray, found: dict[str, FloatArray]) -> dict[str, Reasons]:
    """Return why scores are undefined."""
    if not np.isnan([*found.values()]).any():
        return dict.fromkeys(found, no_reasons(n.size))
    first, second, both = limits.lacking(1), limits.lacking(2), limits.lacking(1, 2)
    nothing = "no intensity above the background"
    none_above = "nothing lies above the thresholds"
    no_room = "the areas leave no room for more or less overlap"
    causes: dict[str, tuple[Any, ...]] = {
        "fraction1": (nothing, *first),
        "fraction2": (nothing, *second),
        "fraction_both": (nothing, *both),
        "intensity_fraction1": (nothing, *first),
        "intensity_fraction2": (nothing, *second),
        "jaccard": (none_above, *both),
        "dice": (none_above, *both),
        "tos": (no_room, *both),
        "tos_log": (no_room, *both),
    }
    return {name: because(value, n, *causes[name]) for name, value in found.items()}


def threshold_overlap(
    p1: FloatArray, p2: FloatArray, both: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the linear and logarithmic threshold overlap score of area fractions.

    The observed over the expected overlap lies between `lowest` and `highest`. Both scores
    map lowest, 1 and highest to −1, 0 and 1: the linear one in two straight pieces, the
    other as the one logarithm of a linear function that does so.
    """
    expected = p1 * p2
    parts = both, np.minimum(p1, p2), np.maximum(p1 + p2 - 1, 0)
    score, highest, lowest = share(np.stack(parts), np.broadcast_to(expected, (3, expected.size)))
    room_up, room_down = highest - 1, 1 - lowest
    linear = np.where(score >= 1, share(score - 1, room_up), share(score - 1, room_down))
    skew = share(room_up, room_down)
    bent = np.isfinite(skew) & (skew > 0) & (np.abs(skew - 1) > 1e-9)
    safe = np.where(bent, skew, 2.0)
    way = share(score - lowest, room_down)
    with np.errstate(invalid="ignore", divide="ignore"):
        logarithmic = np.log(1 + way * (safe - 1)) / np.log(safe) - 1
    # rounding alone could take either out of the bounds
    return np.clip(linear, -1, 1), np.clip(np.where(bent, logarithmic, linear), -1, 1)


def tos(
    image1: Any,
    image2: Any = None,
    *,
    threshold1: Any,
    threshold2: Any,
    mask: Any = None,
    labels: Any = None,
) -> Areas:
    """Threshold overlap score (TOS), with the other measures of the areas above threshold.

    Parameters
    ----------
    image1, image2, mask, labels
        As in `pearson`.
    threshold1, threshold2 : float or (R,) array
        Thresholds in raw units; above means ``>``.

    Returns
    -------
    Areas

    References
    ----------
    Sheng et al. 2016, doi:10.1242/bio.020297

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[9, 9], [0, 0]]), np.array([[9, 0], [9, 0]])
    >>> tos(a, b, threshold1=1, threshold2=1).tos
    0.0
    """

    def reading(source: JointHistogram | Stream) -> Areas:
        limits = gate(source.regions.size, threshold1, threshold2)
        return areas_of(limits.sums(source, order=1))

    return read_sums(reading, image1, image2, mask, labels)
