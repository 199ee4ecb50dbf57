"""Sums over the classes that cuts make of the pixels.

A cut splits a channel's pixels into those above it and the others; the moments of each such
class are all that Pearson, Manders and overlaps need. They add up over blocks of pixels, which
need no order, and over the cells of a histogram where there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.intensity.blocks import Block, Stream, note_first
from covoxel.intensity.cells import Cells
from covoxel.intensity.codes import as_numbers
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.moments import LARGE, Moments, moments_by, no_moments, unit_of

#: Pixels in a piece, so that what is computed on them stays in cache.
_PIECE = 1 << 16

__all__ = ["ClassSums", "Cut", "Moments", "class_sums"]


@dataclass(frozen=True, eq=False)
class Cut:
    """Where a channel is cut, region by region: above is ``>`` the value, or ``>=``."""

    value: FloatArray
    inclusive: bool = False

    def _lowest(self, dtype: np.dtype[Any]) -> AnyArray:
        """Return the lowest whole number above the cut; the highest of `dtype` if there is none."""
        lowest = np.ceil(self.value) if self.inclusive else np.floor(self.value) + 1
        least, most = np.iinfo(dtype).min, np.nextafter(float(np.iinfo(dtype).max), 0)
        within: AnyArray = np.clip(np.nan_to_num(lowest, nan=np.inf), least, most).astype(dtype)
        return within

    def passed(self, values: AnyArray, piece: Piece, unit: float = 1.0) -> BoolArray:
        """Return which values of a piece lie above the cut; nothing lies above NaN."""
        whole = values.dtype.kind != "f"  # integers are compared with integers, which is faster
        limits = piece.spread(self._lowest(values.dtype) if whole else self.value / unit)
        return values >= limits if whole or self.inclusive else values > limits


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Pixels that are added at once, or with a `count` cells of them.

    ``region`` is the index of each one's region within ``regions``, a slice of all; None where
    there is one only.
    """

    value1: AnyArray
    value2: AnyArray
    count: IntArray | None
    region: AnyArray | None
    regions: slice

    def spread(self, values: AnyArray) -> AnyArray:
        """Return one value a region as one a pixel, or a single one that holds for all."""
        own = values[self.regions]
        if self.region is None or (own.size and (own[1:] == own[:-1]).all()):
            return own[:1]
        spread: AnyArray = own[self.region]
        return spread

    def counted_in(self, units: tuple[float, float]) -> Piece:
        """Return the piece with intensities in other units."""
        if units == (1.0, 1.0):
            return self
        return replace(self, value1=self.value1 / units[0], value2=self.value2 / units[1])


class ClassSums:
    """Moments of the classes that cuts make, added up from pixels or cells.

    Parameters
    ----------
    n_regions : int
    cuts1, cuts2 : sequence of Cut
        The cuts of each channel. A pixel's class is the set of cuts that it passes.

    Attributes
    ----------
    dropped : (R,) int array
        Pixels that are not finite, of the blocks that were added.
    first : (R, 2) float array
        The first pair of each region in these blocks, NaN if there is none.
    """

    def __init__(
        self, n_regions: int, cuts1: Sequence[Cut] = (), cuts2: Sequence[Cut] = ()
    ) -> None:
        self.dropped = np.zeros(n_regions, np.int64)
        self.first = np.full((n_regions, 2), np.nan)
        self._cuts = (tuple(cuts1), tuple(cuts2))
        self._patterns = (1 << len(cuts1), 1 << len(cuts2))
        self._moments = no_moments((0, n_regions))  # a row for each class that occurs
        self._classes = np.zeros(0, np.int64)
        self._rows = np.full(self._patterns[0] * self._patterns[1], -1)
        self._units: list[float | None] = [None, None]

    def add(self, histogram: JointHistogram, cells: Cells) -> None:
        """Add the pixels of cells whose regions are those of `histogram`."""
        for part in cells.pieces():
            region = part.region if part.n_regions > 1 else None
            self._add(Piece(*histogram.values(part), part.count, region, part.regions))

    def add_block(self, block: Block) -> None:
        """Add the pixels of a block."""
        self.dropped += block.dropped
        note_first(self.first, block)
        step = max(_PIECE, self.dropped.size)
        for low in range(0, block.values1.size, step):
            part = slice(low, low + step)
            value1, value2 = as_numbers(block.values1[part]), as_numbers(block.values2[part])
            region, regions = None, slice(0, 1)
            if block.region is not None:
                region = block.region[part].astype(np.int64)
                regions = slice(int(region.min()), int(region.max()) + 1)
                region -= regions.start
            self._add(Piece(value1, value2, None, region, regions))

    def _add(self, piece: Piece) -> None:
        units = self._counted_in(piece)
        piece = piece.counted_in(units)
        n_regions = piece.regions.stop - piece.regions.start
        row = self._row_of(self._class_of(piece, units))
        shape = self._classes.size, n_regions
        index = row * n_regions if piece.region is None else row * n_regions + piece.region
        found = moments_by(index, shape[0] * shape[1], piece.count, piece.value1, piece.value2)
        found = replace(found.each(partial(np.reshape, shape=shape)), units=units)
        self._gain(found, piece.regions)

    def _counted_in(self, piece: Piece) -> tuple[float, float]:
        """Return units in which the squares of what was added fit a float64."""
        for i, values in enumerate((piece.value1, piece.value2)):
            peak = float(np.abs(values).max(initial=0)) if values.dtype.kind == "f" else 1.0
            unit = self._units[i]
            if peak > 0 and (unit is None or peak / LARGE > unit):
                self._units[i] = unit_of(peak)
        units = (self._units[0] or 1.0, self._units[1] or 1.0)
        self._moments = self._moments.in_units(units)
        return units

    def _class_of(self, piece: Piece, units: tuple[float, float]) -> AnyArray:
        """Return the class of each pixel: one bit a cut, those of channel 1 first."""
        index = np.zeros(piece.value1.size, np.uint16)  # room for 16 cuts
        for values, cuts, unit in zip((piece.value1, piece.value2), self._cuts, units, strict=True):
            index <<= len(cuts)
            for place, cut in enumerate(cuts):
                index |= cut.passed(values, piece, unit).astype(np.uint16) << place
        return index

    def _row_of(self, classes: AnyArray) -> IntArray:
        """Return the row of each pixel's class, making room for classes not seen before."""
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
    source: JointHistogram | Stream, cuts1: Sequence[Cut] = (), cuts2: Sequence[Cut] = ()
) -> ClassSums:
    """Return the sums over the classes that the cuts make, of a histogram or of pixels as read."""
    sums = ClassSums(source.regions.size, cuts1, cuts2)
    if isinstance(source, JointHistogram):
        for part in source.parts:
            sums.add(source, part.load())
    else:
        for block in source.blocks():
            sums.add_block(block)
    return sums
