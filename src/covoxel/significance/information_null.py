"""The mutual information of two channels at displacements."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from covoxel.core.types import AnyArray, IntArray
from covoxel.intensity.information import bins_for
from covoxel.significance.pair import PixelPair
from covoxel.significance.shift_null import ShiftNull, Shifts

#: Displacements that are drawn.
_DRAWN = 199


def information_null(pair: PixelPair, shifts: Shifts, rng: np.random.Generator) -> ShiftNull:
    """Return the null of the mutual information in bits, at displacements that are drawn.

    Fewer pixels look more informative, so each value is compared with that of the channels as
    they lie, in the part of channel 1 that overlaps at the displacement.
    """
    mask = pair.area.mask
    bins = int(bins_for(np.array([pair.area.n]))[0])
    codes1, codes2 = (_bins(values, mask, bins) for values in (pair.values1, pair.values2))
    found = np.argwhere(shifts.used)
    if len(found) > _DRAWN:
        found = rng.choice(found, _DRAWN, replace=False, shuffle=False)
    differences = np.empty(len(found))
    for index, displacement in enumerate(found - np.array(shifts.lags.high)):
        one, two = _overlap(mask.shape, displacement)
        both = mask[one] & mask[two]
        shifted = _information(codes1[one][both], codes2[two][both], bins)
        differences[index] = shifted - _information(codes1[one][both], codes2[one][both], bins)
    excess = -float(differences.mean()) if differences.size else math.nan
    return ShiftNull(excess, excess + differences, shifts.independent)


def _bins(values: AnyArray, mask: AnyArray, bins: int) -> IntArray:
    """Return the bin of each pixel, of equal width between the extremes in the mask."""
    inside = values[mask].astype(np.float64)
    low, high = inside.min(), inside.max()
    codes = np.zeros(values.shape, np.int64)
    codes[mask] = np.minimum((inside - low) / (high - low) * bins, bins - 1).astype(np.int64)
    return codes


def _overlap(
    shape: tuple[int, ...], shift: IntArray
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return the parts of both channels that overlap at a displacement."""
    sides = list(zip(shape, shift.tolist(), strict=True))
    front = tuple(slice(max(0, -step), n - max(0, step)) for n, step in sides)
    back = tuple(slice(max(0, step), n - max(0, -step)) for n, step in sides)
    return front, back


def _information(codes1: IntArray, codes2: IntArray, bins: int) -> float:
    joint = np.bincount(codes1 * bins + codes2, minlength=bins * bins)
    table = joint.reshape(bins, bins)
    first, second, both = (
        float(stats.entropy(counts, base=2))
        for counts in (table.sum(axis=1), table.sum(axis=0), joint)
    )
    return first + second - both
