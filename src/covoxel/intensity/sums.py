"""Sums over the classes that cuts make of the pixels, from pixels or from cells of a histogram.

A cut splits a channel's pixels into those above it and the others; the moments of the classes are
all that Pearson, Manders and overlaps need.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.intensity.blocks import Pixels, Stream
from covoxel.intensity.cells import Cells
from covoxel.intensity.cuts import Cut, bounds_of, least_above, passed, ranks_of
from covoxel.intensity.float_rows import joined_rows, moments_of_rows, rows_of_moments, scale_rows
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.moments import LARGE, Moments, python_integers, unit_of, whole_moments

#: Pixels of floats and wide integers that are looked at before they are added, while in cache.
_PIECE = 1 << 17
#: Regions with fewer pixels on average have few of them in a row.
_SMALL = 1 << 14
#: The highest number of 16 bits.
_HIGHEST = (1 << 16) - 1
#: Integer sums below this fit int64, two of them added up included.
_SAFE = 1 << 62

MomentOrder = Literal[0, 1, 2]
#: How many sums there are of each order.
_SUMS = 1, 3, 6


class ClassSums:
    """Moments of the classes that cuts make, added up from pixels or cells.

    `cuts1`, `cuts2`: the cuts of each channel. A pixel's class is how many of them it passes in
        each channel.
    `order`: whether pixels are counted alone (0), intensities added too (1), or their products (2),
        which take the most time.

    Attributes
    ----------
    dropped : (R,) int array
        Pixels that are not finite, of the blocks that were added.
    first : (R, 2) float array
        The first pair of each region in these blocks, NaN if there is none.
    """

    def __init__(
        self,
        n_regions: int,
        cuts1: Sequence[Cut] = (),
        cuts2: Sequence[Cut] = (),
        order: MomentOrder = 2,
    ) -> None:
        self.dropped = np.zeros(n_regions, np.int64)
        self.first = np.full((n_regions, 2), np.nan)
        self._cuts = tuple(cuts1), tuple(cuts2)
        self._classes = len(cuts1) + 1, len(cuts2) + 1
        shape = n_regions, self._classes[0] * self._classes[1]
        self._order = order
        self._integers = np.zeros((*shape, _SUMS[order]), np.int64)
        self._bound = 0  # of the integers
        self._wide = np.zeros((*shape, 0), np.uint64)
        self._unbounded: Any = 0  # Python's integers
        self._floats = np.zeros((*shape, 0))
        self._units: list[float | None] = [None, None]
        self._limits: dict[Any, tuple[AnyArray, AnyArray]] = {}
        self._reaching: AnyArray | None = None
        self._selected: dict[Any, Moments] = {}

    def add(self, histogram: JointHistogram, cells: Cells) -> None:
        """Add the pixels of cells whose regions are those of `histogram`."""
        first = np.zeros_like(self.first)
        for part in cells.pieces():
            region = None
            if len(first) > 1:
                region = (part.region + (part.first_region + 1)).astype(np.uint32)
            values = histogram.values(part)
            self._add_any(Pixels(*values, count=part.count, region=region), first)

    def add_block(self, pixels: Pixels) -> None:
        """Add the pixels of a block."""
        dtype = np.promote_types(pixels.value1.dtype, pixels.value2.dtype)
        if dtype.kind == "u" and dtype.itemsize <= 2:
            bound = pixels.value1.size * _HIGHEST**2
            self._add_integers(pixels.astype(dtype, dtype), bound, self.first)
            return
        for low in range(0, pixels.value1.size, _PIECE):
            piece = pixels.part(slice(low, low + _PIECE))
            counts = piece.as_counts()
            if counts is None:
                self._add_any(piece, self.first)
            else:
                self._add_integers(counts, counts.value1.size * _HIGHEST**2, self.first)

    def join(self, other: ClassSums) -> None:
        """Add the sums over the same classes of pixels that come after these."""
        self._selected.clear()
        self._reaching = None
        self.dropped += other.dropped
        self.first = np.where(np.isnan(self.first), other.first, self.first)
        whole = other._whole()
        if whole.dtype == np.int64:
            self._reserve(other._bound)
            self._integers += whole
        else:
            self._unbounded = self._unbounded + whole
        if other._floats.size:
            self._floats = _widened(self._floats, 8)
            self._counted_in([unit or 0.0 for unit in other._units])
            theirs = other._floats.copy()
            for i, (unit, own) in enumerate(zip(other._units, self._units, strict=True)):
                scale_rows(theirs, i, (unit or 1.0) / (own or 1.0))
            rows = self._floats.reshape(-1, 8), theirs.reshape(-1, 8)
            self._floats = joined_rows(*rows).reshape(theirs.shape)

    def _add_any(self, pixels: Pixels, first: FloatArray) -> None:
        """Add pixels of any type; as integers where all are whole numbers."""
        looked = pixels.surveys()
        if not all(finite for finite, _, _ in looked):
            finite = np.isfinite(pixels.value1) & np.isfinite(pixels.value2)
            self.dropped += pixels.part(~finite).counted(self.dropped.size)
            pixels = pixels.part(finite)
            looked = pixels.surveys()
        if not pixels.value1.size:
            return
        (_, peak1, whole1), (_, peak2, whole2) = looked
        if whole1 is not None and whole2 is not None:
            weight = pixels.value1.size if pixels.count is None else int(pixels.count.sum())
            bound = weight * max(int(peak1), int(peak2), 1) ** self._order
            if bound < _SAFE:
                # each type of integers that is passed on takes seconds to compile for
                one, other = pixels.value1.dtype, pixels.value2.dtype
                floats = one == other and one.kind == "f"
                whole = pixels if floats else pixels.astype(whole1, whole2)
                self._add_integers(whole, bound, first)
            else:
                whole = pixels.astype(whole1, whole2)
                self._wide = _widened(self._wide, 16)
                self._run(whole, first, {"wide": self._wide})
            return
        tables: dict[str, AnyArray] = {"integers": self._integers}
        if self._order > 0:
            self._floats = _widened(self._floats, 8)
            tables = {"floats": self._floats}
        units = self._counted_in((peak1, peak2))
        if units == (1.0, 1.0):
            dtype = np.promote_types(pixels.value1.dtype, pixels.value2.dtype)
            dtype = np.dtype(np.float32 if dtype == np.float32 else np.float64)
            self._run(pixels.astype(dtype, dtype), first, tables)
            return
        new = np.isnan(first)
        self._run(pixels.counted_in(units), first, tables, units)
        np.multiply(first, units, out=first, where=new)

    def _add_integers(self, pixels: Pixels, bound: int, first: FloatArray) -> None:
        self._reserve(bound)
        self._run(pixels, first, {"integers": self._integers})

    def _reserve(self, bound: int) -> None:
        """Make room for integers that add up to a bound."""
        if self._bound + bound >= _SAFE:
            self._unbounded = self._unbounded + self._integers.astype(object)
            self._integers[:] = self._bound = 0
        self._bound += bound

    def _run(
        self,
        pixels: Pixels,
        first: FloatArray,
        out: dict[str, AnyArray],
        units: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        self._selected.clear()
        self._reaching = None
        limits = [
            self._limits_of(channel, values.dtype, unit)
            for channel, values, unit in zip((0, 1), pixels.values, units, strict=True)
        ]
        value1, value2, count, inside, region = pixels.read_only()
        arrays: list[Any] = [value1, value2]
        small = region is not None and region.size < _SMALL * len(first)
        if small and count is None and pixels.value1.dtype in (np.uint8, np.uint16):
            from covoxel.intensity.region_kernels import add_one_by_one

            arrays += [region, limits[0][0], limits[1][0], first, out["integers"]]
            add_one_by_one(*arrays)
            return
        from covoxel.intensity.kernels import add_sums

        tables = [out.get(name) for name in ("integers", "wide", "floats")]
        arrays += [count, inside, region, *limits[0], *limits[1], first, *tables]
        add_sums(*arrays)

    def _limits_of(
        self, channel: int, dtype: np.dtype[Any], unit: float
    ) -> tuple[AnyArray, AnyArray]:
        """Return the least value that passes each cut, and the highest that is in reach."""
        key = channel, dtype, unit
        if key not in self._limits:
            kind = dtype if dtype.kind == "f" else np.dtype("u8" if dtype == "u8" else "i8")
            least = least_above(self._cuts[channel], len(self.first), kind, unit)
            limits = np.ascontiguousarray(least.T)
            lowest, highest = bounds_of(dtype)
            if dtype.kind != "f":
                np.maximum(limits, lowest, out=limits)
                highest -= dtype.itemsize == 8  # the highest stands for infinity
            self._limits[key] = limits, np.full(1, highest, kind)
        return self._limits[key]

    def _counted_in(self, peaks: Sequence[float]) -> tuple[float, float]:
        """Return units in which the squares of what was added fit a float64."""
        for i, peak in enumerate(peaks):
            unit = self._units[i]
            if peak > 0 and (unit is None or peak / LARGE > unit):
                self._units[i] = unit_of(peak)
                if self._order == 0:
                    continue
                scale_rows(self._floats, i, 1.0 if unit is None else unit / unit_of(peak))
        return self._units[0] or 1.0, self._units[1] or 1.0

    def select(
        self, above1: Sequence[int] = (), above2: Sequence[int] = (), *, either: bool = False
    ) -> Moments:
        """Return the moments of the pixels that pass all the cuts named by position.

        With `either`, of those that pass all the cuts named of channel 1, or all of channel 2.
        """
        key = tuple(above1), tuple(above2), either
        if key not in self._selected:
            found = self._pooled([above1], [above2], either=either)
            self._selected[key] = found[0, 0]
        return self._selected[key]

    def select_each(self, above: Sequence[Sequence[int]]) -> Moments:
        """Return the moments of the pixels that pass each of S sets of cuts, named by position.

        The entries are (S, S, R): sets of cuts of channel 1, of channel 2, and regions.
        """
        return self._pooled(above, above, either=False)

    def _pooled(
        self, above1: Sequence[Sequence[int]], above2: Sequence[Sequence[int]], *, either: bool
    ) -> Moments:
        """Return the moments of the pixels that pass sets of cuts, (S1, S2, R)."""
        ranks1, ranks2 = self._ranks
        least1, least2 = passed(ranks1, above1), passed(ranks2, above2)
        if self._floats.size:
            return self._pooled_floats(self._whole(), least1, least2, either=either)
        if self._reaching is None:  # a running sum from the highest class on
            shape = len(self.first), *self._classes, _SUMS[self._order]
            table = self._whole().reshape(shape).copy()
            for i in range(shape[1] - 1, 0, -1):
                table[:, i - 1] += table[:, i]
            for i in range(shape[2] - 1, 0, -1):
                table[:, :, i - 1] += table[:, :, i]
            self._reaching = table.reshape(-1, shape[3])
        first = np.arange(len(self.first)) * self._classes[0]
        rows = (first + least1[:, np.newaxis]) * self._classes[1]
        sums = self._reaching.take(rows + least2, axis=0)
        if either:
            other = self._reaching.take(first * self._classes[1] + least2, axis=0)
            sums = self._reaching.take(rows, axis=0) + other - sums
        return whole_moments(sums.transpose(3, 0, 1, 2))

    @cached_property
    def _ranks(self) -> tuple[IntArray, IntArray]:
        first, second = (ranks_of(cuts, len(self.first)) for cuts in self._cuts)
        return first, second

    def _whole(self) -> AnyArray:
        """Return the sums of whole numbers, as integers of Python where they need more bits."""
        if not self._wide.size and isinstance(self._unbounded, int):
            return self._integers
        whole: AnyArray = self._integers.astype(object) + self._unbounded
        if self._wide.size:
            whole += python_integers(self._wide)[..., : whole.shape[-1]]
        return whole

    def _pooled_floats(
        self, integers: AnyArray, least1: IntArray, least2: IntArray, *, either: bool
    ) -> Moments:
        """Pool the sums of floats with those of whole numbers."""
        from covoxel.intensity.kernels import pool_classes

        units = self._units[0] or 1.0, self._units[1] or 1.0
        n_regions, n_classes, _ = integers.shape
        whole = whole_moments(integers.reshape(-1, 6).T).as_float().in_units(units)
        joined = joined_rows(self._floats.reshape(-1, 8), rows_of_moments(whole))
        table = joined.reshape(n_regions, n_classes, 8)
        out = np.zeros((len(least1), len(least2), n_regions, 8))
        pool_classes(table, self._classes, least1, least2, either, out)
        return moments_of_rows(out, units)


def _widened(table: AnyArray, size: int) -> AnyArray:
    return table if table.shape[-1] else np.zeros((*table.shape[:-1], size), table.dtype)


def class_sums(
    source: JointHistogram | Stream,
    cuts1: Sequence[Cut] = (),
    cuts2: Sequence[Cut] = (),
    order: MomentOrder = 2,
) -> ClassSums:
    """Return the sums over the classes that the cuts make, of a histogram or of pixels as read.

    Sums of order 1 may be those of order 2.
    """
    if order == 1 and not all(
        dtype.kind in "bui" and dtype.itemsize < 8 for dtype in source.dtypes
    ):
        order = 2  # means of floats need their squares as well
    if isinstance(source, JointHistogram):
        sums = ClassSums(source.regions.size, cuts1, cuts2, order)
        for part in source.parts:
            sums.add(source, part.load())
        return sums
    found = source.each_slab(partial(_sums_of_stream, cuts1, cuts2, order))
    sums = next(found)
    for more in found:
        sums.join(more)
    return sums


def _sums_of_stream(
    cuts1: Sequence[Cut], cuts2: Sequence[Cut], order: MomentOrder, stream: Stream
) -> ClassSums:
    sums = ClassSums(stream.regions.size, cuts1, cuts2, order)
    for block in stream.pixels():
        sums.add_block(block)
    return sums
