"""Cells: the pairs of intensities that occur, sorted and counted, and where they are kept."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.intensity.value_codes import ValueCodes

#: Cells in a piece, and in a bunch of regions.
_PIECE, _BUNCH = 1 << 16, 1 << 18
#: Values that are repeated at once.
_REPEATED = 1 << 18


def repeated(values: AnyArray, starts: IntArray) -> AnyArray:
    """Return each value from its start to the next one.

    `numpy.repeat` holds the interpreter's lock; other threads have their turns between pieces.
    """
    out = np.empty(starts[-1], values.dtype)
    for low in range(0, out.size, _REPEATED):
        high = min(low + _REPEATED, out.size)
        start = int(np.searchsorted(starts, low, side="right")) - 1
        stop = int(np.searchsorted(starts, high, side="left"))
        ends = np.minimum(np.maximum(starts[start : stop + 1], low), high)  # faster than clip
        out[low:high] = np.repeat(values[start:stop], ends[1:] - ends[:-1])
    return out


def sums_between(values: AnyArray, starts: IntArray) -> AnyArray:
    """Sum values between consecutive starts, each run by itself; 0 where a run is empty."""
    out = np.zeros(starts.size - 1, values.dtype)
    held = (starts[1:] > starts[:-1]).nonzero()[0]
    if held.size:
        out[held] = np.add.reduceat(values, starts[held])
    return out


class PerRegion:
    """Entries on one flat axis, those of one region after those of another.

    Attributes
    ----------
    starts : (R + 1,) int array
        Where the entries of each region begin.
    """

    __slots__ = ()
    starts: IntArray

    def per_entry(self, values: AnyArray) -> AnyArray:
        """Return one value a region as one an entry."""
        return repeated(values, self.starts)

    def by_region(self, values: AnyArray) -> AnyArray:
        """Sum one value an entry over each region."""
        return sums_between(values, self.starts)


@dataclass(frozen=True, slots=True, eq=False)
class Cells(PerRegion):
    """Sorted cells of consecutive regions."""

    #: Index of the first region held.
    first_region: int
    #: Where the cells of each region begin, (R + 1,).
    starts: IntArray
    #: Codes of the two intensities, ascending in (region, code1, code2), (C,).
    code1: AnyArray
    code2: AnyArray
    #: Pixels in each cell, (C,).
    count: IntArray

    @property
    def n_regions(self) -> int:
        """Number of regions held."""
        return self.starts.size - 1

    def load(self) -> Cells:
        """Return the cells themselves, which are a `Part` in memory."""
        return self

    @property
    def regions(self) -> slice:
        """The regions held, as a slice of the histogram's."""
        return slice(self.first_region, self.first_region + self.n_regions)

    @property
    def region(self) -> IntArray:
        """Index of each cell's region, relative to the first one held."""
        return self.per_entry(np.arange(self.n_regions))

    def between(self, start: int, stop: int) -> Cells:
        """Return the cells of the regions from `start` to before `stop` (relative)."""
        return self._cut(int(self.starts[start]), int(self.starts[stop]), start, stop)

    def pieces(self) -> Iterator[Cells]:
        """Yield the cells a few at a time, so that what is computed on them stays in cache.

        A region may be cut in two.
        """
        for low in range(0, self.count.size, _PIECE):
            high = min(low + _PIECE, self.count.size)
            start = int(np.searchsorted(self.starts, low, side="right")) - 1
            stop = int(np.searchsorted(self.starts, high, side="left"))
            yield self._cut(low, high, start, stop)

    def bunches(self) -> Iterator[Cells]:
        """Yield the cells a few whole regions at a time."""
        start = 0
        while start < self.n_regions:
            most = self.starts[start] + _BUNCH
            stop = max(start + 1, int(np.searchsorted(self.starts, most, side="right")) - 1)
            yield self.between(start, stop)
            start = stop

    def _cut(self, low: int, high: int, start: int, stop: int) -> Cells:
        return Cells(
            self.first_region + start,
            np.clip(self.starts[start : stop + 1], low, high) - low,
            self.code1[low:high],
            self.code2[low:high],
            self.count[low:high],
        )

    def filtered(self, keep: AnyArray) -> Cells:
        """Return the cells where `keep` is true."""
        kept = np.concatenate([[0], np.cumsum(keep)])
        starts = kept[self.starts].astype(np.int64)
        return Cells(
            self.first_region, starts, self.code1[keep], self.code2[keep], self.count[keep]
        )


class Part(Protocol):
    """The cells of consecutive regions."""

    @property
    def first_region(self) -> int:
        """Index of the first region."""

    @property
    def n_regions(self) -> int:
        """Number of regions."""

    def load(self) -> Cells:
        """Return the cells."""


@dataclass(frozen=True, slots=True, eq=False)
class Gated:
    """The cells of a part that lie above both thresholds, one of each a region."""

    part: Part
    codes1: ValueCodes
    codes2: ValueCodes
    threshold1: FloatArray
    threshold2: FloatArray

    @property
    def first_region(self) -> int:
        """Index of the first region."""
        return self.part.first_region

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return self.part.n_regions

    def load(self) -> Cells:
        """Return the cells above."""
        cells = self.part.load()
        above1, above2 = (
            codes.decode(code) > cells.per_entry(threshold[cells.regions])
            for codes, code, threshold in (
                (self.codes1, cells.code1, self.threshold1),
                (self.codes2, cells.code2, self.threshold2),
            )
        )
        return cells.filtered(above1 & above2)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Consecutive regions that are read together: many in one part, or one in many parts.

    ``start`` is the index of the first region, ``stop`` that after the last one.
    """

    parts: tuple[Part, ...]
    start: int = field(init=False)
    stop: int = field(init=False)

    def __post_init__(self) -> None:
        first, last = self.parts[0], self.parts[-1]
        object.__setattr__(self, "start", first.first_region)
        object.__setattr__(self, "stop", last.first_region + last.n_regions)

    @property
    def slice(self) -> builtins.slice:
        """The group's regions, as a slice of the histogram's."""
        return builtins.slice(self.start, self.stop)

    def places(self, cells: Cells) -> builtins.slice:
        """Return where the regions of a part's cells stand among the group's."""
        return builtins.slice(cells.regions.start - self.start, cells.regions.stop - self.start)

    def load(self) -> Iterator[Cells]:
        """Yield the cells, part by part in key order."""
        for part in self.parts:
            yield part.load()


def grouped(parts: Sequence[Part]) -> Iterator[Group]:
    """Yield groups of regions; the parts of a region always share a group.

    What is in memory comes in small groups, so that what is computed on them stays in cache.
    """
    held: list[Part] = []
    for part in parts:
        if isinstance(part, Cells):
            yield from (Group((cells,)) for cells in part.bunches())
            continue
        if held and part.first_region >= held[-1].first_region + held[-1].n_regions:
            yield Group(tuple(held))
            held = []
        held.append(part)
    if held:
        yield Group(tuple(held))


def gathered(parts: Sequence[Part], n_regions: int) -> Cells:
    """Return the cells of all parts as one, in memory; parts come in key order."""
    held = [part.load() for part in parts]
    sizes = np.zeros(n_regions, np.int64)
    for cells in held:
        last = cells.first_region + cells.n_regions
        sizes[cells.first_region : last] += np.diff(cells.starts)
    return Cells(
        0,
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate([cells.code1 for cells in held]),
        np.concatenate([cells.code2 for cells in held]),
        np.concatenate([cells.count for cells in held]),
    )
