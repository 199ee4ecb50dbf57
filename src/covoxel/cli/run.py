"""What the commands that print a table have in common: compute, print, write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.analysis.schema import Column
from covoxel.cli.asked import Asked
from covoxel.cli.files import FileOptions
from covoxel.cli.opening import shown_progress
from covoxel.cli.outputs import check_endings, refuse_unwritable, table_files
from covoxel.cli.printing import echo
from covoxel.core.files import distinct_names
from covoxel.image.channel import Channel
from covoxel.io.errors import ImageError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Part:
    """One of the tables that a command writes: its file, its columns, and how a result has it."""

    name: str
    columns: Sequence[Column]
    of: Callable[[Any], pd.DataFrame] = attrgetter("table")


@dataclass(frozen=True, slots=True)
class Extra:
    """A file that is written besides the tables where a path is given, from result and path."""

    path: Path | None
    write: Callable[[Any, Path], object]


def figure(files: FileOptions, draw: Callable[[Any], Figure]) -> Extra:
    """Return the figure of a result as a file."""
    check_endings({"figure": files.figure}, ".png", ".svg", ".pdf")

    def write(result: Any, path: Path) -> None:
        from covoxel.report.save import save_figure

        save_figure(draw(result), path, overwrite=files.overwrite)

    return Extra(files.figure, write)


def run(
    doing: str,
    compute: Callable[..., Any],
    show: Callable[[Any], None],
    *,
    channels: Sequence[Channel],
    files: FileOptions,
    parts: Sequence[Part],
    extras: Sequence[Extra] = (),
    asked: Asked,
    inputs: Iterable[Path] = (),
) -> list[Path]:
    """Compute, write what is asked for, print the table, and return what was written.

    What could not be written is refused before anything is computed. Files are written before
    anything is printed, and the table is printed where they could not be written.

    Parameters
    ----------
    doing : str
        What a bar says meanwhile.
    compute : callable
        Takes ``progress`` and returns the result.
    show : callable
        Prints the result for the eye; as JSON the first of the `parts` is printed.
    channels : sequence of Channel
        What it is computed from.
    files : FileOptions
    parts : sequence of Part
        The tables.
    extras : sequence of Extra
        What is written besides.
    asked : Asked
        The call of the command.
    inputs : iterable of Path
        Files that are read besides those of `asked` and `files`.
    """
    from covoxel.cli.show import print_json

    wanted = [(extra.path, extra.write) for extra in extras if extra.path is not None]
    planned: list[Path] = []
    if files.out is not None:
        for part in parts:
            planned += table_files(files.out, part.name, parquet=files.parquet)
    planned += [path for path, _ in wanted]
    read = files.read(channels, *asked.images, *inputs)
    refuse_unwritable(planned, inputs=read, overwrite=files.overwrite, made=files.out)
    with files.within_memory(), shown_progress(doing) as progress:
        result = compute(progress=progress)
    table = parts[0].of(result)
    if files.labels is not None and table.empty:
        raise ImageError(files.labels, "holds no label where it was to be measured")
    say = partial(print_json, table) if files.json else partial(show, result)
    try:
        written = [path for part in parts for path in _table(part, result, channels, files, asked)]
        for path, write in wanted:
            write(result, path)
            written.append(path)
    except Exception:
        with suppress(OSError):
            say()  # what was computed is not lost with the files
        raise
    say()
    if written and not files.json:
        echo("written: " + ", ".join(map(str, written)))
    return written


def _table(
    part: Part, result: Any, channels: Sequence[Channel], files: FileOptions, asked: Asked
) -> list[Path]:
    """Write a table and its provenance, where a folder is given, and return the files."""
    from covoxel.analysis.provenance import provenance
    from covoxel.io import write_results

    if files.out is None:
        return []
    table = part.of(result)
    names = distinct_names(files.read(channels, *asked.images))
    written: list[Path] = write_results(
        table,
        files.out,
        name=part.name,
        provenance=provenance(table, channels, files.inputs, part.columns, asked.record(names)),
        parquet=files.parquet,
        overwrite=files.overwrite,
    )
    return written
