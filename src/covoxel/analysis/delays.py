"""delay_channels: series of channel pairs × labels in, delays and their tables out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.delay_options import DelayOptions
from covoxel.analysis.delay_schema import DELAY_COLUMNS, DELAY_CURVE_COLUMNS, TRACE_COLUMNS
from covoxel.analysis.options import changed
from covoxel.analysis.regional import Compared, joined_notes, long_table, table_of_rows
from covoxel.analysis.registrations import Registrations
from covoxel.analysis.traces import joined, region_traces
from covoxel.core.progress import Steps
from covoxel.core.types import FloatArray, Progress
from covoxel.correlation.delay import Delay, delay
from covoxel.intensity.reading import NO_PIXELS
from covoxel.registration.record import Registration

if TYPE_CHECKING:
    import pandas as pd

_NO_STEP = "unit: the time step is unknown, delays are in frames"
_NUMBERS = ("delay", "delay_low", "delay_high", "correlation", "null")


@dataclass(frozen=True, slots=True, eq=False)
class Delays:
    """What `delay_channels` found.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a label; see `delay_channels`.
    curves : pandas.DataFrame
        The correlation at each delay that was looked at.
    traces : pandas.DataFrame
        Mean intensities over time.
    found : tuple of Delay
        The delay of each row.
    """

    table: pd.DataFrame
    curves: pd.DataFrame
    traces: pd.DataFrame
    found: tuple[Delay, ...]


def delay_channels(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    labels: Any = None,
    shapes: Sequence[Any] | None = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    z: int | None = None,
    per_z: bool = False,
    registration: Registration | Registrations | str | Path | None = None,
    options: DelayOptions | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> Delays:
    """Measure by how much channel 2 lags channel 1 in each label of a time series.

    Parameters
    ----------
    image1, image2 : array-like, Channel or napari layer
        Two channels on one grid, with a time axis; or a list of channels as `image1` alone, of
        which every pair is compared.
    mask : bool array-like, optional
        Where to look: of the shape of a frame, of its planes, or of the series.
    labels : array-like, optional
        One row a label: bool, integers or whole floats; 0 is outside. With a mask, pixels lie in
        both.
    shapes : sequence of (N, 2) array-like or napari Shapes layer, optional
        Instead of labels: polygons, a row each, vertices (y, x) in pixels. They may overlap.
    axes : str, optional
        Letters out of ``"TZYX"``; an array needs them to have a time axis.
    spacing : sequence of float, optional
        Voxel size in µm for each spatial axis; recorded, delays do not depend on it.
    z : int, optional
        One plane, from 0.
    per_z : bool
        Whether each plane makes a row of its own.
    registration : Registration, Registrations or path, optional
        What `covoxel.register` found or the file of a saved one: channel 2 is laid on channel 1
        first. What it does not cover is left out.
    options : DelayOptions, optional
        How far to look, and the time step.
    progress : callable, optional
        Called with (done, total); it may raise `Cancelled`.
    **changes
        Single options by name: ``time_step=2.5``, ``max_delay=60``, …

    Returns
    -------
    Delays
        Its tables have the columns of `covoxel.analysis.delay_schema`; NaN with the reason in
        ``notes`` where no delay stands out.

    Raises
    ------
    ValueError, TypeError
        If an option or an input is not as above, or there is one time point only; the message
        names it.

    Examples
    --------
    >>> light = np.random.default_rng(0).gamma(2, 50, (42, 1, 1)) * np.ones((42, 4, 4))
    >>> table = delay_channels(light[2:], light[:-2], axes="TYX", time_step=1.5).table
    >>> table[["delay", "unit"]].round(1).to_numpy().tolist()
    [[3.0, 's']]
    """
    options = changed(options or DelayOptions(), changes, "delay_channels")
    compared = Compared(
        image1,
        image2,
        mask=mask,
        labels=labels,
        shapes=shapes,
        axes=axes,
        spacing=spacing,
        z=z,
        per_z=per_z,
        registration=registration,
    )
    grid = compared.channels[0]
    if grid.n_frames < 2:
        msg = f"image1 has one time point (axes {grid.axes}); a series is needed"
        raise ValueError(msg)
    step = options.time_step or grid.time_step
    frames = range(grid.n_frames)
    passes = compared.regions.passes(grid, frames)
    todo = [piece for piece in compared.pieces if piece.t == 0]
    steps = Steps(progress, len(todo))
    rows: list[dict[str, Any]] = []
    found: list[Delay] = []
    curves: list[dict[str, Any] | None] = []
    traces: list[dict[str, Any] | None] = []
    for piece in todo:
        whole = piece.identity() | {"t": None} | compared.shift(frames, piece.z)
        pair = piece.channel1, piece.channel2
        seen = joined(region_traces(*pair, region, frames, piece.z, steps) for region in passes)
        steps.next()
        together = delay(
            seen.mean1,
            seen.mean2,
            time_step=step,
            max_delay=options.max_delay,
            detrend=options.detrend,
        )
        for number, label in enumerate(seen.ids.tolist()):
            one, means = _single(together, number), (seen.mean1[number], seen.mean2[number])
            found.append(one)
            rows.append(whole | {"label": label, "time_step": step} | _row(one, means))
            curves.append({"lag": one.lags, "correlation": one.curve})
            traces.append({"t": np.array(frames), "mean_1": means[0], "mean_2": means[1]})
    table = table_of_rows(rows, DELAY_COLUMNS, compared.settings(options.as_dict()))
    return Delays(
        table,
        long_table(table, curves, DELAY_CURVE_COLUMNS),
        long_table(table, traces, TRACE_COLUMNS),
        tuple(found),
    )


def _single(found: Delay, number: int) -> Delay:
    """Return one of several delays by itself."""
    numbers: dict[str, Any] = {name: float(getattr(found, name)[number]) for name in _NUMBERS}
    return replace(found, **numbers, curve=found.curve[number], notes=(found.notes[number],))


def _row(found: Delay, means: tuple[FloatArray, FloatArray]) -> dict[str, Any]:
    seen = found.notes if np.isfinite(means[0] + means[1]).any() else [f"delay: {NO_PIXELS}"]
    notes = [*seen, *([_NO_STEP] if found.unit == "frames" else [])]
    out: dict[str, Any] = {name: getattr(found, name) for name in (*_NUMBERS, "unit")}
    out["frames"] = int(np.isfinite(means[0] + means[1]).sum())
    return out | {"notes": joined_notes(notes)}
