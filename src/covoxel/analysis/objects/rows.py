"""The columns of objects, pairs, cells and frames, read from what was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from covoxel.analysis.objects.coupling import columns_of_cells
from covoxel.analysis.objects.frame import LABELS_ARE_NO_LIGHT, FrameObjects, RelatedObjects
from covoxel.analysis.objects.options import ObjectsOptions
from covoxel.analysis.schema import by_axis
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray, Note
from covoxel.objects.object_set import ObjectSet

_NO_OBJECT = "there is no object"
_OUTSIDE = "it has no pixel inside the mask"
_POINT = "a point has no extent"


def object_columns(found: FrameObjects, axes: str, options: ObjectsOptions) -> dict[str, Any]:
    """Return the columns of the objects of both channels, those of channel 1 first."""
    first, second = found.sides
    own = [
        _object_columns(number, side, other, found.cells, axes, options)
        for number, side, other in ((1, first, second), (2, second, first))
    ]
    names = dict.fromkeys(name for one in own for name in one)
    out: dict[str, Any] = {}
    for name in names:
        parts = [
            one.get(name, np.full(len(side.objects), np.nan))
            for one, side in zip(own, found.sides, strict=True)
        ]
        joined = [*parts[0], *parts[1]] if name == "notes" else _joined(parts)
        out[name] = joined
    return out


def _joined(parts: Sequence[Any]) -> Any:
    if any(hasattr(part, "isna") for part in parts):
        import pandas as pd

        return pd.concat([pd.Series(part) for part in parts], ignore_index=True).array
    return np.concatenate(parts)


def _object_columns(
    number: int,
    side: RelatedObjects,
    other: RelatedObjects,
    cells: ObjectSet | None,
    axes: str,
    options: ObjectsOptions,
) -> dict[str, Any]:
    objects, ids = side.objects, other.objects.ids
    n = len(objects)
    paired = side.best >= 0
    second = side.pairs.second[side.best[paired]]
    jaccard, best = np.full(n, np.nan), np.full(n, -1)
    jaccard[paired], best[paired] = side.pairs.jaccard[side.best[paired]], second
    out: dict[str, Any] = {"channel": np.full(n, number), "object": objects.ids}
    if cells is not None and side.cells is not None:
        out["cell"] = _labels(cells.ids, side.cells)
    out |= _center_columns(objects, axes)
    out |= {"pixels": objects.pixels, "size": objects.sizes, "diameter": objects.diameters}
    for i, light in enumerate(side.intensities, start=1):
        dark = getattr(options, f"find{i}") == "labels"
        out[f"mean{i}"] = np.full(n, np.nan) if dark else light.mean
        out[f"integrated{i}"] = np.full(n, np.nan) if dark else light.integrated
    out |= {
        "cut": objects.cut,
        "overlap": _covered(side, other),
        "jaccard": jaccard,
        "best": _labels(ids, best),
        "center_in": _labels(ids, side.held),
        "center_distance": side.centres.distance,
        "nearest": _labels(ids, side.centres.partner),
        "edge_distance": side.edges.distance,
        "nearest_edge": _labels(ids, side.edges.partner),
        "border_distance": side.border,
        "censored": side.border < side.centres.distance,
        "matched": _labels(ids, side.matched),
        "match_distance": side.match_distance,
        "unit": np.full(n, length_unit(objects)),
        "notes": _object_notes(side, other, number, options),
    }
    if options.convention.agreement:
        theirs = other.pairs.second[other.best[other.best >= 0]]
        out["children"] = np.bincount(theirs, minlength=n)
    if (spots := side.found.spots) is not None:
        out |= {
            "spot_intensity": spots.intensity,
            "spot_width": spots.width,
            "spot_contrast": spots.contrast,
        }
    return out


def _covered(side: RelatedObjects, other: RelatedObjects) -> FloatArray:
    """Return the share of each object in those of the other channel, NaN where these are points."""
    covered = side.pairs.covered(len(side.objects))
    defined = side.objects.inside & other.objects.extended
    return np.where(defined, covered, np.nan)


def _center_columns(objects: ObjectSet, axes: str) -> dict[str, FloatArray]:
    places = by_axis("center", axes, objects.centroids.T)
    if objects.spacing is not None:
        places |= by_axis("center", axes, objects.positions.T, "_um")
    return places


def length_unit(objects: ObjectSet) -> str:
    """Return the unit of lengths as tables have it."""
    return "µm" if objects.unit == "um" else "px"


def _labels(ids: IntArray, places: IntArray) -> Any:
    """Return labels by their places; missing where there is none."""
    import pandas as pd

    labels = np.append(ids, 0)[places]
    return pd.arrays.IntegerArray(np.asarray(labels, np.int64), np.asarray(places < 0))


def _object_notes(
    side: RelatedObjects, other: RelatedObjects, number: int, options: ObjectsOptions
) -> list[list[Note]]:
    """Return why columns of each object are empty."""
    objects = side.objects
    shared: list[Note] = []
    if not objects.extended:
        shared.append(("size", _POINT))
    if not other.objects.extended:
        shared.append(("overlap", f"objects of channel {3 - number} are points"))
    elif not objects.extended:
        shared.append(("jaccard", _POINT))
    shared += [
        (f"mean{i}", LABELS_ARE_NO_LIGHT)
        for i in (1, 2)
        if getattr(options, f"find{i}") == "labels"
    ]
    if not other.objects.inside.any():
        shared.append(("center_distance", f"{_NO_OBJECT} in channel {3 - number}"))
    outside: list[Note] = [("center", _OUTSIDE)]
    alone: list[Note] = [("center_distance", f"{_NO_OBJECT} of channel {3 - number} in its cell")]
    lonely = objects.inside & (side.centres.partner < 0) & other.objects.inside.any()
    return [
        [*outside * (not inside), *alone * on_its_own, *shared]
        for inside, on_its_own in zip(objects.inside.tolist(), lonely.tolist(), strict=True)
    ]


def pair_columns(found: FrameObjects) -> dict[str, Any]:
    """Return the columns of the pairs of overlapping objects."""
    side, other = found.sides
    pairs, first, second = side.pairs, side.objects, other.objects
    apart = (first.centroids[pairs.first] - second.centroids[pairs.second]) * first.step
    out: dict[str, Any] = {
        "object1": first.ids[pairs.first],
        "object2": second.ids[pairs.second],
        "pixels": pairs.pixels,
        "fraction1": pairs.fraction1,
        "fraction2": pairs.fraction2,
        "jaccard": pairs.jaccard,
        "center_distance": np.linalg.norm(apart, axis=1),
        "unit": np.full(len(pairs), length_unit(first)),
        "notes": [[]] * len(pairs),
    }
    if found.cells is not None and side.cells is not None:
        out["cell"] = _labels(found.cells.ids, side.cells[pairs.first])
    return out


def count_columns(
    found: FrameObjects, groups: tuple[IntArray, IntArray] | None, n: int
) -> dict[str, AnyArray]:
    """Return the columns of COUNT_COLUMNS of `n` groups of objects.

    `groups` holds the group of each object of both channels, -1 for none; None puts all of them
    into one. Objects without a pixel inside the mask do not count.
    """
    out: dict[str, AnyArray] = {}
    for number, side in enumerate(found.sides, start=1):
        inside = side.objects.inside
        group = np.zeros(len(inside), np.int64) if groups is None else groups[number - 1]
        member = inside & (group >= 0)
        own = _GroupedValues(group[member], n)
        total = own.count(np.ones(int(member.sum()), np.bool_))
        other = found.sides[2 - number]
        holding = np.zeros(len(inside), np.bool_)
        holding[other.held[other.held >= 0]] = True
        overlap = _covered(side, other)
        touched = np.zeros(len(inside), np.bool_)
        touched[side.pairs.first] = True
        out |= {
            f"objects{number}": total,
            f"cut{number}": own.count(side.objects.cut[member]),
            f"overlapping{number}": own.count(touched[member]),
            f"overlap{number}": own.mean(overlap[member]),
            f"centers_in{number}": own.count(side.held[member] >= 0),
            f"holding{number}": own.count(holding[member]),
            f"near{number}": own.count(side.centres.distance[member] <= found.longest),
            f"matched_share{number}": own.mean((side.matched[member] >= 0).astype(np.float64)),
            f"center_distance{number}": own.mean(side.centres.distance[member]),
            f"center_distance_median{number}": own.median(side.centres.distance[member]),
            f"edge_distance{number}": own.mean(side.edges.distance[member]),
        }
        points, others_are_points = not side.objects.extended, not other.objects.extended
        undefined = {
            "overlapping": points and others_are_points,
            "centers_in": others_are_points,
            "holding": points,
        }
        for name in (name for name, empty in undefined.items() if empty):
            out[f"{name}{number}"] = np.full(n, np.nan)
        if number == 1:
            out["matches"] = own.count(side.matched[member] >= 0)
            out["match_distance"] = own.mean(side.match_distance[member])
    return out


class _GroupedValues:
    """Counts, means and medians of values, group by group."""

    def __init__(self, group: IntArray, n: int) -> None:
        self._group, self._n = group, n

    def count(self, chosen: BoolArray) -> IntArray:
        return np.bincount(self._group[chosen], minlength=self._n)

    def mean(self, values: FloatArray) -> FloatArray:
        known = np.isfinite(values)
        total = np.bincount(self._group[known], values[known], minlength=self._n)
        with np.errstate(invalid="ignore"):
            return np.asarray(total / self.count(known))

    def median(self, values: FloatArray) -> FloatArray:
        known = np.isfinite(values)
        order = np.lexsort((values[known], self._group[known]))
        ordered = values[known][order]
        counts = self.count(known)
        starts = np.cumsum(counts) - counts
        held = np.flatnonzero(counts)
        out = np.full(self._n, np.nan)
        low = starts[held] + (counts[held] - 1) // 2
        out[held] = (ordered[low] + ordered[starts[held] + counts[held] // 2]) / 2
        return out


def count_notes(columns: dict[str, AnyArray], at: int) -> list[Note]:
    """Return why columns of `count_columns` are empty."""
    notes: list[Note] = [
        (f"overlap{number}", f"{_NO_OBJECT} in channel {number}")
        for number in (1, 2)
        if not columns[f"objects{number}"][at]
    ]
    none = [number for number in (1, 2) if not np.isfinite(columns[f"center_distance{number}"][at])]
    if none and not notes:
        notes.append(("center_distance1", f"{_NO_OBJECT} in the other channel"))
    if not columns["matches"][at]:
        notes.append(("match_distance", "no objects are matched"))
    notes += [
        (f"centers_in{number}", f"objects of channel {3 - number} are points")
        for number in (1, 2)
        if np.isnan(columns[f"centers_in{number}"][at])
    ]
    return notes


def cell_columns(found: FrameObjects, options: ObjectsOptions) -> dict[str, Any] | None:
    """Return the columns of the cells; None where there are none."""
    cells = found.cells
    if cells is None:
        return None
    import pandas as pd

    n = len(cells)
    first, second = (side.cells for side in found.sides)
    assert first is not None
    assert second is not None
    counts = count_columns(found, (first, second), n)
    out: dict[str, Any] = {"label": cells.ids, "pixels": cells.pixels, "size": cells.sizes}
    for i, light in enumerate(found.cell_intensities, start=1):
        dark = getattr(options, f"find{i}") == "labels"
        out[f"mean{i}"] = np.full(n, np.nan) if dark else light.mean
    positive = found.coexpression
    for i in (1, 2):
        missing = np.ones(n, np.bool_) if positive is None else ~positive.defined
        own = missing if positive is None else getattr(positive, f"positive{i}")
        out[f"positive{i}"] = pd.arrays.BooleanArray(np.array(own, np.bool_), missing)
    tests, reasons = columns_of_cells(found.couplings, n)
    notes = [[*count_notes(counts, at), *reasons[at]] for at in range(n)]
    return out | counts | tests | {"unit": np.full(n, length_unit(cells)), "notes": notes}
