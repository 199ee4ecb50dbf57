"""Measure: coefficients of regions, pairs of channels and time points."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

from covoxel.analysis.accepts import REGION_INPUTS, Accepts
from covoxel.analysis.analysis import Analysis, Printed
from covoxel.analysis.channels import frames_of, planes_of
from covoxel.analysis.function import function_of
from covoxel.analysis.inputs import AnalysisInputs
from covoxel.analysis.measure.options import MeasureOptions, Settings, resolve
from covoxel.analysis.measure.schema import (
    ALL_COLUMNS,
    BLEED_COLUMNS,
    MEASURES,
    REPLICATES,
    SIZE,
    SLOW_GROUPS,
)
from covoxel.analysis.measure.single_stain import bleed_of
from covoxel.analysis.result import OutputFile, Result, Writer, image_writer
from covoxel.analysis.schema import SHIFTS
from covoxel.analysis.tables import Table
from covoxel.core.progress import Steps
from covoxel.core.types import Note, Progress
from covoxel.image.channel import Channel
from covoxel.image.regions import Region
from covoxel.io.formats import IMAGE_ENDINGS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from covoxel.analysis.analysis import ListedLine
    from covoxel.analysis.measure.region_thresholds import FrameRegions
    from covoxel.analysis.measure.rows import Rows
    from covoxel.quality.caution import Caution
    from covoxel.thresholds.spec import Spec


#: The first columns of a wide table, as far as they were measured.
FIRST = (
    *("pixels", "pearson_before", "pearson", "pearson_p_fine"),
    *("tm1", "tm2", "tm1_own", "tm2_own", "spearman", "icq"),
    *("threshold1", "threshold2", "m1", "m2"),
)
_MEANING = {one.name: one.meaning for one in ALL_COLUMNS}


def circumstances(row: pd.Series[Any], notes: Sequence[Note]) -> Iterator[ListedLine]:
    """Yield what was measured and how, as far as it is not what it is by default."""
    reasons = dict(reversed(notes))
    for column in SIZE:
        if column.name in row and (column.name == "pixels" or row[column.name] > 0):
            yield column.name, row[column.name], _with_unit(column.name)
    for i in (1, 2):
        method = f"{row[f'threshold_method{i}']}, of the {row['threshold_scope']}"
        asked = row[f"threshold_method{i}"] != "none"
        reason = reasons.get(f"threshold{i}", "") if asked else ""
        meaning = f"Threshold of channel {i}: {method}{reason and f': {reason}'}"
        yield f"threshold{i}", row[f"threshold{i}"], meaning
    for i in (1, 2):
        method = row[f"background_method{i}"]
        if method != "none":
            yield f"background{i}", row[f"background{i}"], f"Background of channel {i}: {method}"
    like = ["like"] if row["like"] != "covoxel" else []
    for name in (*(one.name for one in BLEED_COLUMNS), *like, *(one.name for one in SHIFTS)):
        if name in row:
            yield name, row[name], _with_unit(name)


def _with_unit(name: str) -> str:
    unit = next(one.unit for one in ALL_COLUMNS if one.name == name)
    shown = unit if unit not in ("px", "intensity") else ""
    return f"{_MEANING[name]} [{shown}]" if shown else _MEANING[name]


#: All pixels as one region.
_EVERYTHING = Region(None, np.array([1], np.int64))


@dataclass(frozen=True, eq=False, repr=False)
class MeasureResult(Result):
    """Coefficients of each region, pair of channels and time point.

    Attributes
    ----------
    prepared : Settings
        The options, with every open choice made.
    """

    prepared: Settings

    @property
    def pairs(self) -> list[tuple[Channel, Channel]]:
        """The pairs of channels that were measured."""
        return list(combinations(self.channels, 2))

    def rows_of(self, pair: tuple[Channel, Channel]) -> pd.DataFrame:
        """Return the rows of a pair."""
        table, (first, second) = self.table, pair
        return table[(table["channel1"] == first.name) & (table["channel2"] == second.name)]

    def colocalized(self, *, intensities: bool = False) -> list[Channel]:
        """Return where both channels are above their thresholds, for each pair of channels.

        Parameters
        ----------
        intensities : bool
            Give the geometric mean of both intensities there, √(I₁ · I₂) as float32, not 255.

        Returns
        -------
        list of Channel
            Of the shape of the channels: 255 where both are above, within the regions, else 0,
            also where a threshold was not found. They are computed block by block as they are
            read.
        """
        from covoxel.analysis.measure.pictures import colocalized

        regions, settings = self.inputs.regions, self.prepared
        return [
            colocalized(self.rows_of(pair), settings, pair, regions, intensities=intensities)
            for pair in self.pairs
        ]

    def matrix(self, column: str = "pearson", **place: int) -> pd.DataFrame:
        """Return one measure of all pairs of channels as a matrix.

        Parameters are those of `covoxel.analysis.correlation_matrix`.
        """
        from covoxel.analysis.measure.matrix import correlation_matrix

        return correlation_matrix(self.table, column, **place)


def _mask_writer(place: int) -> Writer:
    return image_writer(lambda result: [result.colocalized()[place]])


class MeasureAnalysis(Analysis[MeasureOptions, "Rows", MeasureResult]):
    """Measure how two channels of an image are together.

    Returns
    -------
    MeasureResult
        Its ``table`` has one row for each region, pair of channels and time point, with the columns
        of `covoxel.analysis.measure.schema`. A value that is undefined is NaN, with its reason in
        ``notes``.

    Examples
    --------
    >>> import numpy as np
    >>> from covoxel import measure
    >>> rng = np.random.default_rng(0)
    >>> a = rng.poisson(100, (64, 64))
    >>> table = measure(a, a + rng.poisson(100, (64, 64)), measures="pearson,icq").table
    >>> [f"{value:.2f}" for value in table[["pearson", "icq"]].iloc[0]]
    ['0.72', '0.26']
    """

    name = "measure"
    function = "measure"
    title = "Coefficients of colocalization"
    page = "measures"
    widget = "Measure"
    progress_text = "measuring"
    options = MeasureOptions
    accepts = Accepts(per_plane=False, replicate1=True, replicate2=True)
    tables: ClassVar[tuple[Table, ...]] = (Table("measure", ALL_COLUMNS),)
    result = MeasureResult
    printed = Printed(
        settings=circumstances,
        results=("pearson_before", *(one.name for one in (*REPLICATES, *MEASURES))),
        first=FIRST,
        implied_units=("intensity",),
        headline=("pearson", "pearson_p_fine", "tm1", "tm2", "m1", "m2"),
    )
    methods = (
        "The colocalization of {channels} was measured by the coefficients defined below, with the "
        "thresholds {threshold1} and {threshold2} (of the {threshold_scope}) and the backgrounds "
        "{background1} and {background2}."
    )
    draws = "channels"
    files = (
        OutputFile(
            "save_mask",
            "File for where both channels are above their thresholds, NAME.tif or NAME.ome.zarr.",
            _mask_writer(0),
            IMAGE_ENDINGS,
        ),
        OutputFile(
            "save_intensities",
            "File for √(I₁ · I₂) where both channels are above their thresholds, likewise.",
            image_writer(lambda result: [result.colocalized(intensities=True)[0]]),
            IMAGE_ENDINGS,
        ),
    )
    shows_matrix = True
    shares_inputs = True
    folder_text = "folder for tables, masks, figures and provenance"

    def prepare(self, inputs: AnalysisInputs, options: MeasureOptions) -> Settings:
        """Make the open choices, and measure bleed-through where it is subtracted."""
        settings = resolve(options, inputs.region_names)
        shares = bleed_of(settings.bleed, inputs.given)
        return dataclasses.replace(
            settings,
            registration=inputs.registration,
            shares=shares,
            replicated=inputs.replicates is not None,
        )

    def units(
        self, inputs: AnalysisInputs, options: Settings, progress: Progress | None
    ) -> Iterator[FrameRegions]:
        """Yield the regions of each pair, group of frames, plane and pass over regions."""
        from covoxel.analysis.measure.data import MeasurementData, View
        from covoxel.analysis.measure.region_thresholds import FrameRegions, ImageThresholds

        grid, chosen = inputs.given[0], options.options
        frames = frames_of(grid, inputs.t, pool_time=chosen.pool_time)
        planes = planes_of(grid, inputs.z, per_plane=chosen.per_plane)
        passes = [inputs.regions.passes(grid, group) for group in frames]
        n_pairs = len(inputs.given) * (len(inputs.given) - 1) // 2
        steps = Steps(progress, n_pairs * len(planes) * sum(map(len, passes)))
        read = partial(MeasurementData, memory_budget=chosen.memory_budget, progress=steps)
        regional = options.threshold_scope == "region"
        walked = options.walks_costes() and not regional
        for raw in combinations(inputs.given, 2):
            first, second, in_place = options.prepared(raw)
            again = None if inputs.replicates is None else options.prepared(inputs.replicates)[:2]
            control, images = _control(raw), inputs.findings(raw)
            for group, regions in zip(frames, passes, strict=True):
                everything = View(first, second, _EVERYTHING, group)
                image = ImageThresholds(partial(read, everything, cells=walked), options, control)
                for plane, region in product(planes, regions):
                    view = View(first, second, region, group, plane)
                    data = read(view, cells=options.needs_cells())
                    if region.image is None and plane is None:
                        image.data = data
                    before = None
                    if in_place is not None:
                        before = read(dataclasses.replace(view, channel2=in_place), cells=False)
                    other = None
                    if again is not None:
                        other = dataclasses.replace(view, channel1=again[0], channel2=again[1])
                    yield FrameRegions(data, image, raw, before, images, other)
                    steps.next()

    def compute(self, unit: FrameRegions, options: Settings) -> Rows:
        """Return the rows of all regions."""
        from covoxel.analysis.measure.rows import frame_rows

        return frame_rows(unit, options)

    def rows(self, unit: FrameRegions, found: Rows, options: Settings) -> list[Rows]:
        """Return the rows of all regions together."""
        return [found]

    def empty_rows(self, unit: FrameRegions, error: ValueError, options: Settings) -> NoReturn:
        """Raise: regions have reasons of their own, and an error is the fault of the request."""
        raise error

    def finish(
        self,
        rows: Sequence[Rows],
        inputs: AnalysisInputs,
        options: Settings,
    ) -> MeasureResult:
        """Join the tables of all units."""
        from covoxel.analysis.measure.rows import table_of

        table, remarks = table_of(rows, inputs.given, options)
        found, tables = (None,) * len(table), {"measure": table}
        return MeasureResult(self, tables, found, remarks, inputs, options.options, options)

    def remarks(self, result: MeasureResult) -> list[str]:
        """Name the measures of uncertainty, where they were not chosen."""
        if any(column.group in SLOW_GROUPS for column in result.prepared.measures):
            return []
        return ["intervals and p-values: --measures default,significance"]

    def reports(self, caution: Caution, options: MeasureOptions) -> bool:
        """Return whether a caution matters: not of what is subtracted, or of unused offsets."""
        from covoxel.analysis.measure.rows import harmless_codes

        return caution.code not in harmless_codes(resolve(options))

    def figures(self, result: MeasureResult) -> Iterator[tuple[str, Figure]]:
        """Yield channels, histogram and numbers of each pair at the first time point."""
        for place, pair in enumerate(result.pairs):
            names = " and ".join(channel.name for channel in pair)
            yield f"{names}, and their joint histogram", _pair_figure(result, place)

    def settings(self, options: MeasureOptions, given: Collection[str] = ()) -> dict[str, Any]:
        """Return the record with every open choice made, as it is with these inputs."""
        return resolve(options, {*REGION_INPUTS}.intersection(given)).record

    def files_read(self, options: MeasureOptions) -> list[Path]:
        """Return the control files."""
        return list(resolve(options).controls().values())

    def folder_files(
        self, channels: Sequence[Channel], options: MeasureOptions
    ) -> dict[str, Writer]:
        """Return a figure for each pair, and a mask where there are thresholds."""
        masks = any(spec.kind != "none" for spec in resolve(options).threshold)
        numbers = list(combinations(range(1, len(channels) + 1), 2))
        files: dict[str, Writer] = {}
        for place, (i, j) in enumerate(numbers):
            stem = "measure" if len(numbers) == 1 else f"measure_{i}-{j}"
            if masks:
                files[f"{stem}_mask.ome.tif"] = _mask_writer(place)
            files[f"{stem}_figure.png"] = partial(_write_figure, place)
        return files


def _write_figure(place: int, result: MeasureResult, path: Path, *, overwrite: bool) -> None:
    from covoxel.report import save_figure

    save_figure(_pair_figure(result, place), path, overwrite=overwrite)


def _pair_figure(result: MeasureResult, place: int) -> Figure:
    from covoxel.analysis.measure.pictures import figure_of_rows

    pair, inputs = result.pairs[place], result.inputs
    rows = result.rows_of(pair)
    return figure_of_rows(rows, result.prepared, pair, inputs.regions, t=inputs.t, z=inputs.z)


def _control(raw: tuple[Channel, Channel]) -> Callable[[Spec, int], float]:
    """Return what reads the thresholds of control files for two channels, each once."""
    from covoxel.analysis.measure.single_stain import control_threshold

    return cache(lambda spec, number: control_threshold(spec, raw[number - 1], number))


MEASURE = MeasureAnalysis()
measure = function_of(MEASURE)
