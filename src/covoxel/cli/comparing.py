"""What the commands that compare displacements take from files, and where they write."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from covoxel._files import refuse_existing
from covoxel.analysis.options import option
from covoxel.analysis.schema import Column
from covoxel.channel import Channel
from covoxel.cli.opening import names, numbers, open_channels, open_region, shown_progress
from covoxel.cli.outputs import table_files

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from covoxel.cli.show import Layout

_FIGURES = (".png", ".svg", ".pdf")


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """Flags that the commands share."""

    channels: str | None = option(
        None, "Channels", "which two, by number from 1 or by name, such as 1,3"
    )
    all_pairs: bool = option(False, "All pairs", "compare every pair of channels")
    mask: Path | None = option(None, "Mask", "an image; where it is not 0")
    labels: Path | None = option(None, "Labels", "a label image; a row a label")
    registration: Path | None = option(
        None, "Registration", "a saved registration; lays channel 2 on channel 1 first"
    )
    per: str | None = option(None, "Per", "a row for each plane", choices=("z",))
    t: int | None = option(None, "T", "one time point, from 0")
    z: int | None = option(None, "Z", "one plane, from 0")
    series: int = option(0, "Series", "which image of the file, from 0")
    axes: str | None = option(
        None, "Axes", "the file's axes where it does not tell or lies, such as TCZYX"
    )
    spacing: str | None = option(None, "Spacing", "voxel size z,y,x in µm; wins over the file's")
    out: Path | None = option(None, "Out", "folder for tables and provenance")
    figure: Path | None = option(None, "Figure", "file for a figure, NAME.png, .svg or .pdf")
    parquet: bool = option(False, "Parquet", "write the tables as Parquet too")
    overwrite: bool = option(False, "Overwrite", "replace files that exist")
    json: bool = option(False, "JSON", "print a JSON object a row, nothing else")

    def __post_init__(self) -> None:
        if self.per not in (None, "z"):
            msg = f"--per is {self.per!r}; allowed is z"
            raise ValueError(msg)

    @property
    def inputs(self) -> dict[str, Path]:
        """The files that are read besides the images, by what they are."""
        given = {name: getattr(self, name) for name in ("mask", "labels", "registration")}
        return {name: path for name, path in given.items() if path is not None}

    def arguments(self) -> dict[str, Any]:
        """Read masks and labels; return what goes to `covoxel.distance_channels` and its like."""
        given: dict[str, Any] = self.inputs
        given |= {name: open_region(given[name]) for name in ("mask", "labels") if name in given}
        places = {"t": self.t, "z": self.z, "per_z": True if self.per else None}
        return given | {name: value for name, value in places.items() if value is not None}


def apart(given: Mapping[str, Any]) -> tuple[FileOptions, dict[str, Any]]:
    """Return the flags that all commands share, and the others."""
    shared = {field.name for field in dataclasses.fields(FileOptions)}
    own = {name: value for name, value in given.items() if name not in shared}
    return FileOptions(**{k: v for k, v in given.items() if k in shared}), own


@dataclass(frozen=True, slots=True)
class Part:
    """One of the tables that a command writes: its file, its attribute and its columns."""

    name: str
    attribute: str
    columns: Sequence[Column]


@dataclass(frozen=True, slots=True)
class Command:
    """What tells a command from the others.

    ``compute`` takes the channels and the arguments of `covoxel.distance_channels` and its like,
    ``figure`` draws what it returns; the first of the ``parts`` is the table that is shown.
    """

    doing: str
    parts: tuple[Part, ...]
    compute: Callable[..., Any]
    figure: Callable[[Any], Figure]
    layout: Layout


def compare_files(
    command: Command,
    images: Sequence[Path],
    files: FileOptions,
    *,
    also: Sequence[Path] = (),
    write: Callable[[Any, list[Channel], dict[str, Any]], list[Path]] | None = None,
) -> None:
    """Compare the channels of files, print the table, and write what is asked for.

    Parameters
    ----------
    command : Command
    images : sequence of Path
        One file with channels, or one for each.
    files : FileOptions
    also : sequence of Path
        Further files that will be written.
    write : callable, optional
        Writes them, from the result, the channels and the arguments that it was computed with.
    """
    from covoxel.cli.show import print_json, print_table
    from covoxel.report.save import save_figure

    chosen = open_channels(
        images,
        channels=names(files.channels),
        series=files.series,
        axes=files.axes,
        spacing=numbers("--spacing", files.spacing),
        most=None if files.all_pairs else 2,
    )
    planned = [*also]
    if files.figure is not None:
        _check_figure(files.figure)
        planned.append(files.figure)
    if files.out is not None:
        for part in command.parts:
            planned += table_files(files.out, part.name, parquet=files.parquet)
    refuse_existing(planned, overwrite=files.overwrite)
    given = files.arguments()
    with shown_progress(command.doing) as progress:
        result = command.compute(chosen, **given, progress=progress)
    if files.json:
        print_json(result.table)
    else:
        print_table(result.table, command.layout)
    written = [] if files.out is None else _tables(command, result, chosen, files.out, files)
    if files.figure is not None:
        save_figure(command.figure(result), files.figure, overwrite=files.overwrite)
        written.append(files.figure)
    if write is not None:
        written += write(result, chosen, given)
    if written and not files.json:
        typer.echo("written: " + ", ".join(map(str, written)))


def _check_figure(path: Path) -> None:
    if path.suffix.lower() not in _FIGURES:
        msg = f"--figure is {path}; a name ending in {', '.join(_FIGURES)} is needed"
        raise ValueError(msg)
    if not path.absolute().parent.is_dir():
        msg = f"{path} cannot be written: there is no folder {path.parent}"
        raise FileNotFoundError(msg)


def _tables(
    command: Command, result: Any, channels: list[Channel], out: Path, files: FileOptions
) -> list[Path]:
    from covoxel.analysis.provenance import provenance
    from covoxel.io import write_results

    written: list[Path] = []
    for part in command.parts:
        table: pd.DataFrame = getattr(result, part.attribute)
        written += write_results(
            table,
            out,
            name=part.name,
            provenance=provenance(table, channels, files.inputs, part.columns),
            parquet=files.parquet,
            overwrite=files.overwrite,
        )
    return written
