"""Sample sheets: a CSV with a row an image, or with what is known of wells, also as a plate map."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_uppercase

from covoxel.batch.pattern import plain_value, well_at
from covoxel.io.sheets import sheet_text

#: A line of a file, and its cells.
NumberedLine = tuple[int, list[str]]
#: Labels of the rows and columns of the largest plates, of 1536 wells.
_ROWS = [*ascii_uppercase, *(f"A{one}" for one in ascii_uppercase[:6])]
_N_COLUMNS = 48
#: What corners have that is no title.
_CORNER = re.compile(r"\W*(rows?|wells?|plate)?\W*(col(umn)?s?)?\W*", re.IGNORECASE)
#: The title of a single grid without one.
_UNTITLED = "condition"


@dataclass
class _WellGrid:
    """A grid of a plate map: values by well, and the line of each row."""

    title: str
    line: int
    columns: list[int]
    rows: list[str] = field(default_factory=list)
    values: dict[str, tuple[int, str]] = field(default_factory=dict)


def is_plate_map(lines: Sequence[NumberedLine]) -> bool:
    """Whether a table is laid out as a plate: numbers above, or letters at the left.

    It need not be right: a label may be missing or misspelled.
    """
    filled = [cells for _, cells in lines if any(cells)]
    first = filled[1:2] if filled and _is_title(filled[0]) else filled[:1]
    if first and _offset(first[0]) is not None:
        return True
    return [cells[0].upper() for cells in filled[:2]] == _ROWS[:2]


def plate_table(name: str, lines: Sequence[NumberedLine]) -> tuple[list[str], list[NumberedLine]]:
    """Return the columns of a plate map as a table with a row a well, and its rows.

    Wells that are empty in all grids have no row.

    Raises
    ------
    ValueError
        If a label of a row or column is missing or misspelled, or a grid has no title.
    """
    grids: dict[str, _WellGrid] = {}
    for grid in _grids(name, lines):
        if grid.title in grids:
            msg = (
                f"{name}:{grid.line}: the grid has the title {grid.title!r}, as that in line "
                f"{grids[grid.title].line} has; a line above each says what it has"
            )
            raise ValueError(msg)
        grids[grid.title] = grid
    rows = []
    for well in dict.fromkeys(well for grid in grids.values() for well in grid.values):
        found = [grid.values.get(well, (0, "")) for grid in grids.values()]
        line = next((number for number, text in found if text), None)
        if line is not None:
            rows.append((line, [well, *(text for _, text in found)]))
    return ["well", *grids], rows


def _grids(name: str, lines: Sequence[NumberedLine]) -> Iterator[_WellGrid]:
    """Yield the grids of a plate map, each below its column labels."""
    grid, title = None, ""
    for number, cells in lines:
        labelled = bool(cells) and cells[0].upper() in _ROWS
        if not any(cells):
            continue
        if not labelled and (offset := _offset(cells)) is not None:
            if grid is not None:
                yield grid
            corner = "" if _CORNER.fullmatch(cells[0]) else cells[0]
            columns = [*_columns(name, number, cells, offset)]
            grid, title = _WellGrid(title or corner or _UNTITLED, number, columns), ""
        elif not labelled and _is_title(cells):
            title = cells[0]
        elif grid is None or title:
            msg = f"{name}:{number}: the numbers of the columns, 1, 2, 3 …, are missing above it"
            raise ValueError(msg)
        else:
            _add_row(name, grid, number, cells)
    if grid is not None:
        yield grid


def _is_title(cells: Sequence[str]) -> bool:
    return bool(cells[0]) and not any(cells[1:])


def _offset(cells: Sequence[str]) -> int | None:
    """Return what most cells but the first have more than their place; None if they differ."""
    numbers = [int(one) - i for i, one in enumerate(cells) if i and one.isdecimal()]
    offset, count = Counter(numbers).most_common(1)[0] if numbers else (0, 0)
    filled = len([one for one in cells[1:] if one])
    return offset if count > 1 and 2 * count > filled else None


def _columns(name: str, line: int, cells: Sequence[str], offset: int) -> Iterator[int]:
    """Yield the numbers of columns, each of which has to follow the one before."""
    last = max(i for i, one in enumerate(cells) if one)
    for i, text in enumerate(cells[1 : last + 1], start=1):
        if not text.isdecimal() or int(text) != i + offset:
            raise _refusal(name, line, i, text, f"the column label {i + offset} is needed")
        if not 1 <= i + offset <= _N_COLUMNS:
            raise _refusal(name, line, i, text, f"columns are numbered from 1 to {_N_COLUMNS}")
        yield i + offset


def _add_row(name: str, grid: _WellGrid, line: int, cells: Sequence[str]) -> None:
    label = cells[0].upper()
    at = _ROWS.index(grid.rows[-1]) + 1 if grid.rows else 0
    wanted = _ROWS[at] if at < len(_ROWS) else "none"
    if label not in (_ROWS if not grid.rows else [wanted]):
        raise _refusal(name, line, 0, cells[0], f"the row label {wanted} is needed")
    grid.rows.append(label)
    for i, text in enumerate(cells[1:]):
        if i < len(grid.columns):
            grid.values[well_at(label, grid.columns[i])] = (line, text)
        elif text:
            above = f"line {grid.line} has no column label above it"
            raise _refusal(name, line, i + 1, text, above)


def _refusal(name: str, line: int, column: int, text: str, wanted: str) -> ValueError:
    """Return that a cell, named as in a spreadsheet, is not right."""
    letters = [*ascii_uppercase, *(f"{a}{b}" for a in "AB" for b in ascii_uppercase)]
    given = repr(text) if text else "empty"
    return ValueError(f"{name}:{line}: cell {letters[column]}{line} is {given}; {wanted}")


#: CellProfiler's columns: of fields, and of the folder and the name of each channel's file.
_METADATA, _FOLDER, _NAME = "Metadata_", "PathName_", "FileName_"
#: What CellProfiler's exports put in front of these.
_IMAGE = "Image_"
_FILE = re.compile(r"(?:file|image)(\d*)$", re.IGNORECASE)


#: Other names of columns, without punctuation.
_SAME = {
    "wellid": "well", "wellname": "well", "wellposition": "well",
    "site": "field", "fov": "field", "fieldofview": "field",
    "plateid": "plate", "platename": "plate", "barcode": "plate", "col": "column",
}  # fmt: skip


def same_name(name: str) -> str:
    """Return what is equal for names of the same field.

    Examples
    --------
    >>> same_name("Well_ID"), same_name("well"), same_name("Drug")
    ('well', 'well', 'drug')
    """
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return _SAME.get(plain, plain)


@dataclass(frozen=True)
class SheetRow:
    """A row of a sample sheet."""

    #: In the file, from 1.
    line: int
    #: Path of each file by the name of its channel, or by "" where all channels are in one.
    files: Mapping[str, str]
    #: Empty without any.
    labels: str = ""
    mask: str = ""
    series: str = ""
    #: All other columns.
    fields: Mapping[str, str | int] = field(default_factory=dict)


def sheet_columns(path: Path) -> list[str]:
    """Return the names of the fields that a sample sheet gives to images."""
    return [name for column in _header(path)[0] if (name := _role(column)[1])]


def read_sample_sheet(path: Path) -> list[SheetRow]:
    """Read a sample sheet.

    Columns are ``file`` (or ``image``), or ``file1``, ``file2``, … of one channel each; or
    CellProfiler's ``PathName_X`` and ``FileName_X``; ``labels``, ``mask`` and ``series``. All
    others are fields, without the ``Metadata_`` of CellProfiler. Integers are read as such. Of a
    plate map, with letters of rows and numbers of columns, wells and titles of grids are columns.

    Raises
    ------
    ValueError
        If it is not a text file or has no rows, one of its rows has more values than there are
        columns, or a label of a plate map is missing or misspelled.
    """
    columns, rows = _header(path)
    roles = [_role(column) for column in columns]
    listed = [(number, row) for number, row in rows if any(row)]
    if not listed:
        msg = f"{path} has no rows below its header"
        raise ValueError(msg)
    for number, row in listed:
        if len(row) > len(columns):
            msg = f"{path}:{number} has {len(row)} values in {len(columns)} columns"
            raise ValueError(msg)
    return [_row(number, dict(zip(roles, row, strict=False))) for number, row in listed]


def _header(path: Path) -> tuple[list[str], list[NumberedLine]]:
    """Return the columns of a CSV, and its rows with their lines; of a plate map a row a well."""
    text, mark = sheet_text(path)
    read = csv.reader(io.StringIO(text), delimiter=mark)
    rows = [(read.line_num, [*map(str.strip, row)]) for row in read]
    if is_plate_map(rows):
        return plate_table(str(path), rows)
    columns = rows[0][1] if rows else []
    if not any(columns):
        msg = f"{path} has no header; its first line must name the columns"
        raise ValueError(msg)
    return columns, rows[1:]


def _role(column: str) -> tuple[str, str]:
    """Return what a column is: (role, name of a field); the name is empty if it is no field.

    Examples
    --------
    >>> _role("Metadata_Well"), _role("FileName_DNA"), _role("file2"), _role("drug")
    (('field', 'Well'), ('name:DNA', ''), ('file:2', ''), ('field', 'drug'))
    """
    name = column.removeprefix(_IMAGE)
    if name.startswith(_METADATA):
        return "field", name.removeprefix(_METADATA)
    for role, start in (("folder", _FOLDER), ("name", _NAME)):
        if name.startswith(start):
            return f"{role}:{name.removeprefix(start)}", ""
    if found := _FILE.match(name):
        return f"file:{found[1]}", ""
    if name.lower() in ("labels", "mask", "series"):
        return name.lower(), ""
    return "field", name


def _row(line: int, values: Mapping[tuple[str, str], str]) -> SheetRow:
    roles = {role: text for (role, name), text in values.items() if not name}
    files = {role[5:]: text for role, text in roles.items() if role.startswith("file:") and text}
    for role, text in roles.items():
        if role.startswith("name:") and text:
            folder = roles.get(f"folder:{role[5:]}", "")
            files[role[5:]] = f"{folder}/{text}" if folder else text
    fields = {name: plain_value(text) for (_, name), text in values.items() if name}
    return SheetRow(
        line,
        files,
        **{name: roles.get(name, "") for name in ("labels", "mask", "series")},
        fields=fields,
    )
