"""The tables of all images, written row by row, so that their number does not matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.analysis.tables import Table
from covoxel.batch.image_files import ImageFiles
from covoxel.batch.journal import Journal
from covoxel.batch.recipe import Recipe
from covoxel.batch.row_files import Kinds, Row, RowFile, csv_file, parquet_file, workbook

if TYPE_CHECKING:
    import pandas as pd

#: The first column of every table, which names the image.
IMAGE = "image"
#: The file of all tables for a spreadsheet.
WORKBOOK = "tables.xlsx"


def write_tables(
    folder: Path, recipe: Recipe, journal: Journal, images: Sequence[ImageFiles]
) -> None:
    """Write the tables of images, in their order, as CSV and in what other formats are asked for.

    The first columns are the name of the image, and what its path or a table says of it.
    """
    output, columns = recipe.output, table_columns(recipe, journal, images)
    headers = {name: [*identity(images, names), *names] for name, names in columns.items()}
    kinds = {name: Kinds(len(one)) for name, one in headers.items()}
    with ExitStack() as stack:
        files: dict[str, list[RowFile]] = {
            name: [stack.enter_context(csv_file(folder / f"{name}.csv", one))]
            for name, one in headers.items()
        }
        if output.xlsx:
            book = stack.enter_context(workbook(folder / WORKBOOK))
            for name, one in headers.items():
                files[name].append(book.sheet(name, one))
        if output.parquet:
            for name, seen in kinds.items():
                files[name].append(seen)
        _write_rows(journal, images, columns, files)
    if output.parquet:
        with ExitStack() as stack:
            files = {
                name: [
                    stack.enter_context(parquet_file(folder / f"{name}.parquet", one, kinds[name]))
                ]
                for name, one in headers.items()
            }
            _write_rows(journal, images, columns, files)


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


def identity_values(images: Sequence[ImageFiles]) -> dict[str, Row]:
    """Return the values of the columns that identify each image, by its name."""
    names = field_names(images)
    return {one.name: [one.name, *map(one.fields.get, names)] for one in images}


def read_table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a table that a batch wrote, to the last digit; all columns unless some are named."""
    import pandas as pd

    # pandas reads the last digit from version 3 on, and unasked
    exact: Any = (
        {} if int(pd.__version__.partition(".")[0]) >= 3 else {"float_precision": "round_trip"}
    )
    table: pd.DataFrame = pd.read_csv(
        path,
        usecols=None if columns is None else [*columns],
        encoding="utf-8-sig",
        dtype={IMAGE: str, "reason": str, "notes": str},
        keep_default_na=False,
        na_values=[""],
        **exact,
    )
    return table


def _write_rows(
    journal: Journal,
    images: Sequence[ImageFiles],
    columns: Mapping[str, Sequence[str]],
    files: Mapping[str, Sequence[RowFile]],
) -> None:
    """Write the rows of all images to the files of their tables."""
    known = identity_values(images)
    for image, name, rows in journal.rows([one.name for one in images]):
        values: list[Row] = rows.values
        if rows.columns != columns[name]:
            places = {one: place for place, one in enumerate(rows.columns)}
            order = [places.get(one, -1) for one in columns[name]]
            values = [[row[i] for i in order] for row in ([*one, None] for one in values)]
        whole: list[Any] = [known[image] + row for row in values]
        for file in files[name]:
            file.write(whole)
