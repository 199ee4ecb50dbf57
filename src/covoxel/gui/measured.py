"""One run of the Measure widget: what it computed, and what a moved threshold changes; no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel._types import AnyArray, BoolArray, FloatArray, Progress
from covoxel.analysis.mask import colocalized
from covoxel.analysis.measure import measure
from covoxel.analysis.options import MeasureOptions
from covoxel.analysis.shapes import shape_passes
from covoxel.channel import Channel, Slices
from covoxel.gui.centroids import row_positions
from covoxel.gui.choice import Choice, Inputs
from covoxel.gui.labels_table import LabelsTable, labels_table
from covoxel.gui.results import mask_array
from covoxel.gui.warm_up import warm_up
from covoxel.intensity.areas import areas_of
from covoxel.intensity.blocks import as_region
from covoxel.intensity.gates import gate
from covoxel.intensity.histogram import JointHistogram, frame_histogram
from covoxel.intensity.manders import manders_of
from covoxel.intensity.pearson import pearson_of, regression_of
from covoxel.intensity.sums import class_sums

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Measured:
    """What a run computed.

    Attributes
    ----------
    choice, inputs, options
        What was asked.
    table : pandas.DataFrame
        The rows.
    histogram : JointHistogram
        Of the frame shown, all regions as one.
    by_region : JointHistogram or None
        Of the same frame, region by region; None where there is only one.
    line : (slope, intercept) or None
        The regression line of `histogram`.
    mask : uint8 array
        1 where both channels are above their thresholds.
    positions : (rows, axes) float array
        Where each row's region lies.
    labelled : LabelsTable or None
        The labels with the table, for one pair and one frame.
    """

    choice: Choice
    inputs: Inputs
    options: MeasureOptions
    table: pd.DataFrame
    histogram: JointHistogram
    by_region: JointHistogram | None
    line: tuple[float, float] | None
    mask: AnyArray
    positions: FloatArray
    labelled: LabelsTable | None

    @property
    def thresholds(self) -> tuple[float, float] | None:
        """The thresholds, where all rows of the frame share them."""
        rows = self.table[self.table["t"].isna() | (self.table["t"] == self.inputs.frame)]
        limits = [rows[f"threshold_{i}"].unique() for i in (1, 2)]
        if any(len(limit) != 1 for limit in limits):
            return None
        return float(limits[0][0]), float(limits[1][0])

    @property
    def backgrounds(self) -> tuple[float, float]:
        """The backgrounds of the first row; 0 where a filter took them off."""
        first = self.table.iloc[0]
        b1, b2 = float(first["background_1"]), float(first["background_2"])
        return (0.0 if np.isnan(b1) else b1), (0.0 if np.isnan(b2) else b2)


def measured(
    choice: Choice, inputs: Inputs, options: MeasureOptions, progress: Progress
) -> Measured:
    """Run a choice; meant for a thread, which also loads what the window will need."""
    warm_up()
    first, second = inputs.channels
    table = measure(
        first,
        second,
        **inputs.regions,
        t=inputs.t,
        z=inputs.z,
        options=options,
        progress=progress,
    )
    histogram = _frame(first, second, inputs, pooled_mask(inputs), None, progress)
    by_region = None
    if "labels" in inputs.regions:
        by_region = _frame(first, second, inputs, None, inputs.regions["labels"], progress)
    fit = regression_of(class_sums(histogram).select())
    line = None if fit.reason[0] else (float(fit.slope[0]), float(fit.intercept[0]))
    labels = inputs.regions.get("labels")
    return Measured(
        choice,
        inputs,
        options,
        table,
        histogram,
        by_region,
        line,
        mask_array(colocalized(table, first, second, **inputs.regions), progress),
        row_positions(table, first, **inputs.regions),
        None if labels is None else labels_table(table, labels, first),
    )


def pooled_mask(inputs: Inputs) -> Any:
    """Return one mask of all regions, None for the whole image."""
    if "shapes" in inputs.regions:
        shape = inputs.channels[0].spatial_shape
        passes = shape_passes(inputs.regions["shapes"], shape)
        return np.logical_or.reduce([region.image != 0 for region in passes])
    return inputs.regions.get("labels", inputs.regions.get("mask"))


def _frame(
    first: Channel,
    second: Channel,
    inputs: Inputs,
    mask: Any,
    labels: Any,
    progress: Progress | None,
) -> JointHistogram:
    region = as_region(
        mask,
        labels,
        first.spatial_shape,
        n_frames=first.n_frames,
        frames=[inputs.frame],
    )
    return frame_histogram(
        first, second, region, frames=[inputs.frame], z=inputs.z, progress=progress
    )


def live_numbers(run: Measured, threshold1: float, threshold2: float) -> dict[str, float]:
    """Return the thresholded measures of all regions as one, at moved thresholds."""
    sums = gate(1, threshold1, threshold2, *run.backgrounds).sums(run.histogram)
    shares, areas = manders_of(sums), areas_of(sums)
    found = {
        "pearson": pearson_of(sums.everything()).value,
        "pearson_above": pearson_of(sums.above()).value,
        "tm1": shares.tm1,
        "tm2": shares.tm2,
        "tm1_own": shares.tm1_own,
        "tm2_own": shares.tm2_own,
        "area_fraction_both": areas.fraction_both,
        "tos": areas.tos,
    }
    return {name: float(np.asarray(value)[0]) for name, value in found.items()}


def plane_values(run: Measured, t: int, z: int | None) -> tuple[AnyArray, AnyArray]:
    """Return both channels of one plane, (Y, X)."""
    first, second = run.inputs.channels
    where, shape = _plane(first, z), first.spatial_shape[-2:]
    return first.read(t, where).reshape(shape), second.read(t, where).reshape(shape)


def plane_above(
    run: Measured, t: int, z: int | None, threshold1: float, threshold2: float
) -> BoolArray:
    """Return where both channels of one plane are above moved thresholds, inside the regions."""
    first = run.inputs.channels[0]
    values1, values2 = plane_values(run, t, z)
    above = (values1 > threshold1) & (values2 > threshold2)
    mask = pooled_mask(run.inputs)
    region = as_region(mask, None, first.spatial_shape, n_frames=first.n_frames)
    inside = region.read(t, _plane(first, z))
    if inside is not None:
        above &= np.asarray(inside, np.bool_).reshape(above.shape)
    return np.asarray(above, np.bool_)


def _plane(channel: Channel, z: int | None) -> Slices:
    where = tuple(slice(0, size) for size in channel.spatial_shape)
    if len(where) > 2:
        return (slice(z or 0, (z or 0) + 1), *where[1:])
    return where
