"""Rows as text of a CSV, written by the worker, so that tables are put together without them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.batch.row_files import RowValues, csv_text
from covoxel.core.text import plain
from covoxel.core.types import AnyArray, BoolArray

if TYPE_CHECKING:
    import pandas as pd

#: What is quoted in a CSV.
_SPECIAL = re.compile('[",\\r\\n]')
#: What each letter of `kinds` makes of the text of a cell.
_KINDS: dict[str, Any] = {"f": float, "i": int, "b": "True".__eq__, "s": str}
#: Types of which nothing is missing.
_KNOWN = frozenset([int, bool, str])
#: What is written otherwise than Python does.
_WRITTEN = frozenset([str, type(None)])


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRows:
    """Rows of a table as text."""

    columns: tuple[str, ...]
    #: A letter a column: float, int, bool or str.
    kinds: str
    #: Lines of a CSV.
    text: str
    #: Whether no cell is text that a spreadsheet would run.
    safe: bool

    @classmethod
    def of_table(cls, table: pd.DataFrame) -> StoredRows:
        """Return the rows of a table, numbers to the last digit; what is missing is empty."""
        real = np.array(
            [isinstance(one, np.dtype) and one == np.float64 for one in table.dtypes], bool
        )
        values = table.to_numpy(object)  # a tenth of the time of its columns one by one
        others = map(_other, values.T[~real].tolist())
        runs = _runs(values, real)
        columns = [
            one
            for is_real, group in groupby(real)
            for one in ([next(runs)] if is_real else [next(others) for _ in group])
        ]
        return cls(
            columns=tuple(map(str, table.columns.tolist())),
            kinds="".join(one.kinds for one in columns),
            text="".join(
                f"{','.join(line)}\n" for line in zip(*(one.cells for one in columns), strict=True)
            ),
            safe=all(one.safe for one in columns),
        )

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

    def values(self) -> Iterator[RowValues]:
        """Yield rows as numbers, text and None."""
        made = [_KINDS[kind] for kind in self.kinds]
        for row in csv.reader(io.StringIO(self.text)):
            yield [make(one) if one else None for make, one in zip(made, row, strict=True)]


@dataclass(frozen=True, slots=True)
class _ColumnTexts:
    """Columns side by side: their kinds, the text of each row, and whether no text is run."""

    kinds: str
    cells: Sequence[str]
    safe: bool = True


def _runs(values: AnyArray, real: BoolArray) -> Iterator[_ColumnTexts]:
    """Yield columns of floats that lie side by side, as they come up."""
    from covoxel.batch.float_text import joined_floats

    lengths = [len([*group]) for is_real, group in groupby(real) if is_real]
    ends = "".join("," * (length - 1) + "\n" for length in lengths)
    lines = joined_floats(values[:, real].astype(float), ends).split("\n")[:-1]
    for number, length in enumerate(lengths):
        yield _ColumnTexts("f" * length, lines[number :: len(lengths)])


def _other(values: RowValues) -> _ColumnTexts:
    """Return a column of whole numbers, text or what else there is."""
    types = frozenset(map(type, values))
    if not types <= _KNOWN:
        from pandas import NA

        values = [None if one is NA or one is None or one != one else one for one in values]
        types = frozenset(map(type, values))
    texts = {one for one in {*values} if one.__class__ is str} if str in types else ()
    cells: dict[Any, str] = {None: "", **{one: _cell(one) for one in texts}}
    written = [cells[one] if type(one) in _WRITTEN else repr(one) for one in values]
    return _ColumnTexts(_kind(types), written, all(map(_is_safe, texts)))


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
