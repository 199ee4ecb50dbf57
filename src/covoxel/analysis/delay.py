"""Delay: by how much channel 2 lags channel 1 in a time series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.accepts import Accepts
from covoxel.analysis.analysis import Analysis, Printed
from covoxel.analysis.analysis_inputs import SeriesRegions
from covoxel.analysis.delay_options import DelayOptions
from covoxel.analysis.delay_schema import (
    DELAY_COLUMNS,
    DELAY_CURVE_COLUMNS,
    DELAYS,
    TRACE_COLUMNS,
)
from covoxel.analysis.function import function_of
from covoxel.analysis.result import Result
from covoxel.analysis.schema import SHIFTS
from covoxel.analysis.tables import Row, Table
from covoxel.core.types import FloatArray
from covoxel.intensity.reading import NO_PIXELS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from covoxel.analysis.traces import Traces
    from covoxel.correlation.temporal_correlation import Delay

_NO_STEP = "unit: the time step is unknown, delays are in frames"
_NUMBERS = ("delay", "delay_low", "delay_high", "correlation", "null")


@dataclass(frozen=True, eq=False, repr=False)
class DelayResult(Result):
    """Delays; ``found`` holds the `Delay` of each row."""

    @property
    def curves(self) -> pd.DataFrame:
        """The correlation at each delay that was looked at."""
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
        Its tables have the columns of `covoxel.analysis.delay_schema`; NaN with the reason in
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
    widget = "Distance"
    progress_text = "following intensities"
    options = DelayOptions
    accepts = Accepts(t=False)
    unit = "series"
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
    )
    has_figure = True

    def compute(self, unit: SeriesRegions, options: DelayOptions) -> tuple[Traces, Delay]:
        """Follow the mean intensities of all regions, and correlate them."""
        from covoxel.analysis.traces import joined, region_traces
        from covoxel.correlation.temporal_correlation import delay

        piece = unit.piece
        pair = piece.channel1, piece.channel2
        traces = joined(
            region_traces(*pair, region, unit.frames, piece.z, unit.progress)
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
        self,
        unit: SeriesRegions,
        found: tuple[Traces, Delay] | ValueError,
        options: DelayOptions,
    ) -> Iterator[Row]:
        """Yield a row for each region."""
        if isinstance(found, ValueError):
            raise found
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

    def figure(self, result: DelayResult) -> Figure:
        """Draw traces and curves."""
        from covoxel.report.curves import delay_figure

        return delay_figure(result.table, result.found)


def _time_step(unit: SeriesRegions, options: DelayOptions) -> float | None:
    return options.time_step or unit.piece.channel1.time_step


def _single(found: Delay, number: int) -> Delay:
    """Return one of several delays by itself."""
    numbers: dict[str, Any] = {name: float(getattr(found, name)[number]) for name in _NUMBERS}
    return replace(found, **numbers, curve=found.curve[number], notes=(found.notes[number],))


def _values(found: Delay, means: tuple[FloatArray, FloatArray]) -> dict[str, Any]:
    out: dict[str, Any] = {name: getattr(found, name) for name in (*_NUMBERS, "unit")}
    return out | {"frames": int(np.isfinite(means[0] + means[1]).sum())}


def _notes(found: Delay, means: tuple[FloatArray, FloatArray]) -> list[str]:
    known = found.notes if np.isfinite(means[0] + means[1]).any() else [f"delay: {NO_PIXELS}"]
    return [*known, *([_NO_STEP] if found.unit == "frames" else [])]


DELAY = DelayAnalysis()
measure_delay = function_of(DELAY)
