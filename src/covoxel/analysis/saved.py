"""Results that were written to files, read again as far as tables and records hold them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.analysis.opening import open_region
from covoxel.analysis.provenance import Hasher, sha256
from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.analysis.reporting.groups import group_blocks, group_methods
from covoxel.analysis.reporting.methods import versions_text
from covoxel.analysis.reporting.sections import Images, Reported, grid_of
from covoxel.analysis.result import Result
from covoxel.analysis.schema import Column
from covoxel.analysis.tables import Table
from covoxel.core.files import read_record
from covoxel.core.types import Note
from covoxel.io.results import as_before
from covoxel.report.page import Copied, PageBlock, Picture, Section

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.analysis import Analysis
    from covoxel.image.channel import Channel


#: Columns that are text, whatever is in them.
_TEXT = ("file", "channel1", "channel2", "unit", "version", "settings", "warnings", "notes")
_REMARKS = ("warnings", "notes")
#: What was given to the analysis is not there any more.
NO_INPUTS: Any = None
#: What a record needs, and of what type it is.
_RECORD = {
    "covoxel": str,
    "python": str,
    "packages": dict,
    "options": dict,
    "channels": list,
    "inputs": dict,
    "columns": dict,
}
#: The files of groups that were compared, and what their record needs.
_GROUPS, _ENDS = "groups", ("", "_replicates")
_GROUP_RECORD = {
    **dict.fromkeys(("covoxel", "python", "value", "group", "replicate"), str),
    "packages": dict,
    "options": dict,
}
_CHANNEL = {
    "name": str,
    "axes": str,
    "shape": list,
    "data_type": str,
    "spacing_um": list | None,
    "time_step_s": int | float | None,
}
_INPUT = {"file": str, "sha256": str | None}


@dataclass(frozen=True, eq=False, repr=False)
class SavedResult(Result):
    """A result that was read from its tables."""

    #: The provenance of the main table.
    record: Mapping[str, Any]

    @property
    def spacing(self) -> tuple[float, ...] | None:
        """Voxel size of the images in µm along each axis, as recorded."""
        spacing = self.record["channels"][0]["spacing_um"]
        return None if spacing is None else tuple(spacing)


def read_results(path: str | Path) -> list[Reported]:
    """Return the results that lie in a folder, or the one of a CSV with its JSON beside it.

    Raises
    ------
    ValueError
        If there is none, or a record is damaged.
    FileNotFoundError
        If there is no such file or folder.
    """
    path = Path(path)
    if not path.exists():
        msg = f"{path}: does not exist"
        raise FileNotFoundError(msg)
    tables = [path] if path.is_file() else sorted(path.glob("*.csv"))
    found: dict[Path, Analysis[Any, Any, Any]] = {}
    for one in tables:
        declared = _declared(one)
        if declared is not None and one.with_suffix(".json").is_file():
            main = one.with_name(f"{declared[0].main.name}.csv") if declared[1].points else one
            if main.is_file():
                found[main] = declared[0]
    if not found:
        msg = f"{path} holds no table of an analysis with its JSON beside it"
        raise ValueError(msg)
    hashed = cache(sha256)
    return [_reported(main, declared, hashed) for main, declared in found.items()]


def groups_page(folder: Path) -> tuple[str, list[PageBlock]]:
    """Return title and blocks of a page on groups that `GroupComparison.save` wrote.

    Raises
    ------
    ValueError
        If the record is damaged.
    """
    record = read_record(folder / f"{_GROUPS}.json", partial(_needed, needed=_GROUP_RECORD))
    groups, replicates = (read_table(folder / f"{_GROUPS}{end}.csv") for end in _ENDS)
    picture = folder / f"{_GROUPS}.png"
    words = f"SuperPlot of {record['value']}: cells, means of replicates, and means of groups"
    pictures = [Picture(words, words, picture.read_bytes())] if picture.is_file() else []
    methods = group_methods(record["options"], record["group"], record["replicate"])
    by = f"Analysed by {versions_text(record)}."
    return f"Groups compared: {record['value']}", [
        *group_blocks(groups.assign(value=record["value"]), pictures),
        grid_of(replicates, {}, "Means of replicates"),
        Section("Methods", [Copied([f"{methods} {by}"])]),
    ]


def _declared(path: Path) -> tuple[Analysis[Any, Any, Any], Table] | None:
    """Return the analysis and the table whose columns a CSV has; None where there is none."""
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        names = {*lines.readline().rstrip("\r\n").split(",")}
    every = [(one, table) for one in map(analysis, ANALYSES) for table in one.tables]
    fitting = [
        (len(table.columns) - len(names), table.name != path.stem, one, table)
        for one, table in every
        if names <= {column.name for column in table.columns}
        and all(column.name in names for column in table.columns[:1])
    ]
    if not fitting:
        return None
    *_, one, table = min(fitting, key=lambda each: (each[1], each[0]))
    return one, table


def _reported(path: Path, declared: Analysis[Any, Any, Any], hashed: Hasher) -> Reported:
    record = read_record(path.with_suffix(".json"), _checked)
    tables = {declared.main.name: read_table(path, declared.main.columns)}
    for one in declared.tables:
        beside = path.with_name(f"{one.name}.csv")
        if one is not declared.main and path.stem == declared.main.name and beside.is_file():
            tables[one.name] = read_table(beside, one.columns)
    main = tables[declared.main.name]
    main.attrs["covoxel"] = {"version": record["covoxel"], "options": record["options"]}
    found = declared.found_in(tables)
    complete = len(tables) == len(declared.tables) and declared.draws == "tables"
    result = SavedResult(declared, tables, tuple(found), remarks_of(main), NO_INPUTS, None, record)
    drawn = [*_pictures(path, declared)]
    return Reported(result, record, images_of(record, path.parent, hashed), drawn, complete)


def _checked(record: Any) -> dict[str, Any]:
    """Return a record of provenance, or raise."""
    if not _needed(record, _RECORD)["channels"]:
        msg = "names no channel"
        raise ValueError(msg)
    parts: list[tuple[Mapping[str, Any], Iterable[Any]]] = [
        (_CHANNEL, record["channels"]),
        (_INPUT, record["inputs"].values()),
        ({}, record["columns"].values()),
    ]
    if not all(_has(one, needed) for needed, several in parts for one in several):
        msg = "is not a record of a result: a channel, an input or a column is incomplete"
        raise ValueError(msg)
    found: dict[str, Any] = record
    return found


def _needed(record: Any, needed: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record that has what is needed, or raise."""
    if not _has(record, needed):
        msg = "is not a record of a result"
        raise ValueError(msg)
    found: dict[str, Any] = record
    return found


def _has(record: Any, needed: Mapping[str, Any]) -> bool:
    """Whether a record has what is needed, of the types that are needed."""
    return isinstance(record, dict) and all(
        name in record and isinstance(record[name], kind) for name, kind in needed.items()
    )


def read_table(path: Path, columns: Sequence[Column] = ()) -> pd.DataFrame:
    """Return a table as it was before it was written; `columns` have types of their own."""
    import pandas as pd

    raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    kinds = {one.name: one.dtype for one in columns}
    return raw.assign(
        **{name: _typed(raw[name], kinds.get(name, "")) for name in map(str, raw.columns)}
    )


def _typed(texts: pd.Series[str], kind: str) -> pd.Series[Any]:
    """Return the values of a column of text."""
    import pandas as pd

    known = texts != ""
    if kind == "boolean":
        return texts.map({"True": True, "False": False}).astype("boolean")
    numbers: Any = pd.to_numeric(texts.where(known), errors="coerce")
    if texts.name not in _TEXT and (numbers.notna() == known).all():
        return pd.Series(numbers, dtype=kind) if kind == "Int64" else pd.Series(numbers)
    return texts.map(as_before)


def remarks_of(table: pd.DataFrame) -> dict[str, list[Sequence[Note]]]:
    """Return the warnings and notes of the rows of a table in pairs."""
    return {name: [_pairs(text) for text in table[name]] for name in _REMARKS if name in table}


def _pairs(text: str) -> Sequence[Note]:
    """Return the notes of a row, which are written as ``column: text; …``."""
    parts = (part.partition(": ") for part in text.split("; ") if part)
    return [(column, words) for column, _, words in parts]


def _pictures(path: Path, declared: Analysis[Any, Any, Any]) -> Iterator[Picture]:
    """Yield the figures that were written with the tables."""
    for one in sorted(path.parent.glob(f"{declared.name}*_figure.png")):
        words = f"{declared.title}, as written with the tables: {one.name}"
        yield Picture(words, words, one.read_bytes())


#: How a file was read, as a command records it.
_READING = ("axes", "sizes")
#: Returns the file of an entry of a record.
_Find = Callable[[Mapping[str, Any]], Path]


def images_of(record: Mapping[str, Any], folder: Path, hashed: Hasher) -> Images:
    """Return the channels of a record, from files in or beside a folder whose hashes are equal.

    Where one is missing there are none, with the reason.
    """
    asked = record.get("asked", {})
    find = partial(_file, asked=asked, folder=folder, hashed=hashed)
    try:
        channels = [_channel(one, asked, find) for one in record["channels"]]
    except (ValueError, OSError) as error:
        return Images(reason=str(error))
    return Images(channels, _outlined(record["inputs"], find, channels[0]))


def _channel(channel: Mapping[str, Any], asked: Mapping[str, Any], find: _Find) -> Channel:
    from covoxel.io import read_image

    name = channel["name"]
    if "file" not in channel:
        where = "in several files" if "files" in channel else "in memory"
        msg = f"{name} was {where}"
        raise ValueError(msg)
    path = find(channel)
    reading: dict[str, Any] = {one: asked[one] for one in _READING if asked.get(one)}
    found = read_image(
        path,
        series=channel["series"],
        level=channel.get("level", 0),
        channels=[channel["channel"]],
        spacing=channel["spacing_um"],
        **reading,
    )[0]
    if list(found.shape) != channel["shape"]:
        msg = f"{path.name} was read as {found.shape}, and is recorded as {channel['shape']}"
        raise ValueError(msg)
    return found


def _file(entry: Mapping[str, Any], asked: Mapping[str, Any], folder: Path, hashed: Hasher) -> Path:
    """Return the file of an entry, in or beside the folder, with the hash that it had."""
    if entry["sha256"] is None:
        msg = f"{entry['file']} lies on the web"
        raise ValueError(msg)
    other = False
    for path in _places(entry["file"], asked, folder):
        if path.exists():
            if hashed(path) == entry["sha256"]:
                return path
            other = True
    why = "has changed since" if other else "is not in the folder or beside it"
    msg = f"{entry['file']} {why}"
    raise ValueError(msg)


def _places(name: str, asked: Mapping[str, Any], folder: Path) -> Iterator[Path]:
    """Yield where a file may be: by its name, or as the recorded command gave it."""
    try:
        words = shlex.split(asked.get("command", ""))
    except ValueError:
        words = []
    given = [word for word in words if Path(word).name == Path(name).name]
    for base in (folder, folder.absolute().parent, Path()):
        for one in dict.fromkeys([name, Path(name).name, *given]):
            yield base / one


def _outlined(inputs: Mapping[str, Any], find: _Find, grid: Channel) -> Any:
    """Return labels or mask of the first time point, if its file can be found."""
    level = 0 if grid.source is None else grid.source.level
    for role in ("labels", "mask"):
        if role in inputs:
            try:
                region = open_region(find(inputs[role]), level=level)
            except (ValueError, OSError):
                return None
            shape = tuple(region.shape)
            fits = shape in (grid.spatial_shape, grid.spatial_shape[-2:])
            return region if fits else None
    return None
