"""Sample sheets: a CSV with a row an image, or with what is known of wells and folders."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from covoxel.batch.pattern import plain_value
from covoxel.batch.plate_map import NumberedLine, is_plate_map, plate_table
from covoxel.io.sheets import sheet_text

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
