"""Journal: what is finished of a batch, a line an image, so that a stopped one goes on."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from covoxel.batch.outcome import Entry, json_line, rows_of_record
from covoxel.batch.recipe import NOT_OF_ROWS, Recipe
from covoxel.batch.row_files import StoredRows
from covoxel.core.files import lock_file
from covoxel.core.version import VERSION

#: Name of the file in the folder of the results.
JOURNAL = "journal.jsonl"
#: Version of the journal.
_VERSION = 1
#: Seconds between the times at which lines are forced to the disk.
_SYNC = 1.0


class Journal:
    """The file to which finished images are appended; it is locked while a batch runs.

    `folder`: the folder of the results; it is made if it does not exist.
    `resume`: go on with what an earlier run of the same recipe left.
    `overwrite`: remove what an earlier run wrote.

    Attributes
    ----------
    entries : dict
        The last entry of each image, by its name.
    root : Path
        The folder of the images, which paths of inputs are relative to.
    outputs : set of str
        Files that were written besides those of images, by their paths in the folder.

    Raises
    ------
    FileExistsError
        If the folder holds results, and neither `resume` nor `overwrite` is set.
    OSError
        If another run uses the folder.
    ValueError
        If results are of another recipe or version; the message names what differs.
    """

    def __init__(
        self, folder: Path, recipe: Recipe, *, resume: bool = False, overwrite: bool = False
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.path, self.root = folder, folder / JOURNAL, recipe.root
        self.entries: dict[str, Entry] = {}
        self.outputs: set[str] = set()
        self._places: dict[str, int] = {}
        self._columns: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._header: dict[str, Any] = {}
        self._synced = time.monotonic()
        self._file = self.path.open("a+b", buffering=0)
        try:
            self._lock()
            self._begin(recipe, resume=resume, overwrite=overwrite)
        except BaseException:
            self._file.close()
            raise

    def _lock(self) -> None:
        if not lock_file(self._file.fileno(), wait=False):
            msg = f"{self.folder} is in use by another run; wait for it, or choose another folder"
            raise OSError(msg)

    def _begin(self, recipe: Recipe, *, resume: bool, overwrite: bool) -> None:
        self._end = self._read()
        if not self.entries:  # of a run that ended before its first image
            self._end, self._header, self.outputs = 0, {}, set()
        if self._header and not (resume or overwrite):
            msg = (
                f"{self.folder} holds results already; set resume to go on with them, overwrite "
                "to replace them, or choose another folder"
            )
            raise FileExistsError(msg)
        if overwrite:
            self._remove_all()
        elif self._header:
            self._refuse_changes(recipe)
        self._file.truncate(self._end)  # a line that was half written when the run was stopped
        header = header_of(recipe)
        if header != self._header:
            self.write(header)

    def _read(self) -> int:
        """Read all whole lines; return where the last of them ends."""
        end = 0
        for line in _whole_lines(self.path):
            with suppress(ValueError, KeyError, TypeError):  # a damaged line: repeat the image
                self._take(json.loads(line), end)
            end += len(line)
        return end

    def _take(self, record: dict[str, Any], place: int) -> None:
        if "image" in record:
            self._keep(Entry.of_record(record), place)
        elif "journal" in record:
            self._header = record
        else:
            self.outputs.update(record["outputs"])

    def _keep(self, entry: Entry, place: int) -> None:
        """Keep an entry without its line; images share their lists of columns."""
        shared = {name: self._columns.setdefault(one, one) for name, one in entry.columns.items()}
        known = {name: getattr(entry, name) for name in Entry.__slots__}
        self.entries[entry.image] = Entry(**known | {"columns": shared, "line": b""})
        self._places[entry.image] = place

    def _remove_all(self) -> None:
        """Remove the files of an earlier run, and forget it."""
        written = {name for entry in self.entries.values() for name in entry.written}
        for name in written | self.outputs:
            (self.folder / name).unlink(missing_ok=True)
        self.entries, self.outputs, self._places, self._header = {}, set(), {}, {}
        self._end = 0

    def _refuse_changes(self, recipe: Recipe) -> None:
        made, reason = self._header, ""
        if made["covoxel"] != VERSION:
            reason = f"{self.folder} was made by covoxel {made['covoxel']}, and this is {VERSION}"
        elif changes := "; ".join(_changes(made["recipe"], recipe.as_dict())):
            reason = f"the recipe differs from that of {self.folder}: {changes}"
        if reason:
            msg = f"{reason}; start over (overwrite), or choose another folder"
            raise ValueError(msg)

    def append(self, entry: Entry) -> None:
        """Append the entry of an image.

        Raises
        ------
        OSError
            If it cannot be written, on a full disk say; nothing of it is kept then.
        """
        self._keep(entry, self._append(entry.line))

    def write(self, record: Mapping[str, Any]) -> None:
        """Append another record: what the batch is of, or which ``outputs`` it writes."""
        self._append(json_line(record))

    def _append(self, line: bytes) -> int:
        place = self._end
        try:
            while self._end < place + len(line):
                self._end += self._file.write(line[self._end - place :])
            if time.monotonic() - self._synced > _SYNC:
                self.sync()
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(place)
            self._end = place
            msg = f"{self.path} could not be written: {error.strerror or error}"
            raise OSError(msg) from error
        return place

    def sync(self) -> None:
        """Force what was written to the disk."""
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def rows(self, images: Sequence[str]) -> Iterator[tuple[str, str, StoredRows]]:
        """Yield image, table and rows of images, in the order that is given."""
        with self.path.open("rb") as file:
            for image in images:
                file.seek(self._places[image])
                for name, rows in rows_of_record(json.loads(file.readline())):
                    yield image, name, rows

    def close(self) -> None:
        """Force all lines to the disk, and let other runs use the folder."""
        if self._file.closed:
            return
        with suppress(OSError):
            self.sync()
        self._file.close()


def read_entries(folder: Path) -> dict[str, Entry]:
    """Return what is known of the images of a batch, by name; also while it runs."""
    found: dict[str, Entry] = {}
    for line in _whole_lines(folder / JOURNAL) if (folder / JOURNAL).is_file() else ():
        with suppress(ValueError, KeyError, TypeError):
            entry = Entry.of_record(json.loads(line))
            found[entry.image] = entry
    return found


def read_rows(folder: Path, image: str) -> dict[str, StoredRows]:
    """Return the rows of an image of a batch, by table; empty where it was not analysed."""
    begin = json_line({"image": image})[:-2] + b","
    path = folder / JOURNAL
    lines = [one for one in _whole_lines(path) if one.startswith(begin)] if path.is_file() else []
    return dict(rows_of_record(json.loads(lines[-1]))) if lines else {}


def _whole_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file but one that was half written."""
    with path.open("rb") as file:
        yield from (line for line in file if line.endswith(b"\n"))


def header_of(recipe: Recipe) -> dict[str, Any]:
    """Return the first line: what all others depend on."""
    return {
        "journal": _VERSION,
        "covoxel": VERSION,
        "digest": recipe.digest(),
        "recipe": recipe.as_dict(),
    }


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs between two recipes, as far as rows depend on it."""
    before, after = dict(_flat("", old)), dict(_flat("", new))
    for name in sorted(before.keys() | after.keys()):
        if name.partition(".")[0] not in NOT_OF_ROWS and before.get(name) != after.get(name):
            yield f"{name}: {_written(before.get(name))} → {_written(after.get(name))}"


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield single values of a record with their path; analyses are known by their names."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _flat(f"{name}.{key}".strip("."), one)
    elif name == "analyses":
        yield name, [one["name"] for one in value]
        for one in value:
            yield f"{one['name']}.analysis", one["analysis"]
            yield from _flat(one["name"], one["options"])
    else:
        yield name, value


def _written(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
