"""How one channel lags the other in time, region by region, and an image of it; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.delay import delay_channels
from covoxel.analysis.delay_options import DelayOptions
from covoxel.core.types import FloatArray, Progress
from covoxel.correlation.delay import Delay
from covoxel.gui.centroids import row_positions
from covoxel.gui.choice import Choice, Inputs

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class DelayRun:
    """What a run found.

    Attributes
    ----------
    choice, inputs, options
        What was asked.
    apart : bool
        Whether each label was measured by itself.
    table : pandas.DataFrame
        One row a region.
    found : tuple of Delay
        The delay of each row.
    positions : (rows, axes) float array
        Where each row's region lies.
    image : float array or None
        On the grid of the labels, the delay of each; NaN elsewhere. None where there is none.
    """

    choice: Choice
    inputs: Inputs
    options: DelayOptions
    apart: bool
    table: pd.DataFrame
    found: tuple[Delay, ...]
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
    result = delay_channels(
        *inputs.channels, **regions, z=inputs.z, options=options, progress=progress
    )
    labels, known = regions.get("labels"), bool(result.table["delay"].notna().any())
    return DelayRun(
        choice,
        inputs,
        options,
        labels is not None,
        result.table,
        result.found,
        row_positions(result.table, inputs.channels[0], **regions),
        _painted(labels, result.table) if labels is not None and known else None,
    )


def _painted(labels: Any, table: pd.DataFrame) -> FloatArray:
    """Return the delay of the label at each pixel."""
    labels = np.asarray(labels)
    ids = table["label"].to_numpy(np.int64)
    values = np.append(table["delay"].to_numpy(np.float32), np.float32(np.nan))
    at = np.minimum(np.searchsorted(ids, labels), ids.size - 1)
    painted: FloatArray = values[np.where(ids[at] == labels, at, ids.size)]
    return painted
