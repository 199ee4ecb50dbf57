"""How one channel lags the other in time, region by region, and an image of it; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from covoxel.analysis.delay import DELAY, DelayOptions, DelayResult
from covoxel.core.types import AnyArray, FloatArray, Progress
from covoxel.gui.running.selection import Inputs, RunRecord, Selection
from covoxel.gui.running.sources import with_sources
from covoxel.gui.viewer.tables import row_positions

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class DelayRun(RunRecord):
    """What a run found.

    Attributes
    ----------
    apart : bool
        Whether each label was measured by itself.
    positions : (rows, axes) float array
        Where each row's region lies.
    image : float array or None
        The delay of each label where it lies, in the planes that were looked at; NaN elsewhere.
        None where there is none.
    """

    options: DelayOptions
    result: DelayResult
    apart: bool
    positions: FloatArray
    image: FloatArray | None

    @property
    def region_as(self) -> Literal["mask", "labels"]:
        """The argument that takes the region in copied lines."""
        return "labels" if self.apart else "mask"


def delays(
    selection: Selection,
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
    result = DELAY.run(
        *inputs.channels,
        **regions,
        z=inputs.z,
        per_plane=inputs.per_plane,
        options=options,
        progress=progress,
    )
    return DelayRun(
        selection,
        inputs,
        options,
        result,
        "labels" in regions,
        row_positions(result.table, inputs.channels[0], **regions),
        _painted(regions.get("labels"), result),
    )


def _painted(labels: Any, result: DelayResult) -> FloatArray | None:
    """Return the delay of the label at each pixel; None where there are no labels or delays."""
    table = result.table
    if labels is None or table["delay"].isna().all():
        return None
    labels = np.asarray(labels)
    if table["z"].isna().all():
        return _at_labels(labels, table)
    shape = (*labels.shape[:-3], *result.channels[0].spatial_shape)
    labels, painted = np.broadcast_to(labels, shape), np.full(shape, np.nan, np.float32)
    for z in table["z"].unique().tolist():
        painted[..., z, :, :] = _at_labels(labels[..., z, :, :], table[table["z"] == z])
    return painted


def _at_labels(labels: AnyArray, table: pd.DataFrame) -> FloatArray:
    """Return the delay of the label at each pixel."""
    ids = table["label"].to_numpy(np.int64)
    values = np.append(table["delay"].to_numpy(np.float32), np.float32(np.nan))
    at = np.minimum(np.searchsorted(ids, labels), ids.size - 1)
    painted: FloatArray = values[np.where(ids[at] == labels, at, ids.size)]
    return painted
