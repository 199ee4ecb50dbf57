"""The tables of all images, written row by row, so that their number does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from covoxel.analysis.tables import Table
from covoxel.batch.image_files import ImageFiles
from covoxel.batch.journal import Journal
from covoxel.batch.recipe import Recipe
from covoxel.batch.row_files import (
    Kinds,
    RowFile,
    RowValues,
    StoredRows,
    csv_file,
    parquet_file,
    workbook,
)
from covoxel.io.sheets import exact_floats

if TYPE_CHECKING:
    import pandas as pd

#: The first column of every table, which names the image.
IMAGE = "image"
#: The file of all tables for a spreadsheet.
WORKBOOK = "tables.xlsx"


def write_tables(
    folder: Path,
    recipe: Recipe,
    journal: Journal,
    images: Sequence[ImageFiles],
    columns: Mapping[str, Sequence[str]],
) -> None:
    """Write the tables of images, in their order, as CSV and in what other formats are asked for.

    The first columns are the name of the image, and what its path or a table says of it.
    """
    output = recipe.output
    headers = {name: [*identity(images, names), *names] for name, names in columns.items()}
    kinds = {name: Kinds(len(one)) for name, one in headers.items()}
    others: dict[str, list[RowFile]] = {name: [] for name in headers}
    with ExitStack() as stack:
        tables = {
            name: stack.enter_context(csv_file(folder / f"{name}.csv", one))
            for name, one in headers.items()
        }
        if output.xlsx:
            book = stack.enter_context(workbook(folder / WORKBOOK))
            others = {name: [book.sheet(name, one)] for name, one in headers.items()}
        if output.parquet:
            others = {name: [*others[name], kinds[name]] for name in headers}
        known = identity_values(images)
        for image, name, rows in journal.rows([one.name for one in images]):
            if rows.safe and rows.columns == tuple(columns[name]) and rows.text:
                tables[name].write_lines(known[image], rows.text)
            else:
                tables[name].write(_ordered(known[image], rows, rows.cells(), columns[name]))
            if others[name]:
                _write_values(others[name], known[image], rows, columns[name])
    if output.parquet:
        with ExitStack() as stack:
            others = {
                name: [
                    stack.enter_context(parquet_file(folder / f"{name}.parquet", one, kinds[name]))
                ]
                for name, one in headers.items()
            }
            for image, name, rows in journal.rows([one.name for one in images]):
                _write_values(others[name], known[image], rows, columns[name])


def declared_tables(recipe: Recipe) -> Iterator[tuple[str, Table]]:
    """Yield the name that each table has in this recipe, and its declaration."""
    for step in recipe.steps:
        for table in step.declared.tables:
            yield step.table(table.name), table


def table_columns(
    recipe: Recipe, journal: Journal, images: Sequence[ImageFiles]
) -> dict[str, list[str]]:
    """Return the columns that any image has in each table, in the order of its schema."""
    lists = {item for one in images for item in journal.entries[one.name].columns.items()}
    seen: dict[str, set[str]] = {name: set() for name, _ in declared_tables(recipe)}
    for name, columns in lists:
        seen[name].update(columns)
    return {
        name: [one.name for one in table.columns if one.name in seen[name]]
        for name, table in declared_tables(recipe)
    }


def identity(images: Sequence[ImageFiles], columns: Sequence[str] = ()) -> list[str]:
    """Return the columns that identify images, other names than those of further columns."""
    return [IMAGE, *(f"{IMAGE}_{one}" if one in columns else one for one in field_names(images))]


def field_names(images: Sequence[ImageFiles]) -> list[str]:
    """Return the names of what is known of images, in the order in which they come up."""
    return list(dict.fromkeys(name for one in images for name in one.fields))


def identity_values(images: Sequence[ImageFiles]) -> dict[str, RowValues]:
    """Return the values of the columns that identify each image, by its name."""
    names = field_names(images)
    return {one.name: [one.name, *map(one.fields.get, names)] for one in images}


def read_table(
    path: Path, columns: Sequence[str] | None = None, rows: int | None = None
) -> pd.DataFrame:
    """Return a table that a batch wrote, to the last digit; all of it unless parts are named."""
    import pandas as pd

    table: pd.DataFrame = pd.read_csv(
        path,
        usecols=None if columns is None else [*columns],
        nrows=rows,
        encoding="utf-8-sig",
        dtype={IMAGE: str, "reason": str, "notes": str},
        keep_default_na=False,
        na_values=[""],
        **exact_floats(),
    )
    return table


def _write_values(
    files: Sequence[RowFile], known: RowValues, rows: StoredRows, columns: Sequence[str]
) -> None:
    values = _ordered(known, rows, rows.values(), columns)
    for file in files:
        file.write(values)


def _ordered(
    known: RowValues, rows: StoredRows, values: Iterable[RowValues], columns: Sequence[str]
) -> list[RowValues]:
    """Return rows with the values that identify the image, in the order of the table's columns."""
    places = {one: place for place, one in enumerate(rows.columns)}
    order = [places.get(one, -1) for one in columns]
    return [known + [row[i] for i in order] for row in ([*one, None] for one in values)]
