"""Rows of the table of association distances."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from covoxel.analysis.distance_schema import DISTANCE_COLUMNS, PROFILE_COLUMNS
from covoxel.analysis.regional import joined_notes, long_table, reason, table_of_rows
from covoxel.distance.record import Association, AssociationProfile, Component

if TYPE_CHECKING:
    import pandas as pd

#: Of an association as a whole, whatever its components are.
_BLEED = ("bleed", "bleed_1_to_2", "bleed_2_to_1")
_WHOLE = ("associated", "p_value", *_BLEED, "r_squared", "unit", "model")


def distance_rows(
    identity: dict[str, Any], found: Association | ValueError, unit: str
) -> Iterator[dict[str, Any]]:
    """Yield a row for each component; one that is empty where nothing was found."""
    if isinstance(found, ValueError):
        yield identity | {"component": 1, "unit": unit, "notes": reason("distance", found)}
        return
    shared = identity | {name: getattr(found, name) for name in _WHOLE} | _axes_of(found)
    shared["notes"] = joined_notes([*found.notes, *_untold(found)])
    for number, component in enumerate(found.components or (None,), start=1):
        yield shared | {"component": number} | _lengths(component)


def _untold(found: Association) -> Iterator[str]:
    """Say why there is none of what was not looked for."""
    if found.profile.distance.size and math.isnan(found.bleed):
        yield "bleed: bleed-through was not fitted"
    if not found.components:
        return
    if found.model != "shell":
        yield f"psf_1: {found.model} knows no PSF"
    if math.isnan(found.distance_low) and not any("distance_low" in note for note in found.notes):
        yield "distance_low: no interval was computed"
    if found.associated is None and not any("associated" in note for note in found.notes):
        yield "associated: no verdict was computed"


def _lengths(component: Component | None) -> dict[str, Any]:
    """Return the numbers of a component; without one they are missing, and so NaN."""
    if component is None:
        return {}
    out = {name: float(value) for name, value in asdict(component).items()}
    return out | {"combined": math.hypot(component.distance, component.spread)}


def _axes_of(found: Association) -> dict[str, Any]:
    """Return what there is along each axis."""
    axes = "zyx"[-len(found.offset) :]
    out = {f"offset_{axis}": value for axis, value in zip(axes, found.offset, strict=True)}
    for name in ("psf_1", "psf_2"):
        *axial, _, in_plane = getattr(found, name)
        out |= {name: in_plane} | {f"{name}_z": value for value in axial}
    return out | {"fit_low": found.fit_range[0], "fit_high": found.fit_range[1]}


def distance_table(rows: Sequence[dict[str, Any]], record: dict[str, Any]) -> pd.DataFrame:
    """Return rows as a table; `record` are the settings that they share."""
    rows = [{"model": record["like"] or record["model"]} | row for row in rows]
    table = table_of_rows(rows, DISTANCE_COLUMNS, record)
    table["associated"] = table["associated"].astype("boolean")
    return table


def profile_table(table: pd.DataFrame, found: Sequence[Association | None]) -> pd.DataFrame:
    """Return the profiles that the rows of a table were fitted to, each once."""
    names = [field.name for field in fields(AssociationProfile)]
    points = [
        {name: getattr(one.profile, name) for name in names} if one and component == 1 else None
        for one, component in zip(found, table["component"], strict=True)
    ]
    return long_table(table, points, PROFILE_COLUMNS)
