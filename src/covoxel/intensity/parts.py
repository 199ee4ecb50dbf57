"""Parts: where the cells of a histogram are kept, in memory or on disk."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.intensity.cells import Cells
from covoxel.intensity.value_codes import ValueCodes


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
            codes.decode(code) > cells.per_cell(threshold[cells.regions])
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
