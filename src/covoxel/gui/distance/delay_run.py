"""How one channel lags the other in time, region by region, and an image of it; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.analysis.delay import DELAY, DelayResult
from covoxel.analysis.delay_options import DelayOptions
from covoxel.core.types import FloatArray, Progress
from covoxel.gui.centroids import row_positions
from covoxel.gui.choice import Choice, Inputs
from covoxel.gui.origin import with_sources


@dataclass(frozen=True, eq=False)
class DelayRun:
    """What a run found.

    Attributes
    ----------
    choice, inputs, options
        What was asked.
    apart : bool
        Whether each label was measured by itself.
    result : DelayResult
    positions : (rows, axes) float array
        Where each row's region lies.
    image : float array or None
        On the grid of the labels, the delay of each; NaN elsewhere. None where there is none.
    """

    choice: Choice
    inputs: Inputs
    options: DelayOptions
    apart: bool
    result: DelayResult
    positions: FloatArray
    image: FloatArray | None


def delays(
    choice: Choice,
    inputs: Inputs,
    options: DelayOptions,
    regions: dict[str, Any],
    progress: Progress,
) -> DelayRun:
    """Measure delays over all time points; meant for a thread.

    Parameters are those of `covoxel.gui.distance.run.distances`.

    Raises
    ------
    ValueError
        Where there is no series, or an option is out of range.
    """
    inputs = with_sources(inputs)
    result = DELAY.run(*inputs.channels, **regions, z=inputs.z, options=options, progress=progress)
    return DelayRun(
        choice,
        inputs,
        options,
        "labels" in regions,
        result,
        row_positions(result.table, inputs.channels[0], **regions),
        _painted(regions.get("labels"), result),
    )


def _painted(labels: Any, result: DelayResult) -> FloatArray | None:
    """Return the delay of the label at each pixel; None where there are no labels or delays."""
    ids = result.table["label"].to_numpy(np.int64)
    delays = result.table["delay"].to_numpy(np.float32)
    if labels is None or np.isnan(delays).all():
        return None
    labels, values = np.asarray(labels), np.append(delays, np.float32(np.nan))
    at = np.minimum(np.searchsorted(ids, labels), ids.size - 1)
    painted: FloatArray = values[np.where(ids[at] == labels, at, ids.size)]
    return painted
