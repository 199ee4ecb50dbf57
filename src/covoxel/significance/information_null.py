"""The mutual information of two channels at displacements."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from covoxel.core.types import AnyArray, IntArray
from covoxel.correlation.overlaps import Lags, boxes
from covoxel.intensity.information import bins_for, entropies
from covoxel.significance.area import Area
from covoxel.significance.pair import PixelPair
from covoxel.significance.shift_null import ShiftNull, Shifts

#: Displacements that are drawn.
_DRAWN = 199


def information_null(pair: PixelPair, shifts: Shifts, rng: np.random.Generator) -> ShiftNull:
    """Return the null of the mutual information in bits, at displacements that are drawn.

    By chance it falls as a power of the pixels that overlap; its spread is a share of it.
    """
    area = pair.area
    bins = int(bins_for(np.array([area.n]))[0])
    codes1, codes2 = (_bins(area, values, bins) for values in (pair.values1, pair.values2))
    found = np.argwhere(shifts.used)
    if len(found) > _DRAWN:
        found = rng.choice(found, _DRAWN, replace=False, shuffle=False)
    displacements = found - np.array(shifts.lags.high)
    shifted = np.array([_information(codes1, codes2, bins, each) for each in displacements])
    overlap = shifts.pairs[tuple(found.T)][shifted > 0] / area.n
    shifted = shifted[shifted > 0]
    if np.unique(overlap).size < 2:
        return ShiftNull(math.nan, shifted, shifts.independent)
    power = stats.linregress(np.log(overlap), np.log(shifted)).slope
    shifted *= shifts.channels.shared_variance / overlap**power
    chance = float(stats.gmean(shifted))
    as_they_lie = _information(codes1, codes2, bins, np.zeros(area.mask.ndim, np.intp))
    return ShiftNull(as_they_lie - chance, shifted - chance, shifts.independent)


def _bins(area: Area, values: AnyArray, bins: int) -> IntArray:
    """Return the bin of each pixel, of equal width between the extremes; outside, one more."""
    inside = area.inside(values).astype(np.float64)
    low, high = inside.min(), inside.max()
    codes = np.full(values.shape, bins, np.intp)
    codes[area.mask] = np.minimum((inside - low) / (high - low) * bins, bins - 1)
    return codes


def _information(codes1: IntArray, codes2: IntArray, bins: int, displacement: IntArray) -> float:
    """Return the mutual information of the pixels that overlap at a displacement."""
    shape = codes1.shape
    lag = Lags(tuple(displacement.tolist()), tuple(displacement.tolist()))
    one, two = (
        tuple(slice(int(start[0]), int(end[0])) for start, end in boxes(shape, shape, lag, sign))
        for sign in (1, -1)
    )
    pairs = codes1[one] * (bins + 1) + codes2[two]
    table = np.bincount(pairs.ravel(), minlength=(bins + 1) ** 2).reshape(bins + 1, bins + 1)
    joint = table[:bins, :bins]
    counts = np.concatenate([joint.sum(axis=1), joint.sum(axis=0), joint.ravel()])
    first, second, both = entropies(counts, np.array([bins, bins, bins * bins]))
    return float(first + second - both)
