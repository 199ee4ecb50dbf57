"""Means of replicates over a whole experiment, and groups that are compared by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from covoxel.analysis.groups import (
    GROUP_COLUMNS,
    GroupComparison,
    GroupOptions,
    compare_groups,
    replicate_means,
    scale_of,
)
from covoxel.batch.image_files import ImageFiles
from covoxel.batch.recipe import Recipe, Step
from covoxel.batch.row_files import RowValues, csv_text
from covoxel.batch.tables import IMAGE, read_table

if TYPE_CHECKING:
    import pandas as pd

#: What a value is of; `part` names channels and what else a table has rows of.
_OF = ("table", "value", "part")
SUMMARY = (*_OF, "group", "replicate", "images", "values", "mean", "scale")
GROUPS = (*_OF, *GROUP_COLUMNS)
#: End of the names of values before a registration.
_BEFORE = "_before"
#: Rows in which numbers are looked for.
_LOOKED_AT = 10_000
#: Columns whose values are not averaged with each other.
_PARTS = ("channel1", "channel2", "component", "axis")


@dataclass(frozen=True, eq=False)
class Summary:
    """Means of replicates, and groups compared."""

    #: A row a value, group and replicate, of the columns `SUMMARY`.
    rows: list[RowValues] = field(default_factory=list)
    #: A row a value and pair of groups, of the columns `GROUPS`.
    groups: list[RowValues] = field(default_factory=list)
    #: Comparisons by the name of the value.
    comparisons: dict[str, GroupComparison] = field(default_factory=dict)

    def add(self, names: Sequence[str], cells: pd.DataFrame, recipe: Recipe) -> None:
        """Add the means of a value, and groups compared by it, or why they cannot be."""
        section, value = recipe.groups, names[1]
        options = GroupOptions(**{one: getattr(section, one) for one in GroupOptions().as_dict()})
        finite = cells[np.isfinite(cells["value"])]
        if finite.empty:
            self.refuse(names, f"no {value} is a finite number")
            return
        try:
            means = replicate_means(finite, value, options)
            images = finite.groupby(["group", "replicate"], sort=False)[IMAGE].nunique()
            means.insert(2, "images", images.to_numpy())
            scale = scale_of(value, options)
            self.rows.extend([*names, *row, scale] for row in means.to_numpy().tolist())
            if section.compare is not None:
                named = cells.rename(columns={"value": value})
                found = compare_groups(named, value, "group", "replicate", options)
                self.comparisons["_".join(filter(None, names))] = found
                self.groups.extend([*names, *row] for row in _plain(found.table, GROUPS[3:]))
        except ValueError as error:
            self.refuse(names, str(error))

    def refuse(self, names: Sequence[str], reason: str) -> None:
        """Add why a value cannot be compared."""
        self.groups.append([*names, *(None for _ in GROUPS[3:-1]), reason])


def summarize(
    folder: Path, recipe: Recipe, images: Sequence[ImageFiles], columns: Mapping[str, Sequence[str]]
) -> Summary:
    """Return the means of what a recipe compares, from the tables that were written.

    Where no condition is named, all images are one group; where no replicate is known, each group
    is one.

    `folder`: of the tables.
    `columns`: the columns of each table.
    """
    known = {csv_text(one.name): one for one in images}
    found = Summary()
    for table, value in _values(folder, recipe, columns):
        if value not in columns.get(table, ()):
            found.refuse((table, value, ""), f"{value!r} is not a column of a table")
            continue
        cells = _cells(folder / f"{table}.csv", value, recipe, known, columns[table])
        for part, one in cells.groupby("part", sort=False):
            found.add((table, value, str(part)), one, recipe)
    return found


def _values(
    folder: Path, recipe: Recipe, columns: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    """Yield table and column of each value: those that are named, or the first of each analysis."""
    for value in recipe.groups.values:
        table, _, column = value.rpartition(".")
        tables = [table] if table else [one for one in columns if column in columns[one]]
        yield tables[0] if tables else "", column
    for step in () if recipe.groups.values else recipe.steps:
        table = step.table(step.declared.main.name)
        first = _first_measure(folder / f"{table}.csv", step, columns[table])
        if first is not None:
            yield table, first


def _first_measure(path: Path, step: Step, columns: Sequence[str]) -> str | None:
    """Return the first of the numbers that a terminal shows of an analysis."""
    printed = step.declared.printed
    listed = dict.fromkeys((*printed.first, *printed.results))
    names = [one for one in listed if one in columns and not one.endswith(_BEFORE)]
    table = read_table(path, names, _LOOKED_AT)
    return next((one for one in names if table[one].dtype.kind == "f" and table[one].any()), None)


def _cells(
    path: Path,
    value: str,
    recipe: Recipe,
    known: Mapping[str, ImageFiles],
    columns: Sequence[str],
) -> pd.DataFrame:
    """Return the values of a column with their image, group, replicate and part."""
    import pandas as pd

    roles = {"group": recipe.groups.compare, "replicate": recipe.groups.unit}
    parts = [one for one in _PARTS if one in columns]
    others = [one for one in roles.values() if one is not None and one in columns]
    table = read_table(path, list(dict.fromkeys((IMAGE, value, *parts, *others))))
    cells = pd.DataFrame(
        {IMAGE: table[IMAGE], "value": pd.to_numeric(table[value], errors="coerce").astype(float)}
    )
    for role, name in roles.items():
        given = table[IMAGE].map(
            {one: image.fields.get(name or "") for one, image in known.items()}
        )
        cells[role] = table[name] if given.isna().all() and name in others else given
        cells[role] = cells[role].astype(object).where(cells[role].notna(), "").astype(str)
    given_parts = (table[one].astype(object).where(table[one].notna(), "") for one in parts)
    texts = [[*map(str, one)] for one in given_parts]  # a third of the time of strings of pandas
    cells["part"] = [", ".join(filter(None, one)) for one in zip(*texts, strict=True)] or ""
    return cells


def _plain(table: pd.DataFrame, names: Sequence[str]) -> list[RowValues]:
    """Return rows of a table as plain values, and None where there is none."""
    values = table[[*names]].astype(object)
    rows: list[RowValues] = values.where(values.notna(), None).to_numpy().tolist()
    return rows
