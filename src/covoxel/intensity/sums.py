"""Sums over the classes that cuts make of the histogram.

A cut splits a channel's pixels into those above it and the others; the joint histogram,
coarsened to such classes and carrying the moments of each, is all that Pearson, Manders and
overlaps need. It adds up over blocks, so these measures stream without ever holding the cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import itemgetter

import numpy as np

from covoxel._types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.intensity.cells import Cells
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.moments import Moments, moments_by, no_moments

#: Beyond all intensities that are whole numbers.
_FAR = 1 << 60

__all__ = ["ClassSums", "Cut", "Moments", "class_sums"]


@dataclass(frozen=True, eq=False)
class Cut:
    """Where a channel is cut, region by region: above is ``>`` the value, or ``>=``."""

    value: FloatArray
    inclusive: bool = False

    @cached_property
    def _lowest(self) -> IntArray:
        """Lowest whole number above the cut."""
        lowest = np.ceil(self.value) if self.inclusive else np.floor(self.value) + 1
        within: FloatArray = np.clip(np.nan_to_num(lowest, nan=np.inf), -_FAR, _FAR)
        return within.astype(np.int64)

    @cached_property
    def _same(self) -> bool:
        """Whether all regions are cut at one value, which need not be spread over their cells."""
        return bool((self.value[1:] == self.value[:-1]).all())

    def passed(self, values: AnyArray, cells: Cells) -> BoolArray:
        """Return which values of cells lie above the cut; nothing lies above NaN."""
        whole = values.dtype.kind == "i"  # integers are compared with integers, which is faster
        limits = self._lowest if whole else self.value
        limits = limits[:1] if self._same else cells.per_cell(limits[cells.regions])
        return values >= limits if whole or self.inclusive else values > limits


class ClassSums:
    """Moments of the classes that cuts make, added up from cells.

    Parameters
    ----------
    n_regions : int
    cuts1, cuts2 : sequence of Cut
        The cuts of each channel. A pixel's class is the set of cuts that it passes.
    """

    def __init__(
        self, n_regions: int, cuts1: Sequence[Cut] = (), cuts2: Sequence[Cut] = ()
    ) -> None:
        self._cuts = (tuple(cuts1), tuple(cuts2))
        self._patterns = (1 << len(cuts1), 1 << len(cuts2))
        self._moments = no_moments((0, n_regions))  # a row for each class that occurs
        self._classes = np.zeros(0, np.int64)
        self._rows = np.full(self._patterns[0] * self._patterns[1], -1)

    def add(self, histogram: JointHistogram, cells: Cells) -> None:
        """Add the pixels of cells whose regions are those of `histogram`."""
        for piece in cells.pieces():
            value1, value2 = histogram.values(piece)
            row = self._row_of(self._class_of(value1, value2, piece))
            shape = self._classes.size, piece.n_regions
            index = row * piece.n_regions + piece.region
            found = moments_by(index, shape[0] * shape[1], piece.count, value1, value2)
            self._gain(found.each(partial(np.reshape, shape=shape)), piece.regions)

    def _class_of(self, value1: AnyArray, value2: AnyArray, cells: Cells) -> AnyArray:
        """Return the class of each cell: one bit a cut, those of channel 1 first."""
        index = np.zeros(cells.count.size, np.uint16)  # room for 16 cuts
        for values, cuts in zip((value1, value2), self._cuts, strict=True):
            index <<= len(cuts)
            for place, cut in enumerate(cuts):
                index |= cut.passed(values, cells).astype(np.uint16) << place
        return index

    def _row_of(self, classes: AnyArray) -> IntArray:
        """Return the row of each cell's class, making room for classes not seen before."""
        rows = self._rows[classes]
        if rows.size and rows.min() < 0:
            fresh = np.unique(classes[rows < 0])
            self._rows[fresh] = self._classes.size + np.arange(fresh.size)
            self._classes = np.concatenate([self._classes, fresh])
            self._moments = self._moments.each(partial(_lengthened, rows=fresh.size))
            rows = self._rows[classes]
        return rows

    def _gain(self, found: Moments, regions: slice) -> None:
        total = self._moments.each(itemgetter((slice(None), regions))) + found
        if total.s1.dtype != self._moments.s1.dtype:  # no whole numbers, or too large for int64
            self._moments = self._moments.unbounded() if total.exact else self._moments.as_float()
        for own, new in zip(self._moments.fields, total.fields, strict=True):
            own[:, regions] = new

    def select(
        self, above1: Sequence[int] = (), above2: Sequence[int] = (), *, either: bool = False
    ) -> Moments:
        """Return the moments of the pixels that pass all the cuts named by position.

        With `either`, of those that pass all the cuts named of channel 1, or all of channel 2.
        """
        first, second = (
            (wanted & pattern) == wanted
            for wanted, pattern in zip(
                (_bits(above1), _bits(above2)),
                divmod(self._classes, self._patterns[1]),
                strict=True,
            )
        )
        kept = first | second if either else first & second
        return self._moments.each(itemgetter(kept)).pooled()


def _bits(cuts: Sequence[int]) -> int:
    return sum(1 << cut for cut in cuts)


def _lengthened(field: AnyArray, rows: int) -> AnyArray:
    return np.concatenate([field, np.zeros((rows, field.shape[1]), field.dtype)])


def class_sums(
    histogram: JointHistogram, cuts1: Sequence[Cut] = (), cuts2: Sequence[Cut] = ()
) -> ClassSums:
    """Return the sums of a histogram over the classes that the cuts make."""
    sums = ClassSums(histogram.regions.size, cuts1, cuts2)
    for part in histogram.parts:
        sums.add(histogram, part.load())
    return sums
