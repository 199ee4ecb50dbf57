"""Analysis: what is declared once, and from which function, command, form and table derive."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

from covoxel.analysis.accepts import Accepts
from covoxel.analysis.inputs import AnalysisInputs
from covoxel.analysis.options import Options, changed
from covoxel.analysis.result import LayerData, OutputFile, Result, Writer
from covoxel.analysis.schema import CHANCE, WARNINGS
from covoxel.analysis.tables import Row, Table, notes_of, table_of_points, table_of_rows
from covoxel.core.types import Note, Progress
from covoxel.image.channel import Channel
from covoxel.intensity.reading import NO_PIXELS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from covoxel.quality.caution import Caution
    from covoxel.quality.kind import Aspect

_Options = TypeVar("_Options", bound=Options)
_Found = TypeVar("_Found")
_Result_co = TypeVar("_Result_co", bound=Result, covariant=True)


#: Called with each unit before it is analysed, and with each unit and what was found in it.
Before = Callable[[Any], None] | None
After = Callable[[Any, Any], None] | None
#: A line of a list: name, value and meaning.
ListedLine = tuple[str, Any, str]


class NoPixels(ValueError):
    """A region without a finite pixel in both channels."""


@dataclass(frozen=True, slots=True)
class Printed:
    """The columns that a terminal shows, by name."""

    #: Listed with their meanings where there is one row; or what yields name, value and meaning of
    #: a row with its notes.
    settings: Sequence[str] | Callable[[pd.Series[Any], Sequence[Note]], Iterator[ListedLine]] = ()
    #: Listed after the settings.
    results: Sequence[str] = ()
    #: A wide table begins with these, followed by the results as far as there is room. What all
    #: rows share of them is printed below.
    first: Sequence[str] = ()
    #: All columns of a wide table, where these are others.
    wide: Sequence[str] = ()
    #: Settings that are not listed where they are 0.
    unless_zero: Sequence[str] = ()
    #: Units that the meanings imply, and that are not repeated behind them.
    implied_units: Sequence[str] = ()
    #: The columns that a sentence on the result names.
    headline: Sequence[str] = ()

    @property
    def main(self) -> tuple[str, ...]:
        """The columns of a wide table, without those that stand beside others."""
        main = self.wide or dict.fromkeys([*self.first, *self.results])
        return tuple(name for name in main if not name.endswith(CHANCE))


class Analysis(ABC, Generic[_Options, _Found, _Result_co]):
    """The declaration of an analysis.

    A subclass declares names, options, inputs and tables, computes one unit of the images, and
    reads rows from what was found. The docstring of the subclass is that of the public function,
    which gets the parameters from the declaration. `run` holds the only loop.
    """

    #: Name of the command, of the main table and of the form.
    name: ClassVar[str]
    #: The analysis whose command runs this one too, by the flag `mode`; see `option`.
    mode_of: ClassVar[str] = ""
    mode: ClassVar[Any] = None
    #: Name of the public function.
    function: ClassVar[str]
    title: ClassVar[str]
    #: Path of its page in the documentation, to which tooltips link.
    page: ClassVar[str] = ""
    #: Name of the widget in which its form stands; empty for a widget made from the declaration.
    widget: ClassVar[str] = ""
    #: Text of the progress bar.
    progress_text: ClassVar[str]
    options: type[_Options]
    accepts: ClassVar[Accepts] = Accepts()
    #: Whether `take` needs no options, so that several runs may share what it returns.
    shares_inputs: ClassVar[bool] = False
    #: One region of a frame, a frame (or plane), or a region in all frames.
    unit: ClassVar[Literal["region", "frame", "series"]] = "region"
    tables: ClassVar[tuple[Table, ...]]
    result: type[_Result_co]
    printed: ClassVar[Printed] = Printed()
    files: ClassVar[tuple[OutputFile, ...]] = ()
    #: Whether the first of the `figures` is a file that the command names.
    has_figure: ClassVar[bool] = False
    #: Whether a table of several pairs is also printed as a matrix.
    shows_matrix: ClassVar[bool] = False
    #: Whether a result is computed as its `folder_files` are written, so that these come first.
    lazy: ClassVar[bool] = False
    #: Whether a terminal shows `lines` in place of the table, and `records` as JSON.
    prints_lines: ClassVar[bool] = False
    #: Aspects of images that results depend on: rows report cautions that affect them. None where
    #: images are not checked here.
    aspects: ClassVar[tuple[Aspect, ...]] = ()
    #: What was done, as a sentence of a methods paragraph; in braces options and ``channels``.
    methods: ClassVar[str] = "What was analysed were {channels}."
    #: What `figures` draw: what is in the tables, the images too, or the very channels.
    draws: ClassVar[Literal["tables", "images", "channels"]] = "tables"
    #: Help of the flag for the folder that a command writes to.
    folder_text: ClassVar[str] = "folder for tables and provenance"

    @abstractmethod
    def compute(self, unit: Any, options: Any) -> _Found:
        """Analyse one unit; a ValueError becomes the reason in its row."""

    @abstractmethod
    def rows(self, unit: Any, found: _Found, options: Any) -> Iterable[Any]:
        """Read the rows of a unit, `Row`, from what was found."""

    def empty_rows(self, unit: Any, error: ValueError, options: Any) -> Iterable[Any]:
        """Return the rows of a unit in which nothing was found: one, with the reason.

        Where the error holds for every unit it is raised, see `raises`.
        """
        return [Row(unit.identity(), [(self.principal, str(error))])]

    def refuse(self, inputs: Any, options: _Options) -> None:
        """Raise where inputs and options do not fit, or need more memory than there is."""

    def prepare(self, inputs: Any, options: _Options) -> Any:
        """Return what `units`, `compute` and `rows` take as options, such as choices made once."""
        return options

    def one_channel(self, options: _Options) -> bool:
        """Whether one channel is enough, whose time points are analysed with the first of them."""
        return False

    def lines(self, result: Any) -> Iterable[str]:
        """Return what a terminal shows of a result where it `prints_lines`."""
        return ()

    def records(self, result: Any) -> Iterable[dict[str, Any]]:
        """Return what a terminal prints as JSON where it `prints_lines`."""
        return ()

    def listed(self, row: pd.Series[Any]) -> Sequence[str]:
        """Return the columns of results that a terminal lists where the table has one row."""
        return self.printed.results

    def remarks(self, result: Any) -> Iterable[str]:
        """Return lines that a terminal shows below the table."""
        return ()

    def layers(self, result: Any) -> list[LayerData]:
        """Return the layers of a result."""
        return []

    def figures(self, result: Any) -> Iterator[tuple[str, Figure]]:
        """Yield the figures of a result that has rows, with their titles."""
        return iter(())

    def found_in(self, tables: Mapping[str, pd.DataFrame]) -> Sequence[Any]:
        """Return what the rows of a table were read from, as far as the tables hold it."""
        return (None,) * len(tables[self.main.name])

    def settings(self, options: _Options, given: Collection[str] = ()) -> dict[str, Any]:
        """Return the record of options, with open choices made as far as images do not matter.

        Parameters
        ----------
        options : options of the analysis
        given : collection of str
            Names of inputs besides the images, on which choices may depend.
        """
        return options.as_dict()

    def files_read(self, options: _Options) -> Sequence[Path]:
        """Return the files that options name."""
        return ()

    def folder_files(self, channels: Sequence[Channel], options: _Options) -> Mapping[str, Writer]:
        """Return what is written into a folder besides the tables, by the name of the file."""
        return {}

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(type(self)) or "").partition("\n")[0]

    @property
    def principal(self) -> str:
        """The first column of results, where the reason for an empty row is noted."""
        return next(iter((*self.printed.headline, *self.printed.results, self.name)))

    @property
    def main(self) -> Table:
        """The table of which each row was read from one unit or a part of it."""
        return next(table for table in self.tables if not table.points)

    def run(
        self,
        image1: Any,
        image2: Any = None,
        *,
        options: _Options | None = None,
        progress: Progress | None = None,
        before: Before = None,
        after: After = None,
        **given: Any,
    ) -> _Result_co:
        """Analyse channels: every pair, time point, plane and region that is chosen.

        Parameters are those of the public function, and two by which a caller takes part in the
        loop, such as a widget that shows more than a table:

        before : callable, optional
            Called with each unit before it is analysed.
        after : callable, optional
            Called with each unit and what was found in it, or the ValueError.
        """
        taken = {name: given.pop(name) for name in self.accepts.names() if name in given}
        chosen = changed(options or self.options, given, self.function)
        inputs = self.take(image1, image2, chosen, **taken)
        return self.run_on(inputs, chosen, progress, before, after)

    def run_on(
        self,
        inputs: Any,
        options: _Options,
        progress: Progress | None = None,
        before: Before = None,
        after: After = None,
    ) -> _Result_co:
        """Analyse all units of inputs that `take` has returned."""
        self.refuse(inputs, options)
        setup = self.prepare(inputs, options)
        rows: list[Any] = []
        refused: list[ValueError] = []
        n_units = 0
        for unit in self.units(inputs, setup, progress):
            n_units += 1
            if before is not None:
                before(unit)
            found = self.attempt(unit, setup)
            if isinstance(found, ValueError) and not isinstance(found, NoPixels):
                refused.append(found)
            rows += self.rows_of(unit, found, inputs, setup)
            if after is not None:
                after(unit, found)
        if refused and len(refused) == n_units and self.raises(options):
            raise refused[0]  # what holds for every unit is the fault of the request
        return self.finish(rows, inputs, setup)

    def attempt(self, unit: Any, options: Any) -> _Found | ValueError:
        """Analyse one unit; return the error that is the reason where nothing is found."""
        if getattr(unit, "empty", False):
            return NoPixels(NO_PIXELS)
        try:
            return self.compute(unit, options)
        except ValueError as error:
            return error

    def rows_of(
        self, unit: Any, found: _Found | ValueError, inputs: Any, options: Any
    ) -> Iterator[Any]:
        """Yield the rows of a unit, with the cautions on its images that it `reports`."""
        rows: Iterable[Any]
        if isinstance(found, ValueError):
            rows = self.empty_rows(unit, found, options)
        else:
            rows = self.rows(unit, found, options)
        if not self.aspects:
            yield from rows
            return
        cautions = inputs.cautions(getattr(unit, "frame_pair", unit))
        warnings = [(one.code, one.message) for one in cautions if self.reports(one, options)]
        for row in rows:
            yield replace(row, warnings=warnings)

    def reports(self, caution: Caution, options: Any) -> bool:
        """Return whether rows report a caution."""
        return not caution.affects.isdisjoint(self.aspects)

    def take(self, image1: Any, image2: Any, options: _Options, **given: Any) -> Any:
        """Check the inputs."""
        drift = self.one_channel(options)
        return AnalysisInputs(image1, image2, accepts=self.accepts, drift=drift, **given)

    def units(self, inputs: Any, options: Any, progress: Progress | None) -> Iterator[Any]:
        """Yield what `compute` takes, one by one."""
        loops = {"region": "region_pairs", "frame": "frames", "series": "series"}
        units: Iterator[Any] = getattr(inputs, loops[self.unit])(progress)
        return units

    def raises(self, options: _Options) -> bool:
        """Whether an error that holds for every unit is raised instead of noted."""
        return True

    def record(self, inputs: Any, options: Any) -> dict[str, Any]:
        """Return a JSON-able record of all that numbers depend on besides the images."""
        record: dict[str, Any] = inputs.settings(options.as_dict())
        return record

    def finish(
        self,
        rows: Sequence[Any],
        inputs: Any,
        options: Any,
    ) -> _Result_co:
        """Return rows as a result."""
        notes = tuple(notes_of(row, inputs) for row in rows)
        main = table_of_rows(rows, notes, self.main.columns, self.record(inputs, options))
        tables = {
            one.name: table_of_points(main, [row.points.get(one.name) for row in rows], one.columns)
            if one.points
            else main
            for one in self.tables
        }
        found = tuple(row.found for row in rows)
        remarks: dict[str, Any] = {"notes": notes}
        if WARNINGS in self.main.columns:
            remarks["warnings"] = tuple(row.warnings for row in rows)
        return self.result(self, tables, found, remarks, inputs, options)

    def check_file(self, name: str, options: _Options) -> None:
        """Raise where options do not allow one of the `files`."""
