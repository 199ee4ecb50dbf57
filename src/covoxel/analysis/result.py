"""Results: the same face for every analysis, and the files that they are written to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from covoxel.analysis.inputs import AnalysisInputs
from covoxel.core.types import AnyArray, Note
from covoxel.image.channel import Channel

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from covoxel.analysis.analysis import Analysis


class Writer(Protocol):
    """What writes a file of a result."""

    def __call__(self, result: Any, path: Path, *, overwrite: bool) -> object:
        """Write the file."""


def image_writer(images: Callable[[Any], list[Channel]], *, ome: bool = False) -> Writer:
    """Return what writes images of a result, as an OME-TIFF whatever the name if `ome`."""

    def write(result: Any, path: Path, *, overwrite: bool) -> None:
        from covoxel.io.write import write_channels

        write_channels(path, images(result), overwrite=overwrite, ome=ome)

    return write


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file besides the tables."""

    #: The flag of the command, without dashes.
    name: str
    help: str
    #: Writes it, of the result, the path and ``overwrite``.
    write: Callable[..., object]
    #: Allowed endings of its name; any where there are none.
    endings: Sequence[str] = ()
    #: Whether it is of a single pair of channels.
    one_pair: bool = True
    #: Inputs without which it cannot be written, by name.
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: Whether a command needs it.
    required: bool = False
    #: Whether `write` takes ``inputs`` and ``asked`` too, as `Result.save` does, and writes the
    #: provenance beside it as JSON.
    provenance: bool = False


#: Data, attributes and the kind of a layer of napari.
LayerData = tuple[AnyArray, dict[str, Any], str]


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """What an analysis found.

    Attributes
    ----------
    analysis : Analysis
        Its declaration.
    tables : mapping
        The tables by their names, which are those of the files that `save` writes; their columns
        are those of the schemas of the analysis.
    found : tuple
        The object that each row of the table was read from; None where there is none.
    remarks : mapping
        What the columns ``notes`` and, if there is one, ``warnings`` hold of each row, in pairs:
        the name of a column, or the code of a warning, and the text.
    inputs : AnalysisInputs
        The channels and all else that was given.
    options : Options
    """

    analysis: Analysis[Any, Any, Any]
    tables: Mapping[str, pd.DataFrame]
    found: tuple[Any, ...]
    remarks: Mapping[str, Sequence[Sequence[Note]]]
    inputs: AnalysisInputs
    options: Any

    @property
    def table(self) -> pd.DataFrame:
        """The main table."""
        return self.tables[self.analysis.main.name]

    @property
    def settings(self) -> dict[str, Any]:
        """The options and all else that numbers depend on, JSON-able."""
        record: dict[str, Any] = self.table.attrs["covoxel"]["options"]
        return record

    @property
    def file(self) -> str:
        """The first file that the channels were read from, or the name of the first channel."""
        first = self.channels[0]
        return first.name if first.source is None else str(first.source.path)

    @property
    def spacing(self) -> tuple[float, ...] | None:
        """Voxel size of the images in µm along each axis."""
        return self.channels[0].spacing

    @property
    def step(self) -> float:
        """Pixel size in the plane in µm, or 1 where it is unknown."""
        return 1.0 if self.spacing is None else min(self.spacing[-2:])

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels, before any registration."""
        return self.inputs.given

    def layers(self) -> list[LayerData]:
        """Return what can be shown in napari, as layer data: data, attributes and kind."""
        return self.analysis.layers(self)

    def figure(self) -> Figure:
        """Return a figure; that of the first pair of channels where each has one.

        Raises
        ------
        ValueError
            If there is nothing to draw.
        """
        figures = self.analysis.figures(self) if len(self.table) else iter(())
        for _, figure in figures:
            return figure
        msg = f"{self.analysis.name}: there is nothing to draw"
        raise ValueError(msg)

    def save(
        self,
        folder: str | Path,
        *,
        parquet: bool = False,
        overwrite: bool = False,
        inputs: Mapping[str, str | Path] | None = None,
        asked: Mapping[str, Any] | None = None,
    ) -> list[Path]:
        """Write the tables as CSV, each with its provenance as JSON, and what else belongs to them.

        Parameters
        ----------
        folder : str or Path
            It is made if it does not exist.
        parquet : bool
            Write the tables as Parquet too.
        overwrite : bool
            Replace files that exist.
        inputs : mapping, optional
            Files that were read besides the images, by their role, such as
            ``{"labels": "cells.tif"}``.
        asked : mapping, optional
            What else to record, JSON-able, such as the command.

        Returns
        -------
        list of Path
            The files that were written.

        Raises
        ------
        FileExistsError
            If a file exists and `overwrite` is not set; nothing is written then.
        """
        given: dict[str, Any] = {"parquet": parquet, "inputs": inputs, "asked": asked}
        return save_result(self, folder, self.channels, overwrite=overwrite, **given)

    def report(
        self,
        path: str | Path,
        *,
        overwrite: bool = False,
        inputs: Mapping[str, str | Path] | None = None,
        asked: Mapping[str, Any] | None = None,
    ) -> Path:
        """Write a page on the result: pictures, numbers, cautions, settings, methods to paste.

        It is one HTML file, which loads nothing from elsewhere. Parameters are those of `save`,
        and the file to write.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        FileExistsError
            If the file exists and `overwrite` is not set.
        """
        from covoxel.analysis.reporting.sections import write_report

        return write_report(self, path, overwrite=overwrite, inputs=inputs, asked=asked)

    def __repr__(self) -> str:
        return f"{self.analysis.title}\n{self.table!r}"

    def _repr_html_(self) -> str:
        from html import escape

        table: Any = self.table
        return f"<p>{escape(self.analysis.title)}</p>{table._repr_html_()}"


def save_result(
    result: Result,
    folder: str | Path,
    channels: Sequence[Channel],
    *,
    parquet: bool,
    overwrite: bool,
    inputs: Mapping[str, str | Path] | None,
    asked: Mapping[str, Any] | None,
) -> list[Path]:
    """Save a result as `Result.save` does; the provenance is that of `channels`."""
    from covoxel.core.files import refuse_existing
    from covoxel.io.results import result_files

    schemas, folder = result.analysis.tables, Path(folder)
    others = result.analysis.folder_files(channels, result.options)
    planned = [path for one in schemas for path in result_files(folder, one.name, parquet=parquet)]
    planned += [folder / name for name in others]
    refuse_existing(planned, overwrite=overwrite)
    folder.mkdir(parents=True, exist_ok=True)

    def write_others() -> None:
        for name, write in others.items():
            write(result, folder / name, overwrite=overwrite)

    def write_tables() -> None:
        from covoxel.analysis.provenance import provenance, sha256
        from covoxel.io.results import write_results

        kept: dict[str, Any] = {"parquet": parquet, "overwrite": overwrite}
        hashed = cache(sha256)
        for one in schemas:
            table = result.tables[one.name]
            record = provenance(table, channels, inputs, one.columns, asked, hashed)
            write_results(table, folder, name=one.name, provenance=record, **kept)

    steps = [write_tables, write_others]
    for write in reversed(steps) if result.analysis.lazy else steps:
        write()
    return planned
