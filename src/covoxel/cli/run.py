"""What the commands that print a table have in common: compute, print, write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.analysis.tables import Table
from covoxel.cli.asked import Asked
from covoxel.cli.files import FileOptions
from covoxel.cli.opening import shown_progress
from covoxel.cli.outputs import check_endings, refuse_unwritable, table_files
from covoxel.cli.printing import echo
from covoxel.core.files import distinct_names
from covoxel.image.channel import Channel
from covoxel.io.errors import ImageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
    tables: Sequence[Table],
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
        Prints the result for the eye; as JSON the first of the `tables` is printed.
    channels : sequence of Channel
        What it is computed from.
    files : FileOptions
    tables : sequence of Table
        What is written where there is a folder.
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
        for one in tables:
            planned += table_files(files.out, one.name, parquet=files.parquet)
    planned += [path for path, _ in wanted]
    read = files.read(channels, *asked.images, *inputs)
    refuse_unwritable(planned, inputs=read, overwrite=files.overwrite, made=files.out)
    with files.within_memory(), shown_progress(doing) as progress:
        result = compute(progress=progress)
    table = result.tables[tables[0].name]
    if files.labels is not None and table.empty:
        raise ImageError(files.labels, "holds no label where it was to be measured")
    say = partial(print_json, table) if files.json else partial(show, result)
    try:
        written = [path for one in tables for path in _table(one, result, channels, files, asked)]
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
    one: Table, result: Any, channels: Sequence[Channel], files: FileOptions, asked: Asked
) -> list[Path]:
    """Write a table and its provenance, where a folder is given, and return the files."""
    from covoxel.analysis.provenance import write_table

    if files.out is None:
        return []
    record = asked.record(distinct_names(files.read(channels, *asked.images)))
    given = files.out, channels, files.inputs, record
    kept: dict[str, Any] = {"parquet": files.parquet, "overwrite": files.overwrite}
    return write_table(one, result.tables[one.name], *given, **kept)
