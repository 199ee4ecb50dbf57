"""Rows as text of a CSV, written by the worker, so that tables are put together without them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from covoxel.batch.row_files import Row, csv_text
from covoxel.core.text import plain

#: What is quoted in a CSV.
_SPECIAL = re.compile('[",\\r\\n]')
#: What each letter of `kinds` makes of the text of a cell.
_KINDS: dict[str, Any] = {"f": float, "i": int, "b": "True".__eq__, "s": str}

#: What is written otherwise than Python does.
_WRITTEN = frozenset([str, type(None)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of a table as plain numbers, text and None."""

    columns: list[str]
    values: list[Row]

    def stored(self) -> StoredRows:
        """Return them as text, numbers to the last digit."""
        columns = [*zip(*self.values, strict=True)]
        types = [frozenset(map(type, column)) for column in columns]
        texts = {
            one
            for column, kinds in zip(columns, types, strict=True)
            if str in kinds
            for one in {*column}
            if one.__class__ is str
        }
        cells: dict[Any, str] = {None: "", **{one: _cell(one) for one in texts}}
        # column by column: csv.writer takes three times as long
        written = [
            map(repr, column)
            if kinds.isdisjoint(_WRITTEN)
            else map(cells.__getitem__, column)
            if kinds <= _WRITTEN
            else [cells[one] if type(one) in _WRITTEN else repr(one) for one in column]
            for column, kinds in zip(columns, types, strict=True)
        ]
        return StoredRows(
            columns=tuple(self.columns),
            kinds="".join(map(_kind, types)) or "f" * len(self.columns),
            text="".join(f"{','.join(line)}\n" for line in zip(*written, strict=True)),
            safe=all(map(_is_safe, texts)),
        )


@lru_cache(10_000)
def _cell(text: str) -> str:
    """Return text as a cell of a CSV, on one line and in quotes where need be."""
    text = plain(text)
    quoted = text.replace('"', '""')
    return f'"{quoted}"' if _SPECIAL.search(text) else text


@lru_cache(10_000)
def _is_safe(text: str) -> bool:
    """Return whether no spreadsheet runs a text."""
    return csv_text(text) == plain(text)


@cache
def _kind(types: frozenset[type]) -> str:
    types -= {type(None)}
    if types <= {int, float}:
        return "i" if types == {int} else "f"
    return "b" if types == {bool} else "s"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRows:
    """Rows of a table as text.

    Attributes
    ----------
    columns : tuple of str
    kinds : str
        A letter a column: float, int, bool or str.
    text : str
        Lines of a CSV.
    safe : bool
        Whether no cell is text that a spreadsheet would run.
    """

    columns: tuple[str, ...]
    kinds: str
    text: str
    safe: bool

    @classmethod
    def of_record(cls, record: dict[str, Any]) -> StoredRows:
        """Return the rows of a record that was decoded."""
        return cls(**record | {"columns": tuple(record["columns"])})

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able record."""
        return {one: getattr(self, one) for one in self.__slots__}

    def cells(self) -> list[list[str]]:
        """Return the text of each cell, which no spreadsheet runs."""
        rows = csv.reader(io.StringIO(self.text))
        if self.safe:
            return [*rows]
        text = [kind == "s" for kind in self.kinds]
        return [
            [csv_text(one) if is_text else one for one, is_text in zip(row, text, strict=True)]
            for row in rows
        ]

    def values(self) -> Iterator[Row]:
        """Yield rows as numbers, text and None."""
        made = [_KINDS[kind] for kind in self.kinds]
        for row in csv.reader(io.StringIO(self.text)):
            yield [make(one) if one else None for make, one in zip(made, row, strict=True)]
