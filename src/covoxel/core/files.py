"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import sys
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

from covoxel.core.text import plain

Made = TypeVar("Made")


@contextmanager
def whole_file(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary path to write to, which takes the name `path` in the end.

    It lies in the same folder and has the same suffix. When writing fails, nothing is left
    behind and an older file stays as it was.

    `path`: the file, or the folder of a Zarr store, to write.
    `overwrite`: whether an existing file may be replaced.

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    FileExistsError
        If the file exists and may not be replaced.
    FileNotFoundError
        If its folder does not exist.
    OSError
        If writing fails, on a full disk say; it names the file.
    """
    path = Path(path)
    if not path.parent.is_dir():
        msg = f"{path} cannot be written: there is no folder {path.parent}"
        raise FileNotFoundError(msg)
    refuse_existing([path], overwrite=overwrite)
    draft = path.with_name(f".{path.stem}.{os.getpid()}-{secrets.token_hex(4)}{path.suffix}")
    try:
        yield draft
        refuse_existing([path], overwrite=overwrite)
        _replace(draft, path)
    except FileExistsError:
        raise
    except OSError as error:  # it names the draft, or nothing
        msg = f"{path} could not be written: {error.strerror or error}"
        raise OSError(msg) from error
    finally:
        if draft.is_dir():
            shutil.rmtree(draft)
        draft.unlink(missing_ok=True)


def _replace(draft: Path, path: Path) -> None:
    """Give a draft its name; of folders the older one goes in the end."""
    if not path.is_dir():
        draft.replace(path)
        return
    older = draft.with_name(f"{draft.name}.older")
    path.replace(older)
    try:
        draft.replace(path)
    except OSError:
        older.replace(path)
        raise
    shutil.rmtree(older)


def _is_store(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("zarr.json", ".zgroup"))


def refuse_existing(paths: Sequence[Path], *, overwrite: bool) -> None:
    """Raise FileExistsError if one of the files is there and may not be replaced."""
    for path in paths:
        if path.is_dir() and not _is_store(path):
            msg = f"{path} is a folder; the name of a file is needed"
            raise FileExistsError(msg)
        if path.exists() and not (path.is_file() or path.is_dir()):
            msg = f"{path} is a device or a pipe, not a file; choose another name"
            raise FileExistsError(msg)
    there = [path for path in paths if path.exists()]
    if there and not overwrite:
        names = ", ".join(path.name for path in there)
        msg = f"{there[0].parent} holds {names} already; ask for overwriting, or choose another"
        raise FileExistsError(msg)


def refuse_clashes(outputs: Iterable[Path], inputs: Iterable[str | Path]) -> None:
    """Refuse an output that is an input, or another output, under whatever name.

    Links are followed, and names that differ in case alone are the same where the system
    takes them so.

    Raises
    ------
    ValueError
        If there is one; the message names it.
    """
    read = {_identity(Path(path)) for path in inputs}
    written: set[object] = set()
    for path in outputs:
        found = _identity(path)
        if found in read:
            msg = f"{path} is an input, which an output never replaces; choose another name"
            raise ValueError(msg)
        if found in written:
            msg = f"{path} is named for two outputs; choose different names"
            raise ValueError(msg)
        written.add(found)


def _identity(path: Path) -> object:
    """Return what is equal for all names of a file: its inode, or where it will lie."""
    try:
        found = path.stat()
    except OSError:
        place = os.path.normcase(path.resolve())
        return place.casefold() if sys.platform == "darwin" else place
    return found.st_dev, found.st_ino


#: Byte that is locked on Windows, where nobody can read what is locked: beyond the end of any file.
_LOCKED_BYTE = 0x7FFFFFFE


def lock_file(descriptor: int, *, wait: bool) -> bool:
    """Lock a file until it is closed or its process ends; return False where another holds it.

    `descriptor`: of the open file.
    `wait`: whether to wait for the other.

    Returns
    -------
    bool
        True also on disks that have no locks.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            place = os.lseek(descriptor, 0, os.SEEK_CUR)
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            how = msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK
            try:
                msvcrt.locking(descriptor, how, 1)
            finally:
                os.lseek(descriptor, place, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
    return True


def distinct_names(paths: Iterable[str | Path]) -> dict[str, str]:
    """Return for each path its name, with as many folders as distinguish it from the others.

    The name of what lies in a Zarr store begins with that of the store.

    Examples
    --------
    >>> distinct_names(["/data/a/x.tif", "/data/b/x.tif", "/data/b/y.tif"])
    {'/data/a/x.tif': 'a/x.tif', '/data/b/x.tif': 'b/x.tif', '/data/b/y.tif': 'y.tif'}
    """
    places = {str(path): Path(path).absolute().parts for path in paths}
    least = {path: _parts_in_store(parts) for path, parts in places.items()}
    names: dict[str, str] = {}
    length = 1
    while len(names) < len(places):
        same = Counter(parts[-length:] for parts in set(places.values()))
        for path, parts in places.items():
            alone = length >= least[path] and same[parts[-length:]] == 1
            if path not in names and (alone or length >= len(parts)):
                names[path] = plain("/".join(parts[-length:]))
        length += 1
    return {path: names[path] for path in places}


def _parts_in_store(parts: Sequence[str]) -> int:
    """Return the number of parts of a path from a Zarr store on, 1 elsewhere."""
    stores = [i for i, part in enumerate(parts) if part.endswith(".zarr")]
    return len(parts) - stores[0] if stores else 1


def write_record(path: str | Path, record: Mapping[str, Any], *, overwrite: bool = False) -> Path:
    """Write a record as JSON, whole or not at all.

    Raises
    ------
    FileExistsError
        If the file exists and may not be replaced.
    ValueError
        If the record holds a number that JSON has not.
    """
    with whole_file(path, overwrite=overwrite) as draft:
        text = json.dumps(record, indent=2, allow_nan=False)
        draft.write_text(text + "\n", encoding="utf-8", newline="\n")
    return Path(path)


def read_record(path: str | Path, made: Callable[[Any], Made]) -> Made:
    """Return what is made of a record that was written as JSON.

    `path`: the file.
    `made`: takes the record, or None where the file is no JSON, and raises a ValueError that says
        what is needed where it can make nothing of it.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If nothing can be made of it; the message names the file.
    """
    content = Path(path).read_bytes()
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        record = None
    try:
        return made(record)
    except ValueError as error:
        msg = f"{path}: {error}"
        raise ValueError(msg) from error
    except TypeError as error:
        msg = f"{path}: the record is damaged: {error}"
        raise ValueError(msg) from error


class Recorded(ABC):
    """What is saved as a record, in JSON."""

    __slots__ = ()

    @abstractmethod
    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able record."""

    @classmethod
    @abstractmethod
    def from_dict(cls, record: Any) -> Self:
        """Return what a record holds; raise ValueError if that is something else."""

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the record as JSON, whole or not at all.

        Raises
        ------
        FileExistsError
            If the file exists and may not be replaced.
        """
        return write_record(path, self.as_dict(), overwrite=overwrite)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what was saved.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file holds something else.
        """
        return read_record(path, cls.from_dict)
