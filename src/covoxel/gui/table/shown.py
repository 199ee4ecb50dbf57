"""The rows and columns of a result that a widget shows, sorted and filtered; no Qt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.schema import CHANCE, HIGH, IDENTITY, LOW, Column, cells, unit_of
from covoxel.core.types import BoolArray, IntArray, Note

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.gui.running.selection import RunRecord

#: Columns that identify a row, where rows differ in them.
_KEYS = ("channel1", "channel2", "t", "z", "label")
#: Rows whose cells are written at a time.
_BLOCK = 64
#: A condition of a filter, such as ``pearson > 0.5``.
_CONDITION = re.compile(r"(\w+)\s*(<=|>=|<|>|=)\s*([-+.\deE]*)")
_COMPARED = {
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "=": np.equal,
}
#: Columns that every table has and that say nothing of a row.
_RECORD = {*(column.name for column in IDENTITY), "version", "settings", "notes", "warnings"}


class ShownTable:
    """A table with the columns that matter.

    `main`: the columns that matter, after those that identify a row; without any, all of them.
    `notes`, `warnings`: of each row: columns with the reason why they are empty, and codes with
        warnings.

    Attributes
    ----------
    columns : list of Column
    rows : int array
        The rows in the order in which they are shown, without those that a filter leaves out.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        schema: Sequence[Column],
        main: Sequence[str] = (),
        notes: Sequence[Sequence[Note]] = (),
        warnings: Sequence[Sequence[Note]] = (),
    ) -> None:
        self.table = table.copy(deep=False)
        self.table.attrs = {}  # pandas copies the settings for each part of the table
        known = {column.name: column for column in schema}
        main = main or [name for name in known if name not in _RECORD]
        self._notes, self._warnings = notes, warnings
        explained = {name for row in notes for name, _ in row}
        shown = [name for name in main if name in table and self._matters(name, explained)]
        self._unit = unit_of(table)
        bounds = {f"{name}{end}" for name in shown for end in (LOW, HIGH)}
        keys = [name for name in _KEYS if name in table and table[name].nunique(dropna=False) > 1]
        names = [*keys, *(name for name in shown if name not in bounds)]
        self.columns = [known[name] for name in dict.fromkeys(names)]
        self._texts: dict[tuple[int, int], list[str]] = {}
        self._order = self.rows = np.arange(len(table))
        self._kept = np.ones(len(table), np.bool_)

    def _matters(self, name: str, explained: set[str]) -> bool:
        """Whether a column holds something, or why it does not; what all rows share need not."""
        values = self.table[name]
        if name == "unit" or (values.isna().all() and name not in explained):
            return False
        return len(values) < 2 or values.dtype.kind in "fiub" or values.nunique(dropna=False) > 1

    def names(self) -> list[str]:
        """Return the names of the columns."""
        return [column.name for column in self.columns]

    def numbers(self) -> list[str]:
        """Return the names of the columns that are numbers and identify no row, in their order."""
        kinds = {name: self.table[name].dtype.kind for name in self.names() if name not in _KEYS}
        return [name for name, kind in kinds.items() if kind == "f"]

    def title_of(self, name: str) -> str:
        """Return the name of a column with its unit."""
        return self.title(self.names().index(name))

    def title(self, column: int) -> str:
        """Return the name of a column with its unit, by the place of the column."""
        about = self.columns[column]
        unit = about.unit_in(self._unit)
        plain = unit in ("", "frame", "plane", "intensity", "map")
        return about.name if plain else f"{about.name} [{unit}]"

    def meaning(self, column: int) -> str:
        """Return what a column means, with what stands beside its values."""
        about = self.columns[column]
        beside = ["in parentheses: by chance"] if about.name + CHANCE in self.table else []
        beside += ["to: bounds of the 95 % interval"] if about.name + LOW in self.table else []
        return "\n".join([about.meaning, *beside])

    def text(self, place: int, column: int) -> str:
        """Return the cell of the row that is shown at a place."""
        row = int(self.rows[place])
        block, within = divmod(row, _BLOCK)
        if (block, column) not in self._texts:
            part = self.table.iloc[block * _BLOCK : (block + 1) * _BLOCK]
            self._texts[block, column] = cells(part, self.columns[column], intervals=True)
        return self._texts[block, column][within].replace("-", "−")

    def explanation(self, place: int, column: int) -> str:
        """Return why a cell is empty, or its value with all digits."""
        row, name = int(self.rows[place]), self.columns[column].name
        reasons = [text for one, text in self._of(self._notes, row) if one == name]
        value: Any = self.table[name].iat[row]
        return "; ".join(reasons) or f"{name} {value}"

    def warnings(self, place: int) -> list[str]:
        """Return the warnings on the row that is shown at a place."""
        return [text for _, text in self._of(self._warnings, int(self.rows[place]))]

    @staticmethod
    def _of(remarks: Sequence[Sequence[Note]], row: int) -> Sequence[Note]:
        return remarks[row] if row < len(remarks) else ()

    def sort(self, column: int, *, descending: bool) -> None:
        """Sort by a column; empty cells come last."""
        if column < 0:
            self._order = np.arange(len(self.table))
        else:
            values = self.table[self.columns[column].name].reset_index(drop=True)
            ordered = values.sort_values(ascending=not descending, kind="stable")
            self._order = ordered.index.to_numpy(np.int64)
        self._arrange()

    def filter(self, text: str) -> None:
        """Keep the rows that hold all words, and meet conditions such as ``pearson > 0.5``."""
        kept = np.ones(len(self.table), np.bool_)
        for name, how, number in _CONDITION.findall(text):
            kept &= self._compared(name, how, number)
        for word in _CONDITION.sub(" ", text).split():
            if word not in self.table:  # a condition is being typed
                kept &= self._holds(word)
        self._kept = kept
        self._arrange()

    def _compared(self, name: str, how: str, number: str) -> BoolArray:
        """Return which rows meet a condition; all do while it is being typed."""
        try:
            values = self.table[name].to_numpy(np.float64, na_value=np.nan)
            return np.asarray(_COMPARED[how](values, float(number)), np.bool_)
        except (KeyError, ValueError, TypeError):
            return np.ones(len(self.table), np.bool_)

    def _holds(self, word: str) -> BoolArray:
        """Return which rows have a word in their text, or a number among what identifies them."""
        found = np.zeros(len(self.table), np.bool_)
        for column in self.columns:
            values = self.table[column.name]
            if column.name in ("t", "z", "label"):
                found |= (values.astype(str) == word).to_numpy(np.bool_)
            elif values.dtype.kind not in "fiub":
                written = values.astype(str).str
                found |= written.contains(word, case=False, regex=False).to_numpy(np.bool_)
        return found

    def _arrange(self) -> None:
        self.rows = self._order[self._kept[self._order]]

    def as_text(self, rows: IntArray | None = None) -> str:
        """Return rows with headers, separated by tabs, with all digits; those shown by default."""
        names = [
            column.name + end
            for column in self.columns
            for end in ("", LOW, HIGH, CHANCE)
            if column.name + end in self.table
        ]
        part = self.table.iloc[self.rows if rows is None else rows]
        return part[list(dict.fromkeys(names))].to_csv(sep="\t", index=False)


def table_names(run: RunRecord) -> list[str]:
    """Return the names of the tables of a run that hold something, the listed one first."""
    tables: Mapping[str, Any] = run.result.tables
    return [run.listed, *(name for name in tables if name != run.listed and len(tables[name]))]


def shown_table(run: RunRecord, name: str) -> ShownTable:
    """Return one of the tables of a run."""
    analysis, remarks = run.result.analysis, run.result.remarks
    if name == analysis.main.name:
        notes, warnings = (remarks.get(what, ()) for what in ("notes", "warnings"))
        return ShownTable(run.table, analysis.main.columns, analysis.printed.main, notes, warnings)
    schema = next(one for one in analysis.tables if one.name == name)
    return ShownTable(run.result.tables[name], schema.columns)
