"""Files that are going to be written: what could not be is refused before anything is computed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from covoxel.cli.flags import flag
from covoxel.core.files import refuse_clashes, refuse_existing
from covoxel.io.results import result_files


def table_files(folder: Path, name: str, *, parquet: bool) -> list[Path]:
    """Return the files of a table and its provenance; refuse a folder that cannot be written."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        msg = f"{there} is a file; --out needs a folder"
        raise NotADirectoryError(msg)
    _check_writable(folder, there)
    return result_files(folder, name, parquet=parquet)


def refuse_unwritable(
    paths: Sequence[Path],
    *,
    inputs: Iterable[str | Path],
    overwrite: bool,
    made: Path | None = None,
) -> None:
    """Refuse outputs that could not be written, or that would replace what is read.

    These are outputs that are an input or another output, files that exist unless they may be
    replaced, and folders that do not exist or are read-only. The folder `made` is made when it
    is written to; `table_files` has checked it.
    """
    from covoxel.io.write_zarr import image_of_labels

    refuse_clashes(paths, inputs)
    for path in paths:
        folder = image_of_labels(path) or path.absolute().parent
        if path.parent == made:
            continue
        if not folder.is_dir():
            msg = f"{path} cannot be written: there is no folder {path.parent}"
            raise FileNotFoundError(msg)
        _check_writable(path, folder)
    refuse_existing(paths, overwrite=overwrite)


def _check_writable(path: Path, folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        msg = f"{path} cannot be written: {folder} is read-only"
        raise PermissionError(msg)


def check_endings(given: Mapping[str, Path | None], *endings: str) -> None:
    """Refuse files whose names do not end as they must, by the option that names them."""
    from covoxel.io.write_zarr import image_of_labels

    for name, path in given.items():
        if path is None or (".zarr" in endings and image_of_labels(path)):
            continue
        if not path.name.lower().endswith(endings):
            *most, last = endings
            allowed = f"{', '.join(most)} or {last}" if most else last
            msg = f"{flag(name)} is {path.name!r}; a name ending in {allowed} is needed"
            raise ValueError(msg)
