"""One run of the Measure widget: results, and the mask and numbers of moved thresholds; no Qt."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.measure.analysis import MEASURE, MeasureResult
from covoxel.analysis.measure.data import MeasurementData, View, pooled
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.analysis.measure.region_thresholds import FrameRegions
from covoxel.core.text import probability
from covoxel.core.types import AnyArray, BoolArray, Progress
from covoxel.gui.measure.preload import preload
from covoxel.gui.running.selection import Inputs, RunRecord, Selection
from covoxel.gui.running.sources import with_sources
from covoxel.gui.viewer.layers import mask_array
from covoxel.gui.viewer.tables import LabelsTable, labels_table
from covoxel.image.channel import Channel, Slices, whole_array
from covoxel.image.regions import as_region
from covoxel.intensity.areas import areas_of
from covoxel.intensity.co_occurrence import manders_of
from covoxel.intensity.gates import gate
from covoxel.intensity.histogram import JointHistogram, frame_histogram
from covoxel.intensity.linear_correlation import pearson_of, regression_of
from covoxel.intensity.sums import class_sums

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.report import Density


@dataclass(frozen=True, eq=False)
class MeasureRun(RunRecord):
    """Request and results of a run."""

    options: MeasureOptions
    result: MeasureResult
    #: The channels of `inputs`, without a background that a filter has subtracted.
    channels: tuple[Channel, Channel]
    #: All regions of the frame in view; None if it does not fit into memory.
    histogram: JointHistogram | None
    #: The same by region; None for the whole image.
    by_region: JointHistogram | None
    #: The binned `histogram`.
    density: Density | None
    #: Its regression line.
    line: tuple[float, float] | None
    #: 1 where both channels are above their thresholds.
    mask: AnyArray
    #: The labels with the table, for one pair and one frame.
    labelled: LabelsTable | None

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows of the frame in view."""
        return self.table[self.table["t"].isna() | (self.table["t"] == self.inputs.frame)]

    @property
    def view(self) -> str:
        """The time point in view in words; empty where all are pooled."""
        return "" if self.options.pool_time and self.inputs.t is None else self.inputs.view

    @cached_property
    def thresholds(self) -> tuple[float, float] | None:
        """The thresholds, if all rows of the frame share them."""
        one, other = self.shared
        return None if one is None or other is None else (one, other)

    @cached_property
    def shared(self) -> tuple[float | None, float | None]:
        """The threshold of each channel, if all rows of the frame share it."""
        first, second = (self.rows[f"threshold{i}"].unique() for i in (1, 2))
        return (
            float(first[0]) if len(first) == 1 else None,
            float(second[0]) if len(second) == 1 else None,
        )

    @cached_property
    def usual(self) -> tuple[float, float]:
        """The median threshold of each channel; infinite without any."""
        one, other = (self.rows[f"threshold{i}"].median() for i in (1, 2))
        return np.inf if np.isnan(one) else one, np.inf if np.isnan(other) else other

    @cached_property
    def numbers(self) -> dict[str, float]:
        """The thresholded measures of all regions pooled; empty without common thresholds."""
        return {} if self.thresholds is None else live_numbers(self, *self.thresholds)

    @property
    def backgrounds(self) -> tuple[float, float]:
        """The backgrounds of the first row; 0 where a filter has subtracted them."""
        b1, b2 = self.table[["background1", "background2"]].iloc[0].fillna(0)
        return float(b1), float(b2)

    def intensities(self) -> AnyArray:
        """Return the intensities of colocalized pixels, all of them; for a thread."""
        return whole_array(self.result.colocalized(intensities=True)[0].data)


def run_measure(
    selection: Selection, inputs: Inputs, options: MeasureOptions, progress: Progress
) -> MeasureRun:
    """Measure, and prepare what the window shows; runs in a thread."""
    preload()
    inputs = with_sources(inputs)
    first = inputs.channels[0]
    result, read = _run(inputs, options, progress)
    labels = inputs.regions.get("labels")
    run = MeasureRun(
        selection,
        inputs,
        options,
        result,
        channels=(read[0].view.channel1, read[0].view.channel2),
        **_histograms(read, inputs, progress),
        mask=mask_array(result.colocalized()[0], progress),
        labelled=None if labels is None else labels_table(result.table, labels, first),
    )
    _ = run.positions, run.numbers  # takes long where there are as many cells as pixels
    return run


def at_time(run: MeasureRun, t: int, progress: Progress) -> MeasureRun:
    """Return a run of a series with the histogram of another time point; runs in a thread."""
    inputs = replace(run.inputs, shown=t)
    options = replace(run.options, measures=("pearson",))  # its table is not shown
    _, read = _run(replace(inputs, t=t, replicates={}), options, progress)
    run = replace(run, inputs=inputs, **_histograms(read, inputs, progress))
    _ = run.numbers
    return run


def _run(
    inputs: Inputs, options: MeasureOptions, progress: Progress
) -> tuple[MeasureResult, list[MeasurementData]]:
    """Measure, and return the result with the data of the frame in view."""
    read: list[MeasurementData] = []

    def hold(unit: FrameRegions) -> None:
        if inputs.frame in unit.data.view.frames:
            read.append(unit.data)
            with suppress(MemoryError):
                _ = unit.data.histogram  # even if the measures do not need it

    result = MEASURE.run(
        *inputs.channels,
        **inputs.given(MEASURE),
        options=options,
        progress=progress,
        before=hold,
    )
    return result, read


def _histograms(read: list[MeasurementData], inputs: Inputs, progress: Progress) -> dict[str, Any]:
    """Return the attributes of `MeasureRun` about the histogram of the frame in view."""
    from covoxel.report import density

    try:
        found = read[0].histogram if len(read) == 1 else None
        if found is None or (found.spilled and found.regions.size > 1):
            whole = _counted(read[0].view, inputs, progress)
        else:
            whole = found if found.regions.size == 1 else pooled(found)
    except MemoryError:
        return dict.fromkeys(("histogram", "by_region", "density", "line"))
    return {
        "histogram": whole,
        "by_region": found if inputs.regions else None,  # None where regions overlap, too
        "density": density(whole),
        "line": _line(whole),
    }


def _counted(view: View, inputs: Inputs, progress: Progress) -> JointHistogram:
    """Return the histogram of all regions, in which overlaps count once."""
    first, frames = view.channel1, list(view.frames)
    mask = inputs.pooled_mask()
    region = as_region(mask, None, first.spatial_shape, n_frames=first.n_frames, frames=frames)
    return frame_histogram(
        first, view.channel2, region, frames=frames, z=inputs.z, progress=progress
    )


def _line(histogram: JointHistogram) -> tuple[float, float] | None:
    """Return the regression line, if it exists."""
    fit = regression_of(class_sums(histogram).select())
    return None if fit.reason[0] else (float(fit.slope[0]), float(fit.intercept[0]))


def region_density(run: MeasureRun, row: int) -> Density:
    """Return the histogram of the region of a row, in the bins of that of all regions."""
    from covoxel.report import density

    assert run.by_region is not None
    assert run.density is not None
    region = np.searchsorted(run.by_region.regions, run.table["label"].iloc[row])
    return density(run.by_region, region=int(region), like=run.density)


def plane_values(run: MeasureRun, t: int, z: int | None) -> tuple[AnyArray, AnyArray]:
    """Return both channels of one plane, (Y, X)."""
    first, second = run.channels
    where, shape = _plane(first, z), first.spatial_shape[-2:]
    return first.read(t, where).reshape(shape), second.read(t, where).reshape(shape)


def plane_above(
    run: MeasureRun, t: int, z: int | None, threshold1: float, threshold2: float
) -> BoolArray:
    """Return where both channels of one plane are above thresholds, inside the regions."""
    first = run.inputs.channels[0]
    values1, values2 = plane_values(run, t, z)
    above = (values1 > threshold1) & (values2 > threshold2)
    mask = run.inputs.pooled_mask()
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


_CORRECTED = ("pearson_corrected", "pearson_corrected_low", "pearson_corrected_high")
_SHARES = ("tm1", "tm2", "tm1_own", "tm2_own")
#: Measures of Manders, and their expected values by chance.
_MANDERS = (*_SHARES, *(f"{name}_chance" for name in _SHARES))
_AREAS = ("area_fraction1", "area_fraction2", "area_fraction_both")
_NAMES = ("pearson", "pearson_corrected", "pearson_above", *_MANDERS, *_AREAS, "tos")


def live_numbers(run: MeasureRun, threshold1: float, threshold2: float) -> dict[str, float]:
    """Return the thresholded measures of all regions pooled; empty without a histogram."""
    if run.histogram is None:
        return {}
    sums = gate(1, threshold1, threshold2, *run.backgrounds).sums(run.histogram)
    shares, areas = manders_of(sums), areas_of(sums)
    found = {
        "pearson": pearson_of(sums.everything()).value,
        "pearson_above": pearson_of(sums.above()).value,
        **{name: getattr(shares, name) for name in _MANDERS},
        "area_fraction1": areas.fraction1,
        "area_fraction2": areas.fraction2,
        "area_fraction_both": areas.fraction_both,
        "tos": areas.tos,
    }
    return {name: float(np.asarray(value)[0]) for name, value in found.items()}


def run_numbers(run: MeasureRun) -> tuple[dict[str, float], str]:
    """Return the numbers of a result, and a remark on them.

    Where the regions have different thresholds, the numbers are medians of the regions.
    """
    remarks = []
    if run.rows.empty:
        return {}, "no region"
    if run.thresholds is None:
        known = [name for name in _NAMES if name in run.rows]
        numbers = {name: float(run.rows[name].median()) for name in known}
        remarks = [f"Medians of {len(run.rows)} regions with their own thresholds"]
    else:
        numbers = run.numbers | intervals(run) | _tests(run)
    return numbers, "".join(f"{remark}. " for remark in [*remarks, *_missing(run)])


def intervals(run: MeasureRun) -> dict[str, float]:
    """Return the bounds of r, and r without noise, where one region was measured with them."""
    return _of_one_region(run, "pearson_low", "pearson_high", *_CORRECTED)


def _tests(run: MeasureRun) -> dict[str, float]:
    """Return the p-values of Manders' coefficients, likewise."""
    return _of_one_region(run, "tm1_p_shift", "tm2_p_shift")


def _of_one_region(run: MeasureRun, *names: str) -> dict[str, float]:
    if len(run.rows) != 1:
        return {}
    return {name: float(run.rows[name].iloc[0]) for name in names if name in run.rows}


def verdict(run: MeasureRun) -> str:
    """Return what the tests of the frame in view say, as a sentence; empty without tests."""
    if "pearson_p_fine" not in run.rows or run.rows.empty:
        return ""
    notes = [dict(run.result.remarks["notes"][place]) for place in run.rows.index.tolist()]
    p = run.rows["pearson_p_fine"]
    if len(notes) == 1:
        said = notes[0].get("significance") or f"no test: {notes[0].get('pearson_p_fine', '')}"
        shown = (
            f", p of the fine structures {probability(p.iloc[0])}" if np.isfinite(p.iloc[0]) else ""
        )
        return f"{said[0].upper()}{said[1:]}{shown}."
    tested = int(p.notna().sum())
    found = [one.get("significance", "").partition(";")[0] for one in notes]
    counts = [f"{found.count(word)} {word}" for word in ("associated", "segregated")]
    return f"Of {tested} tested, {' and '.join(counts)} (p_fine < 0.05)."


def _missing(run: MeasureRun) -> list[str]:
    """Return a sentence on requested thresholds that were not found."""
    lost = run.rows["threshold1"].isna() | run.rows["threshold2"].isna()
    rows = run.rows[lost]
    reasons = [
        text
        for place, row in zip(rows.index.tolist(), rows.to_dict("records"), strict=True)
        for column, text in run.result.remarks["notes"][place]
        if column in ("threshold1", "threshold2") and row[f"threshold_method{column[-1]}"] != "none"
    ]
    if not reasons:
        return []
    where = "" if len(run.rows) == 1 else f" in {int(lost.sum())} of {len(run.rows)} regions"
    return [f"No thresholds{where}: {reasons[0]}"]
