"""Coupled shares and tests of distances of a frame, and of each of its cells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray, Note
from covoxel.objects.coupling import couplings_of_both
from covoxel.objects.nearest_test import CouplingTest
from covoxel.objects.object_set import ObjectSet
from covoxel.objects.placement import PlacementTest, placement_test
from covoxel.objects.ripley_test import CrossKTest, cross_k_test

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
    "clustering_p": "clustering2",
}


#: Nulls of cross-K.
_NULLS = ("distance_map", "shifts", "clusters")
_NO_SHARE = "objects placed anew give no share"


@dataclass(frozen=True, slots=True)
class Couplings:
    """The tests of both channels, each against the other."""

    #: Of the frame; with cells, of all of them together.
    whole: tuple[CouplingTest, CouplingTest]
    #: Of each cell, by its place; empty where there are none.
    cells: tuple[dict[int, CouplingTest], ...] = ()
    #: What is known of overlaps, where objects were placed anew.
    overlaps: tuple[PlacementTest, ...] = ()


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
    if options.null == "placement":
        return _placements(objects, cells, options)
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
    whole, each = couplings_of_both(*positions, labels=labels, **given)
    own = (
        ()
        if labels is None
        else tuple({label - 1: both[i] for label, both in each.items()} for i in range(2))
    )
    return Couplings(whole, own)


def _placements(
    objects: Sequence[ObjectSet], cells: ObjectSet | None, options: ObjectsOptions
) -> Couplings:
    """Test each channel against objects that are placed anew in their cells."""
    found = []
    for number, (other, own) in enumerate([objects[::-1], objects], start=1):
        if own.extended:
            found.append(placement_test(other, own, cells=cells, rng=options.rng))
        else:
            reason = f"objects of channel {number} are points, which have no form to be placed"
            found.append(PlacementTest(len(other), len(own), reason=reason))
    known: tuple[dict[int, CouplingTest], ...] = ()
    if cells is not None:
        places = {label: place for place, label in enumerate(cells.ids.tolist())}
        known = tuple(
            {places[label]: _as_coupling(test) for label, test in one.cells.items()}
            for one in found
        )
    whole = _as_coupling(found[0]), _as_coupling(found[1])
    return Couplings(whole, known, tuple(found))


def _as_coupling(found: PlacementTest) -> CouplingTest:
    tested = not math.isnan(found.p)
    return CouplingTest(
        found.n1,
        found.n2,
        p=found.p,
        z=found.z,
        null="placement" if tested else "",
        by_chance=found.by_chance,
        reason=found.reason or _NO_SHARE,
    )


def overlap_values(found: Couplings | None) -> dict[str, Any]:
    """Return how many objects overlap where they are placed anew, and a p-value."""
    tests = () if found is None else found.overlaps
    return {
        f"{column}{number}": getattr(test, name)
        for column, name in (("overlapping_chance", "chance"), ("overlapping_p", "p_overlap"))
        for number, test in enumerate(tests, start=1)
    }


def cross_k_of(
    objects: Sequence[ObjectSet],
    mask: BoolArray | None,
    options: ObjectsOptions,
) -> CrossKTest | None:
    """Return cross-K of channel 2 around channel 1 in a mask; None if not asked."""
    if options.cross_k is None:
        return None
    first, second = objects
    null: Any = options.null if options.null in _NULLS else "auto"
    return cross_k_test(
        first.positions[first.inside],
        second.positions[second.inside],
        max_distance=options.cross_k,
        shape=first.shape,
        mask=mask,
        spacing=first.spacing,
        null=null,
        rng=options.rng,
    )


def cross_k_columns(found: CrossKTest, unit: str) -> dict[str, Any]:
    """Return the columns of the curve."""
    curve = found.estimate
    own = {name: getattr(curve, name) for name in ("k", "l", "g", "pairs")}
    bounds = {"l_low": found.low, "l_high": found.high}
    return {"distance": curve.distances, **own, **bounds, "unit": unit}


def chance_of(found: Couplings | None) -> list[list[tuple[FloatArray, int]]]:
    """Return of each channel the nearest distances that chance gives, and of how many objects."""
    if found is None:
        return [[], []]
    return [[(test.by_chance, test.n2)] * bool(test.by_chance.size) for test in found.whole]


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
