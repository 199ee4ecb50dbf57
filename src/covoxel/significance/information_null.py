"""The mutual information of two channels at displacements."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.correlation.overlaps import Lags, boxes
from covoxel.intensity.information import bins_for, entropies
from covoxel.significance.area import Area
from covoxel.significance.pair import PixelPair
from covoxel.significance.shift_null import ShiftNull, Shifts

#: Displacements that are drawn for the null, and just beyond the structures for its mean.
_DRAWN, _NEAR = 199, 60


def information_null(pair: PixelPair, shifts: Shifts, rng: np.random.Generator) -> ShiftNull:
    """Return the null of the mutual information in bits, at displacements that are drawn.

    By chance it falls as a power of the pixels that overlap; its spread is a share of it. Where
    both channels vary most in the same places, it is raised as the variance of r is, and as just
    beyond the structures: the excess is that over the nearer of both means, 0 between them.
    """
    area = pair.area
    bins = int(bins_for(np.array([area.n]))[0])
    codes1, codes2 = (_bins(area, values, bins) for values in (pair.values1, pair.values2))
    middle = np.array(shifts.lags.high)

    def drawn(used: BoolArray, most: int) -> tuple[FloatArray, FloatArray]:
        """Return the information at some of the displacements, and the overlaps."""
        found = np.argwhere(used)
        if len(found) > most:
            found = rng.choice(found, most, replace=False, shuffle=False)
        found -= np.array(used.shape) // 2
        values = np.array([_information(codes1, codes2, bins, each) for each in found])
        overlap = shifts.pairs[tuple((found + middle).T)] / area.n
        return values[values > 0], overlap[values > 0]

    shifted, overlap = drawn(shifts.used, _DRAWN)
    if np.unique(overlap).size < 2:
        return ShiftNull(math.nan, shifted, shifts.independent)
    power = stats.linregress(np.log(overlap), np.log(shifted)).slope
    shifted *= shifts.channels.shared_variance / overlap**power
    near, overlap = drawn(shifts.ring, _NEAR)
    by_chance = [stats.gmean(each) for each in (shifted, near / overlap**power) if each.size]
    as_they_lie = _information(codes1, codes2, bins, np.zeros_like(middle))
    excess = as_they_lie - min(max(as_they_lie, min(by_chance)), max(by_chance))
    return ShiftNull(float(excess), shifted - by_chance[0], shifts.independent)


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
