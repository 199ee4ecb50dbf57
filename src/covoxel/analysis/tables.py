"""Tables: rows of an analysis in the order of a schema, with the settings that they share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from covoxel.analysis.notes import file_notes, notes_text
from covoxel.analysis.options import digest
from covoxel.analysis.registrations import SHIFT_DIFFERS
from covoxel.analysis.schema import IDENTITY, SHIFTS, Column
from covoxel.core.types import Note
from covoxel.core.version import VERSION

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Table:
    """One of the tables of an analysis."""

    #: Of the table and of its file.
    name: str
    #: The schema.
    columns: Sequence[Column]
    #: Whether it holds the points that rows of the main table were read from, so that each row of
    #: that has several in this.
    points: bool = False

    @property
    def by_name(self) -> dict[str, Column]:
        """The columns by their names."""
        return {one.name: one for one in self.columns}


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A row of the main table of an analysis."""

    #: By column; what is missing is undefined.
    values: dict[str, Any]
    #: Columns with the reason why they are empty, or a remark on them.
    notes: Sequence[Note] = ()
    #: What the row was read from; None where there is nothing.
    found: Any = None
    #: Arrays of equal length by column, for each table of points by its name; a value that all
    #: points share may be by itself. Their notes are sequences of pairs as well.
    points: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Codes and messages of cautions, for a table that has a column of them.
    warnings: Sequence[Note] = ()


def notes_of(row: Row, inputs: Any) -> tuple[Note, ...]:
    """Return the notes of a row, between those of its files and those of the registration."""
    names = {row.values.get(name) for name in ("channel", "channel1", "channel2")}
    notes = [*file_notes(one for one in inputs.given if one.name in names), *row.notes]
    if inputs.registration is not None:
        missing = [one.name for one in SHIFTS if math.isnan(row.values.get(one.name, 0))]
        notes += [(name, SHIFT_DIFFERS) for name in missing]
        warning = inputs.registration.warning
        notes += [("registration", warning)] * bool(warning)
    return tuple(notes)


def table_of_rows(
    rows: Sequence[Row],
    notes: Iterable[Iterable[Note]],
    columns: Sequence[Column],
    record: dict[str, Any],
) -> pd.DataFrame:
    """Return rows as a table with the settings that they share, in the order of a schema.

    Columns that are optional are left out where no row has them.
    """
    import pandas as pd

    shared = {"version": VERSION, "settings": digest(record)}
    seen = set().union(*(row.values for row in rows))
    names = [one.name for one in columns if one.name in seen or not one.optional]
    texts = map(notes_text, notes)
    values = [
        row.values | shared | {"notes": text, "warnings": notes_text(row.warnings)}
        for row, text in zip(rows, texts, strict=True)
    ]
    table = pd.DataFrame(values, columns=names)
    return _finished(table, columns, record)


def _finished(
    table: pd.DataFrame, columns: Sequence[Column], record: dict[str, Any]
) -> pd.DataFrame:
    """Give columns their types, and the table its settings."""
    kinds: dict[str, Any] = {one.name: one.dtype for one in columns if one.dtype}
    for name, kind in kinds.items():
        if name in table:
            table[name] = table[name].astype(kind)  # that of a table goes through all columns
    table.attrs["covoxel"] = {"version": VERSION, "options": record, "inputs": {}}
    return table


def table_of_points(
    table: pd.DataFrame, points: Sequence[Mapping[str, Any] | None], columns: Sequence[Column]
) -> pd.DataFrame:
    """Return the points of the rows of a table, with the columns that identify the rows."""
    import pandas as pd

    seen = set(table).union(*filter(None, points))
    names = [one.name for one in columns if one.name in seen or not one.optional]
    shared = [name for name in names if name in table]
    parts = [
        pd.DataFrame(row | _with_text(arrays), columns=names)
        for row, arrays in zip(table[shared].to_dict("records"), points, strict=True)
        if arrays is not None
    ]
    out = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)
    return _finished(out, columns, table.attrs["covoxel"]["options"])


def found_in_points(
    table: pd.DataFrame,
    points: pd.DataFrame,
    made: Callable[[pd.DataFrame, pd.DataFrame], Any],
    more: Sequence[str] = (),
) -> list[Any]:
    """Return for each row of a table what is `made` of the rows of its region and of its points.

    Where a region has no points it is None; `more` are columns that identify points besides the
    region.
    """
    names = [*(one.name for one in IDENTITY), *more]
    keys, of_points = (
        one[names].map(str).agg("\n".join, axis=1) if len(one) else None for one in (table, points)
    )
    if keys is None or of_points is None:
        return [None] * len(table)
    groups = dict(iter(points.groupby(of_points, sort=False)))
    found = {
        key: made(rows, groups[key]) if key in groups else None
        for key, rows in table.groupby(keys, sort=False)
    }
    return [found[key] for key in keys]


def _with_text(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of points with their notes as text."""
    notes = {"notes": [*map(notes_text, arrays["notes"])]} if "notes" in arrays else {}
    return dict(arrays) | notes
