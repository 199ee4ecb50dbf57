"""Delay: by how much channel 2 lags channel 1 in a time series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.accepts import Accepts
from covoxel.analysis.analysis import Analysis, Printed
from covoxel.analysis.function import function_of
from covoxel.analysis.image_layers import image_layer, symmetric_look
from covoxel.analysis.inputs import SeriesRegions
from covoxel.analysis.options import Options, option
from covoxel.analysis.result import LayerData, Result
from covoxel.analysis.schema import IDENTITY, SHIFTS, WARNINGS, Column, of_both, record_columns
from covoxel.analysis.tables import Row, Table, found_in_points
from covoxel.core.checks import in_range
from covoxel.core.types import FloatArray, IntArray, Note, Progress
from covoxel.image.channel import Channel, frame_slices
from covoxel.image.regions import Region
from covoxel.intensity.blocks import Stream
from covoxel.intensity.reading import NO_PIXELS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from covoxel.correlation.temporal_correlation import Delay

_UNIT = Column("unit", "", "Unit of times: s, or frames where the time step is unknown")

DELAYS = (
    Column("delay", "s or frames", "Delay of channel 2 after channel 1"),
    Column("delay_low", "s or frames", "Lower end of its 95 % interval"),
    Column("delay_high", "s or frames", "Upper end of its 95 % interval"),
    Column("correlation", "", "Pearson's r of both traces at the delay"),
    Column("null", "", "95th percentile of r of independent traces of the same smoothness"),
)

DELAY_COLUMNS = (
    *IDENTITY,
    Column("frames", "", "Time points at which both channels have an intensity"),
    *DELAYS,
    _UNIT,
    Column("time_step", "s", "Time between frames"),
    *SHIFTS,
    WARNINGS,
    *record_columns("Why cells are empty"),
)

DELAY_CURVE_COLUMNS = (
    *IDENTITY,
    Column("delay", "s or frames", "Delay of channel 2 that is considered"),
    Column("correlation", "", "Pearson's r of both traces there"),
    _UNIT,
)

TRACE_COLUMNS = (
    *IDENTITY,
    *of_both("mean", "intensity", "Mean intensity of channel {} in the region"),
)


#: Times that are allowed, in seconds or frames.
_SHORTEST, _LONGEST = 1e-12, 1e12
_TIME = "s, or frames without time step"


@dataclass(frozen=True, kw_only=True)
class DelayOptions(Options):
    """Options of `measure_delay`."""

    time_step: float | None = option(
        None,
        "Time step",
        "time between frames; overrides that of the file",
        unit="s",
        low=0,
        empty="frames",
    )
    max_delay: float | None = option(
        None,
        "Longest delay",
        "longest delay to consider; by default a third of the series",
        unit=_TIME,
        low=0,
        empty="a third",
    )
    detrend: bool = option(
        True, "Detrend", "subtract a straight line from each trace, to remove bleaching"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("time_step", "max_delay"):
            if (value := getattr(self, name)) is not None:
                in_range(name, value, _SHORTEST, _LONGEST)


@dataclass(frozen=True, slots=True, eq=False)
class Traces:
    """Mean intensity of both channels in each region at each time point, (regions, frames).

    NaN where a region has no pixel that is finite in both channels.
    """

    ids: IntArray
    mean1: FloatArray
    mean2: FloatArray


def joined_traces(traces: Iterable[Traces]) -> Traces:
    """Return the traces of the regions of several passes as one, by label."""
    held = list(traces)
    ids = np.concatenate([one.ids for one in held])
    order = np.argsort(ids)
    mean1, mean2 = (
        np.concatenate(means)[order]
        for means in ([one.mean1 for one in held], [one.mean2 for one in held])
    )
    return Traces(ids[order], mean1, mean2)


def region_traces(
    channel1: Channel,
    channel2: Channel,
    region: Region,
    frames: Sequence[int],
    z: int | None = None,
    progress: Progress | None = None,
) -> Traces:
    """Return the mean intensities of regions; one block of one frame is in memory at a time."""
    shape = len(region.ids), len(frames)
    means = np.full((2, *shape), np.nan)
    for place, t in enumerate(frames):
        if progress is not None:
            progress(place, len(frames))
        count, sums = np.zeros(shape[0]), np.zeros((2, shape[0]))
        for block in Stream(channel1, channel2, region, (t,), z).blocks():
            values = (block.values1, block.values2)
            if block.region is None:
                count[:1] += values[0].size
                sums[:, 0] += [value.sum(dtype=np.float64) for value in values]
                continue
            index = block.region.astype(np.intp)
            count += np.bincount(index, minlength=shape[0])
            sums += [np.bincount(index, value, minlength=shape[0]) for value in values]
        np.divide(sums, count, out=means[:, :, place], where=count > 0)
    return Traces(region.ids, means[0], means[1])


_NO_STEP = ("unit", "the time step is unknown, delays are in frames")
_NUMBERS = ("delay", "delay_low", "delay_high", "correlation", "null")


@dataclass(frozen=True, eq=False, repr=False)
class DelayResult(Result):
    """Delays; ``found`` holds the `Delay` of each row."""

    @property
    def curves(self) -> pd.DataFrame:
        """The correlation at each delay that was considered."""
        return self.tables["delay_curve"]

    @property
    def traces(self) -> pd.DataFrame:
        """Mean intensities over time."""
        return self.tables["delay_trace"]


class DelayAnalysis(Analysis[DelayOptions, "tuple[Traces, Delay]", DelayResult]):
    """Measure by how much channel 2 is later than channel 1 in a time series.

    Returns
    -------
    DelayResult
        Its tables have the columns of `covoxel.analysis.delay`; NaN with the reason in
        ``notes`` where no delay stands out.

    Examples
    --------
    >>> import numpy as np
    >>> from covoxel import measure_delay
    >>> light = np.random.default_rng(0).gamma(2, 50, (42, 1, 1)) * np.ones((42, 4, 4))
    >>> table = measure_delay(light[2:], light[:-2], axes="TYX", time_step=1.5).table
    >>> table[["delay", "unit"]].round(1).to_numpy().tolist()
    [[3.0, 's']]
    """

    name = "delay"
    function = "measure_delay"
    title = "Delay"
    page = "measures/delay"
    widget = "Distance"
    progress_text = "following intensities"
    options = DelayOptions
    accepts = Accepts(t=False)
    unit = "series"
    aspects = ("correlation",)
    tables = (
        Table("delay", DELAY_COLUMNS),
        Table("delay_curve", DELAY_CURVE_COLUMNS, points=True),
        Table("delay_trace", TRACE_COLUMNS, points=True),
    )
    result = DelayResult
    printed = Printed(
        settings=("frames", "time_step", *(one.name for one in SHIFTS)),
        results=tuple(one.name for one in DELAYS),
        first=("delay", "delay_low", "delay_high", "correlation", "null", "frames", "unit"),
        headline=("delay", "correlation"),
    )
    methods = (
        "The delay between {channels} was measured by correlating the mean intensities of each "
        "region over time."
    )
    has_figure = True

    def compute(self, unit: SeriesRegions, options: DelayOptions) -> tuple[Traces, Delay]:
        """Follow the mean intensities of all regions, and correlate them."""
        from covoxel.correlation.temporal_correlation import delay

        frame_pair = unit.frame_pair
        pair = frame_pair.channel1, frame_pair.channel2
        traces = joined_traces(
            region_traces(*pair, region, unit.frames, frame_pair.z, unit.progress)
            for region in unit.regions
        )
        found = delay(
            traces.mean1,
            traces.mean2,
            time_step=_time_step(unit, options),
            max_delay=options.max_delay,
            detrend=options.detrend,
        )
        return traces, found

    def rows(
        self, unit: SeriesRegions, found: tuple[Traces, Delay], options: DelayOptions
    ) -> Iterator[Row]:
        """Yield a row for each region."""
        traces, together = found
        frames = np.array(unit.frames)
        for number, label in enumerate(traces.ids.tolist()):
            one, means = _single(together, number), (traces.mean1[number], traces.mean2[number])
            values = unit.identity() | {"label": label, "time_step": _time_step(unit, options)}
            points = {
                "delay_curve": {"delay": one.lags, "correlation": one.curve},
                "delay_trace": {"t": frames, "mean1": means[0], "mean2": means[1]},
            }
            yield Row(values | _values(one, means), _notes(one, means), one, points)

    def layers(self, result: DelayResult) -> list[LayerData]:
        """Return the delay of each label where it lies, an image for each pair of channels."""
        if "labels" not in result.inputs.region_names:
            return []
        grid = result.channels[0]
        (region,) = result.inputs.regions.passes(grid, range(grid.n_frames))
        pairs = [rows for _, rows in result.table.groupby(["channel1", "channel2"], sort=False)]
        return [_delay_layer(region, rows, grid) for rows in pairs if rows["delay"].notna().any()]

    def figures(self, result: DelayResult) -> Iterator[tuple[str, Figure]]:
        """Yield traces and curves."""
        from covoxel.report.curves import delay_figure

        title = "Correlation of both traces against the delay, and what independent ones give"
        yield title, delay_figure(result.table, result.found)

    def found_in(self, tables: Mapping[str, pd.DataFrame]) -> list[Delay | None]:
        """Return the delays with their correlograms."""
        return found_in_points(tables["delay"], tables["delay_curve"], _read_back)


def _read_back(rows: pd.DataFrame, points: pd.DataFrame) -> Delay:
    """Return a delay from its row and its correlogram."""
    from covoxel.correlation.temporal_correlation import Delay

    row = rows.iloc[0]
    return Delay(
        **{name: row[name] for name in (*_NUMBERS, "unit")},
        lags=points["delay"].to_numpy(),
        curve=points["correlation"].to_numpy(),
        notes=(),
    )


def _delay_layer(region: Region, rows: pd.DataFrame, grid: Channel) -> LayerData:
    """Return the delay of the label at each pixel, NaN where there is none."""
    flat = region.per_plane and rows["z"].isna().all()
    axes = grid.spatial_axes[1:] if flat else grid.spatial_axes
    shape = grid.spatial_shape[-len(axes) :]
    image = np.full((grid.n_frames if region.timed else 1, *shape), np.nan, np.float32)
    planes = rows["z"].to_numpy(np.int64, na_value=-1)
    for z in np.unique(planes).tolist():
        of_plane = rows[planes == z]
        delays = np.full(region.ids.size + 1, np.nan, np.float32)
        delays[1 + np.searchsorted(region.ids, of_plane["label"])] = of_plane["delay"]
        where = frame_slices(grid.spatial_shape, max(z, 0) if flat or z >= 0 else None)
        for t, frame in enumerate(image):
            target = frame if z < 0 else frame[z]
            target[...] = delays[region.read(t, where)].reshape(target.shape)
    first = rows.iloc[0]
    name = f"Delay of {first['channel1']} and {first['channel2']} ({first['unit']})"
    spacing = grid.spacing and grid.spacing[-len(axes) :]
    timed = "T" * region.timed
    data = image if timed else image[0]
    channel = Channel(data, timed + axes, spacing, grid.time_step if timed else None, name)
    return image_layer(channel, **symmetric_look(data))


def _time_step(unit: SeriesRegions, options: DelayOptions) -> float | None:
    return options.time_step or unit.frame_pair.channel1.time_step


def _single(found: Delay, number: int) -> Delay:
    """Return one of several delays by itself."""
    numbers: dict[str, Any] = {name: float(getattr(found, name)[number]) for name in _NUMBERS}
    return replace(found, **numbers, curve=found.curve[number], notes=found.notes[number])


def _values(found: Delay, means: tuple[FloatArray, FloatArray]) -> dict[str, Any]:
    out: dict[str, Any] = {name: getattr(found, name) for name in (*_NUMBERS, "unit")}
    return out | {"frames": int(np.isfinite(means[0] + means[1]).sum())}


def _notes(found: Delay, means: tuple[FloatArray, FloatArray]) -> list[Note]:
    known = found.notes if np.isfinite(means[0] + means[1]).any() else [("delay", NO_PIXELS)]
    return [*known, *([_NO_STEP] if found.unit == "frames" else [])]


DELAY = DelayAnalysis()
measure_delay = function_of(DELAY)
