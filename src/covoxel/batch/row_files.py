"""Rows as text, and files that take them: CSV, Parquet, and the sheets of a workbook."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import numpy as np

from covoxel.core.extras import require
from covoxel.core.files import whole_file
from covoxel.core.text import plain
from covoxel.core.types import AnyArray, BoolArray
from covoxel.io.results import inert

if TYPE_CHECKING:
    import pandas as pd


#: Rows of a row group of Parquet.
_GROUP = 10_000
#: Rows of a sheet, and letters of its name.
_SHEET_ROWS, _SHEET_NAME = 1_048_576, 31
#: Instead of the time at which a workbook is made.
_CREATED = dt.datetime(2000, 1, 1)

RowValues = list[Any]


class RowFile(Protocol):
    """What takes rows."""

    def write(self, rows: Sequence[RowValues]) -> None:
        """Append rows."""


def check_formats(*, parquet: bool, xlsx: bool) -> None:
    """Raise ImportError if what writes a format is missing."""
    if parquet:
        require("Parquet", "pyarrow", "parquet")
    if xlsx:
        require("Excel", "xlsxwriter", "excel")


@contextmanager
def csv_file(path: Path, header: Sequence[str]) -> Iterator[CsvFile]:
    """Write a CSV, as `covoxel.io.write_results` does, with a mark by which Excel takes UTF-8."""
    with (
        whole_file(path, overwrite=True) as draft,
        draft.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        rows = CsvFile(file)
        rows.write([[*header]])
        yield rows


class CsvFile:
    """A CSV that takes rows, or lines of text."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._writer = file, csv.writer(file, lineterminator="\n")

    def write_lines(self, begin: RowValues, lines: str) -> None:
        """Append lines, each behind the same cells."""
        cells = io.StringIO()
        csv.writer(cells, lineterminator="").writerow([*map(csv_cell, begin)])
        prefix = cells.getvalue() + ","
        self._file.write(prefix + lines[:-1].replace("\n", "\n" + prefix) + "\n")

    def write(self, rows: Sequence[RowValues]) -> None:
        """Append rows."""
        self._writer.writerows([csv_cell(one) for one in row] for row in rows)


def csv_cell(value: Any) -> Any:
    """Return what is written of a value."""
    return csv_text(value) if value.__class__ is str else value


@lru_cache(10_000)
def csv_text(text: str) -> str:
    """Return text on one line, which no spreadsheet runs."""
    return inert(plain(text))


class Kinds:
    """The types that values have in each column."""

    def __init__(self, n_columns: int) -> None:
        self.of: list[set[type]] = [set() for _ in range(n_columns)]

    def write(self, rows: Sequence[RowValues]) -> None:
        """Take note of rows."""
        for seen, values in zip(self.of, zip(*rows, strict=True), strict=False):
            seen.update(map(type, values))

    def kind(self, column: int) -> type:
        """Return the type that holds all values of a column."""
        seen = self.of[column] - {type(None)}
        if seen == {int, float} or not seen:
            return float
        return seen.pop() if len(seen) == 1 else str


@contextmanager
def parquet_file(path: Path, header: Sequence[str], kinds: Kinds) -> Iterator[RowFile]:
    """Write Parquet, with columns of the types that were seen before."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {float: pa.float64(), int: pa.int64(), bool: pa.bool_(), str: pa.string()}
    schema = pa.schema([(one, types[kinds.kind(i)]) for i, one in enumerate(header)])
    with whole_file(path, overwrite=True) as draft, pq.ParquetWriter(draft, schema) as writer:
        rows = _ParquetRows(writer, schema, kinds)
        yield rows
        rows.flush()


class _ParquetRows:
    def __init__(self, writer: Any, schema: Any, kinds: Kinds) -> None:
        self._writer, self._schema, self._rows = writer, schema, list[RowValues]()
        self._made = [{str: _text, float: _real}.get(kinds.kind(i)) for i in range(len(schema))]

    def write(self, rows: Sequence[RowValues]) -> None:
        self._rows += rows
        while len(self._rows) >= _GROUP:
            self.flush()

    def flush(self) -> None:
        import pyarrow as pa

        group, self._rows = self._rows[:_GROUP], self._rows[_GROUP:]
        columns = zip(*group, strict=True) if group else ((),) * len(self._schema)
        arrays = [
            pa.array(values if made is None else [*map(made, values)], one.type)
            for values, made, one in zip(columns, self._made, self._schema, strict=True)
        ]
        self._writer.write_table(pa.table(arrays, schema=self._schema))


def _text(value: Any) -> str | None:
    return None if value is None else plain(str(value))


def _real(value: float | None) -> float | None:
    return None if value is None else float(value)


@contextmanager
def workbook(path: Path) -> Iterator[Workbook]:
    """Write a workbook of several sheets, the same bytes for the same rows."""
    import xlsxwriter

    # what is text stays text, and a row is kept no longer than it takes to write it
    options = {f"strings_to_{one}": False for one in ("formulas", "urls", "numbers")}
    options |= {"constant_memory": True, "nan_inf_to_errors": True}
    with (
        whole_file(path, overwrite=True) as draft,
        xlsxwriter.Workbook(draft, options) as book,
    ):
        book.set_properties({"created": _CREATED})
        yield Workbook(book)


class Workbook:
    """A workbook whose sheets take rows."""

    def __init__(self, book: Any) -> None:
        self._book = book

    def sheet(self, name: str, header: Sequence[str]) -> RowFile:
        """Add a sheet, and further ones for rows that it has no place for."""
        return _Sheets(self._book, name, header)


class _Sheets:
    def __init__(self, book: Any, name: str, header: Sequence[str]) -> None:
        self._book, self._name, self._header = book, name, [*header]
        self._number = 0
        self._next()

    def _next(self) -> None:
        self._number += 1
        more = f" {self._number}" if self._number > 1 else ""
        self._sheet = self._book.add_worksheet(self._name[: _SHEET_NAME - len(more)] + more)
        self._sheet.write_row(0, 0, self._header)
        self._used = 1

    def write(self, rows: Sequence[RowValues]) -> None:
        for row in rows:
            if self._used == _SHEET_ROWS:
                self._next()
            values = (plain(one) if isinstance(one, str) else one for one in row)
            self._sheet.write_row(self._used, 0, values)
            self._used += 1


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
