"""What the analysis of one image gave, and its line in the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from covoxel.batch.image_files import relative_path
from covoxel.batch.row_files import StoredRows

DONE, FAILED = "done", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the analysis of one image gave.

    Attributes
    ----------
    image : str
        Its name.
    hashes : mapping
        The SHA-256 of each file that was read, by its path.
    tables : mapping
        Rows by the name of the table; those of analyses that failed are missing.
    reasons : tuple of str
        Why analyses failed; empty where all rows are there.
    outputs : tuple of str
        The kinds of files that were asked for besides, such as figures.
    written : tuple of str
        These files, by their paths in the folder of the results.
    seconds : float
        Time that it took.
    """

    image: str
    hashes: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, StoredRows] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def status(self) -> str:
        """Whether all rows are there."""
        return FAILED if self.reasons else DONE

    def entry(self, key: str, root: Path) -> Entry:
        """Return its line in the journal; paths in it are relative to a folder."""
        root = root.absolute()
        known: dict[str, Any] = {
            "image": self.image,
            "key": key,
            "status": self.status,
            "reasons": self.reasons,
            "hashes": {relative_path(path, root): one for path, one in self.hashes.items()},
            "outputs": self.outputs,
            "written": self.written,
            "seconds": round(self.seconds, 4),
        }
        stored = {name: rows.as_dict() for name, rows in self.tables.items()}
        columns = {name: rows.columns for name, rows in self.tables.items()}
        return Entry(**known, columns=columns, line=json_line(known | {"tables": stored}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of an image that was analysed, besides its rows."""

    #: Those of the outcome; paths are relative to the folder of the images.
    image: str
    #: Identifies all that is known of the image besides the content of its files.
    key: str
    status: str
    reasons: tuple[str, ...]
    hashes: Mapping[str, str]
    outputs: tuple[str, ...]
    written: tuple[str, ...]
    seconds: float
    #: The columns of its rows, by the name of the table.
    columns: Mapping[str, tuple[str, ...]]
    #: Its line in the journal; empty once it is there.
    line: bytes = b""

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Entry:
        """Return the entry of a line of the journal that was decoded."""
        tables = record["tables"]
        return cls(
            image=record["image"],
            key=record["key"],
            status=record["status"],
            reasons=tuple(record["reasons"]),
            hashes=record["hashes"],
            outputs=tuple(record["outputs"]),
            written=tuple(record["written"]),
            seconds=record["seconds"],
            columns={name: tuple(one["columns"]) for name, one in tables.items()},
        )


def json_line(record: Mapping[str, Any]) -> bytes:
    """Return a record as a line of the journal."""
    text = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass") + b"\n"


def rows_of_record(record: Mapping[str, Any]) -> Iterator[tuple[str, StoredRows]]:
    """Yield name and rows of each table of a line of the journal that was decoded."""
    for name, one in record["tables"].items():
        yield name, StoredRows.of_record(one)
