"""Exact sums over the four quarters that a cut in each channel makes of the histogram.

A cut splits a channel's pixels into classes; the joint histogram, coarsened to those classes
and carrying the sums of each, is all that Pearson, Manders and overlaps need. It adds up
over blocks, so these measures stream without ever holding the cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from covoxel._types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.intensity.cells import Cells
from covoxel.intensity.histogram import JointHistogram

#: Sums are split at this bit so that float64 accumulators never round.
_SPLIT = 26
#: Totals below this fit int64; above it they are Python integers.
_INT64_SAFE = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Where a channel is cut, region by region: above is ``>`` the value, or ``>=``."""

    value: FloatArray
    inclusive: bool = False

    def passed(self, values: AnyArray, region: IntArray) -> BoolArray:
        """Return which values lie above the cut; nothing lies above NaN."""
        limit = self.value[region] if self.value.size > 1 else self.value[0]
        return values >= limit if self.inclusive else values > limit


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Sums of a set of pixels, one entry a region.

    ``n`` pixels, ``s1 s2`` sums and ``s11 s22 s12`` sums of products of intensities minus
    ``shift1`` and ``shift2``: exact integers with no shift for integer images, float64
    about a value near the mean for others.
    """

    n: AnyArray
    s1: AnyArray
    s2: AnyArray
    s11: AnyArray
    s22: AnyArray
    s12: AnyArray
    shift1: FloatArray
    shift2: FloatArray

    def __sub__(self, other: Moments) -> Moments:
        """Return the moments of the pixels of `self` that are not in `other`."""
        fields = ("n", "s1", "s2", "s11", "s22", "s12")
        return replace(self, **{f: getattr(self, f) - getattr(other, f) for f in fields})

    def spread(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return n² times the variances and the covariance, without cancellation error."""
        n, s1, s2, s11, s22, s12 = (
            np.asarray(x, object) if x.dtype.kind in "iO" else x
            for x in (self.n, self.s1, self.s2, self.s11, self.s22, self.s12)
        )
        if self.s1.dtype.kind == "f":
            n = self.n.astype(np.float64)
        parts = (n * s11 - s1 * s1, n * s22 - s2 * s2, n * s12 - s1 * s2)
        v1, v2, c = (np.asarray(part, np.float64) for part in parts)
        return np.maximum(v1, 0), np.maximum(v2, 0), c

    def about(self, zero1: FloatArray, zero2: FloatArray) -> tuple[FloatArray, ...]:
        """Return Σa, Σb, Σa², Σb², Σab as float64 of intensities minus `zero1`, `zero2`."""
        n = self.n.astype(np.float64)
        s1, s2, s11, s22, s12 = (
            np.asarray(x, np.float64) for x in (self.s1, self.s2, self.s11, self.s22, self.s12)
        )
        d1, d2 = self.shift1 - zero1, self.shift2 - zero2
        return (
            s1 + n * d1,
            s2 + n * d2,
            s11 + 2 * d1 * s1 + n * d1 * d1,
            s22 + 2 * d2 * s2 + n * d2 * d2,
            s12 + d1 * s2 + d2 * s1 + n * d1 * d2,
        )


class ClassSums:
    """Sums over the classes that cuts make, added up from cells.

    Parameters
    ----------
    n_regions : int
    cuts1, cuts2 : sequence of Cut
        The cuts of each channel. A pixel's class is the set of cuts that it passes.
    exact : bool
        Whether intensities are integers.
    """

    def __init__(
        self, n_regions: int, cuts1: Sequence[Cut], cuts2: Sequence[Cut], *, exact: bool
    ) -> None:
        self._n_regions = n_regions
        self._cuts = (tuple(cuts1), tuple(cuts2))
        self._exact = exact
        self._classes = (1 << len(cuts1), 1 << len(cuts2))
        size = (n_regions, *self._classes)
        self._sums: list[AnyArray] = [
            np.zeros(size, np.int64 if exact or i == 0 else np.float64) for i in range(6)
        ]
        self._shift = np.full((2, n_regions), 0.0 if exact else np.nan)

    def add(self, histogram: JointHistogram, cells: Cells) -> None:
        """Add the pixels of cells whose regions are those of `histogram`."""
        value1, value2 = histogram.values(cells)
        single = self._n_regions == 1
        region = np.zeros(1, np.int64) if single else cells.region + cells.first_region
        index: Any = 0 if single else region
        for values, cuts in zip((value1, value2), self._cuts, strict=True):
            index = index << len(cuts)
            for place, cut in enumerate(cuts):
                index = index | cut.passed(values, region).astype(np.int64) << place
        index = np.broadcast_to(index, cells.count.shape)
        self._accumulate(0, index, cells.count)
        if not self._exact:
            value1, value2 = self._shifted(value1, value2, region, cells)
        weighted1, weighted2 = cells.count * value1, cells.count * value2
        self._accumulate(1, index, weighted1)
        self._accumulate(2, index, weighted2)
        self._accumulate(3, index, weighted1, value1)
        self._accumulate(4, index, weighted2, value2)
        self._accumulate(5, index, weighted1, value2)

    def _shifted(
        self, value1: FloatArray, value2: FloatArray, region: IntArray, cells: Cells
    ) -> tuple[FloatArray, FloatArray]:
        """Subtract from floats the mean that each region had in the first cells seen."""
        fresh = np.flatnonzero(np.isnan(self._shift[0]))
        if fresh.size:
            at = np.broadcast_to(region, cells.count.shape)
            n = np.bincount(at, cells.count, self._n_regions)[fresh]
            for row, values in zip(self._shift, (value1, value2), strict=True):
                total = np.bincount(at, cells.count * values, self._n_regions)[fresh]
                row[fresh[n > 0]] = total[n > 0] / n[n > 0]
        return value1 - self._shift[0][region], value2 - self._shift[1][region]

    def _accumulate(
        self, which: int, index: IntArray, weights: AnyArray, factor: AnyArray | None = None
    ) -> None:
        sums = self._sums[which]
        if sums.dtype.kind == "f":
            weights = weights if factor is None else weights * factor
            sums += _grouped(index, weights, sums.size).reshape(sums.shape)
            return
        found = exact_bincount(index, weights, factor, sums.size).reshape(sums.shape)
        if sums.dtype == np.int64 and (found.dtype == object or _large(sums) or _large(found)):
            sums = sums.astype(object)
        self._sums[which] = sums + found

    def select(self, above1: Sequence[int] = (), above2: Sequence[int] = ()) -> Moments:
        """Return the moments of the pixels that pass all the cuts named by position."""
        keep = []
        for n, cuts in zip(self._classes, (above1, above2), strict=True):
            wanted = sum(1 << cut for cut in cuts)
            keep.append(np.arange(n) & wanted == wanted)
        picked = [sums[:, keep[0]][:, :, keep[1]].sum(axis=(1, 2)) for sums in self._sums]
        shift = np.nan_to_num(self._shift)
        return Moments(*picked, shift[0], shift[1])


def _large(sums: AnyArray) -> bool:
    return bool(sums.size) and int(np.abs(sums).max()) >= _INT64_SAFE


def _grouped(index: IntArray, weights: AnyArray, size: int) -> AnyArray:
    if size == 1:
        return np.asarray([weights.sum()])
    return np.bincount(index, weights, size)


def exact_bincount(
    index: IntArray, weights: IntArray, factor: IntArray | None, size: int
) -> AnyArray:
    """Return integer sums of ``weights * factor`` by index, exact at any magnitude.

    int64 where the totals surely fit, else Python integers.
    """
    if not weights.size:
        return np.zeros(size, np.int64)
    bound = float(np.abs(weights).max())
    peak = 1.0 if factor is None else float(np.abs(factor).max())
    if bound * peak * weights.size < 1 << 52:
        product = weights if factor is None else weights * factor
        return _grouped(index, product, size).astype(np.int64)
    if bound * peak < 1 << 62:
        product = weights if factor is None else weights * factor
        low = _grouped(index, product & (1 << _SPLIT) - 1, size).astype(np.int64)
        high = _grouped(index, product >> _SPLIT, size).astype(np.int64)
        if bound * peak * weights.size < _INT64_SAFE:
            return low + (high << _SPLIT)
        return low.astype(object) + high.astype(object) * (1 << _SPLIT)
    assert factor is not None  # a weight alone is below 2**62: 32-bit values times a count
    halves = factor & 0xFFFF, factor >> 16
    low, high = (exact_bincount(index, weights, half, size).astype(object) for half in halves)
    return low + high * (1 << 16)


def class_sums(
    histogram: JointHistogram, cuts1: Sequence[Cut] = (), cuts2: Sequence[Cut] = ()
) -> ClassSums:
    """Return the sums of a histogram over the classes that the cuts make."""
    exact = histogram.codes1.exact and histogram.codes2.exact
    sums = ClassSums(histogram.regions.size, cuts1, cuts2, exact=exact)
    for group in histogram.groups():
        for cells in group.load():
            sums.add(histogram, cells)
    return sums
