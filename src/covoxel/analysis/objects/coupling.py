"""Coupled shares and tests of distances of a frame, and of each of its cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, Note
from covoxel.objects.coupling import coupling_of_cells, coupling_test
from covoxel.objects.nearest_test import CouplingTest
from covoxel.objects.object_set import ObjectSet

if TYPE_CHECKING:
    from covoxel.analysis.objects.options import ObjectsOptions

#: Columns by the names that they have in a `CouplingTest`.
_COLUMNS = {
    "coupled": "share",
    "coupled_low": "low",
    "coupled_high": "high",
    "chance": "chance",
    "coupling_p": "p",
    "coupling_z": "z",
    "null": "null",
    "clustering": "clustering2",
}


@dataclass(frozen=True, slots=True)
class Couplings:
    """The tests of both channels, each against the other.

    Attributes
    ----------
    whole : tuple of CouplingTest
        Of the frame; with cells, of all of them together.
    cells : tuple of dict
        Of each cell, by its place; empty where there are none.
    """

    whole: tuple[CouplingTest, CouplingTest]
    cells: tuple[dict[int, CouplingTest], ...] = ()


def couplings(
    objects: Sequence[ObjectSet],
    longest: float,
    mask: BoolArray | None,
    cells: ObjectSet | None,
    options: ObjectsOptions,
) -> Couplings | None:
    """Test how near the objects of each channel are to those of the other; None if not asked."""
    if options.null == "none":
        return None
    positions = [one.positions[one.inside] for one in objects]
    first = objects[0]
    given: dict[str, Any] = {
        "max_distance": longest or None,
        "shape": first.shape,
        "mask": mask,
        "spacing": first.spacing,
        "null": options.null,
        "rng": options.rng,
    }
    labels = None if cells is None or cells.index is None else cells.index.astype(np.int64)
    ways = [(positions[1], positions[0]), (positions[0], positions[1])]
    whole = [coupling_test(*way, labels=labels, **given) for way in ways]
    own: tuple[dict[int, CouplingTest], ...] = ()
    if labels is not None:
        own = tuple(
            {
                label - 1: test
                for label, test in coupling_of_cells(*way, labels=labels, **given).items()
            }
            for way in ways
        )
    return Couplings((whole[0], whole[1]), own)


def coupling_values(tests: Sequence[CouplingTest]) -> dict[str, Any]:
    """Return the columns of the tests of both channels."""
    return {
        f"{column}{number}": getattr(test, name)
        for column, name in _COLUMNS.items()
        for number, test in enumerate(tests, start=1)
    }


def coupling_notes(tests: Sequence[CouplingTest]) -> Iterator[Note]:
    """Yield why columns are empty."""
    for number, test in enumerate(tests, start=1):
        if test.reason:
            yield f"coupled{number}", test.reason


def columns_of_cells(
    found: Couplings | None, n: int
) -> tuple[dict[str, AnyArray], list[list[Note]]]:
    """Return the columns of the tests of cells, and why some are empty."""
    if found is None:
        return {}, [[] for _ in range(n)]
    nothing = CouplingTest(0, 0, reason="the cell has no pixel inside the mask")
    tests = [tuple(own.get(place, nothing) for own in found.cells) for place in range(n)]
    values = [coupling_values(both) for both in tests]
    names = coupling_values((CouplingTest(0, 0), CouplingTest(0, 0)))
    columns = {name: np.array([one[name] for one in values]) for name in names}
    return columns, [list(coupling_notes(both)) for both in tests]
