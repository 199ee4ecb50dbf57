"""Save a result and its figures into a folder beside the image; no Qt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari

from covoxel.core.files import refuse_clashes
from covoxel.gui.running.sources import repeatable_run
from covoxel.io.address import is_address
from covoxel.io.formats import stem

if TYPE_CHECKING:
    from covoxel.gui.running.selection import RunRecord


def image_folder(run: RunRecord) -> Path | None:
    """Return the folder of the first image of a run.

    None for a sample, an image on the web, or pixels in no file.
    """
    path = run.inputs.file_hints[0].get("path")
    if path is None or is_address(path) or run.selection.layer1.source.sample is not None:
        return None
    return Path(path).absolute().parent


def result_name(run: RunRecord) -> str:
    """Return a file name without an ending for the result of a run."""
    path = run.inputs.file_hints[0].get("path")
    name = run.selection.layer1.name if path is None else stem(Path(path).name)
    return f"{_plain(name)}_{run.result.analysis.name}"


def report_run(run: RunRecord, path: Path) -> Path:
    """Write a page on the result of a run, and return it; safe in a thread.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    written: Path = run.result.report(path, overwrite=True, inputs=_region_file(run))
    return written


def _region_file(run: RunRecord) -> dict[str, str | Path] | None:
    """Return the file of the region of a run by its role, if there is one."""
    again = repeatable_run(run)
    return {again.region: again.region_path} if again.region and again.region_path else None


def save_run(run: RunRecord, folder: Path, figures: Mapping[str, Any]) -> Path:
    """Save the result of a run and figures into a new folder, and return it; safe in a thread.

    `folder`: where the new folder is made.
    `figures`: what makes a matplotlib Figure, by title.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    from covoxel.report import save_figure

    new = _new_folder(folder, result_name(run))
    run.result.save(new, inputs=_region_file(run))
    if find_spec("xlsxwriter") is not None:
        _write_workbook(run, new)
    for title, make in figures.items():
        save_figure(make(), new / f"{_plain(title)}.svg")
    return new


def _write_workbook(run: RunRecord, folder: Path) -> None:
    """Write all tables of a result as sheets of a workbook."""
    from covoxel.batch.row_files import workbook
    from covoxel.batch.tables import WORKBOOK

    with workbook(folder / WORKBOOK) as book:
        for name, table in run.result.tables.items():
            cells = table.astype(object)
            book.sheet(name, list(table)).write(cells.where(cells.notna(), None).values.tolist())


def refuse_open_files(path: str | Path) -> None:
    """Raise ValueError for a file from which a layer of the viewer was read."""
    viewer = napari.current_viewer()
    layers = [] if viewer is None else viewer.layers
    refuse_clashes([Path(path)], [layer.source.path for layer in layers if layer.source.path])


def _new_folder(parent: Path, name: str) -> Path:
    """Make a folder of a name, with a number where there is one of that name."""
    for number in count(1):
        new = parent / (name if number == 1 else f"{name}_{number}")
        try:
            new.mkdir()
        except FileExistsError:
            continue
        return new
    raise AssertionError


def _plain(title: str) -> str:
    """Return a title as a file name.

    Examples
    --------
    >>> _plain("Joint histogram: a × b")
    'Joint_histogram_a_b'
    """
    return re.sub(r"[^\w.-]+", "_", title).strip("_")
