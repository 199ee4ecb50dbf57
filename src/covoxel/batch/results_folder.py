"""The folder of results: everything that is written when all images are done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from covoxel.analysis.provenance import versions
from covoxel.batch.image_files import ImageFiles, relative_path
from covoxel.batch.journal import Journal
from covoxel.batch.outcome import FAILED
from covoxel.batch.outputs import FIGURES, IMAGES
from covoxel.batch.recipe import Recipe
from covoxel.batch.row_files import RowValues, csv_file
from covoxel.batch.summary import GROUPS, SUMMARY, Summary, summarize
from covoxel.batch.tables import (
    WORKBOOK,
    declared_tables,
    identity,
    identity_values,
    table_columns,
    write_tables,
)
from covoxel.batch.writing import write_recipe
from covoxel.core.files import write_record

FILES, FAILURES = "files.csv", "failures.csv"
RECIPE, PROVENANCE = "recipe.toml", "provenance.json"
_SUMMARY, COMPARED = "summary.csv", "groups.csv"
_STATUS = ("status", "reason", "sha256")
#: What `whole_file` writes to, of which a worker that was killed leaves some.
_DRAFT = re.compile(r"\..*\.\d+-[0-9a-f]{8}(\.\w+)?")


def planned_files(recipe: Recipe) -> list[str]:
    """Return the names of the files that are written when all images are done."""
    endings = [".csv", *([".parquet"] if recipe.output.parquet else [])]
    tables = [f"{name}{ending}" for name, _ in declared_tables(recipe) for ending in endings]
    book = [WORKBOOK] if recipe.output.xlsx else []
    return [*tables, *book, _SUMMARY, COMPARED, FILES, FAILURES, RECIPE, PROVENANCE]


def write_results_folder(recipe: Recipe, journal: Journal, images: Sequence[ImageFiles]) -> None:
    """Write everything but the files of single images, each file whole or not at all.

    `images`: those that are in the journal, by name.
    """
    folder = journal.folder
    _remove_drafts(folder)
    columns = table_columns(recipe, journal, images)
    write_tables(folder, recipe, journal, images, columns)
    _write_summary(journal, recipe, summarize(folder, recipe, images, columns))
    _write_status(journal, images)
    write_recipe(recipe, folder / RECIPE, overwrite=True)
    write_record(folder / PROVENANCE, _provenance(recipe, journal, images), overwrite=True)


def _write_summary(journal: Journal, recipe: Recipe, found: Summary) -> None:
    """Write means, comparisons, and a SuperPlot of each unless figures are not wanted."""
    from covoxel.report import save_figure

    folder = journal.folder
    _write_csv(folder / _SUMMARY, SUMMARY, found.rows)
    _write_csv(folder / COMPARED, GROUPS, found.groups)
    if recipe.output.figures == "none":
        return
    pictures = {
        f"groups_{re.sub(r'[^a-zA-Z0-9.+-]+', '_', name)}.png": one
        for name, one in found.comparisons.items()
    }
    journal.write({"outputs": sorted(pictures)})
    for name, one in pictures.items():
        save_figure(one.figure(), folder / name, overwrite=True)


def _write_status(journal: Journal, images: Sequence[ImageFiles]) -> None:
    """Write a row for each image: whether it was analysed, why not, and the hash of its file."""
    known, rows, failures = identity_values(images), list[RowValues](), list[RowValues]()
    for image in images:
        entry = journal.entries[image.name]
        reason = "; ".join(entry.reasons)
        digest = (
            entry.hashes.get(relative_path(image.files[0], journal.root)) if image.files else None
        )
        rows.append([*known[image.name], entry.status, reason, digest])
        if entry.status == FAILED:
            failures.append(rows[-1])
    header = [*identity(images, _STATUS), *_STATUS]
    _write_csv(journal.folder / FILES, header, rows)
    _write_csv(journal.folder / FAILURES, header, failures)


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[RowValues]) -> None:
    with csv_file(path, header) as file:
        file.write(rows)


def _provenance(recipe: Recipe, journal: Journal, images: Sequence[ImageFiles]) -> dict[str, Any]:
    """Return versions, recipe, and the hash of every file that was read, by its relative path."""
    hashes = {
        path: digest
        for image in images
        for path, digest in journal.entries[image.name].hashes.items()
    }
    inputs = dict(sorted(hashes.items()))
    return {**versions(), "recipe": recipe.as_dict(), "images": len(images), "inputs": inputs}


def _remove_drafts(folder: Path) -> None:
    """Remove files that workers had half written when they were killed."""
    for kind in (FIGURES, IMAGES):
        for path in (folder / kind).rglob(".*"):
            if _DRAFT.fullmatch(path.name):
                path.unlink()
