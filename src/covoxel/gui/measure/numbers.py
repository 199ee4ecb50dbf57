"""The numbers below the histogram of the Measure widget, and what to know of them; no Qt."""

from __future__ import annotations

import numpy as np

from covoxel.gui.measure.measured import Measured
from covoxel.intensity.areas import areas_of
from covoxel.intensity.co_occurrence import manders_of
from covoxel.intensity.gates import gate
from covoxel.intensity.linear_correlation import pearson_of

_SHARES = ("tm1", "tm2", "tm1_own", "tm2_own")
#: Measures of Manders that are shown, and what they are expected to be by chance.
_MANDERS = (*_SHARES, *(f"{name}_chance" for name in _SHARES))
_AREAS = ("area_fraction1", "area_fraction2", "area_fraction_both")
_NAMES = ("pearson", "pearson_above", *_MANDERS, *_AREAS, "tos")


def live_numbers(run: Measured, threshold1: float, threshold2: float) -> dict[str, float]:
    """Return the thresholded measures of all regions as one; none without a histogram."""
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


def run_numbers(run: Measured) -> tuple[dict[str, float], str]:
    """Return the numbers of a result, and a remark on them.

    Where the thresholds differ from region to region, they are the medians of the regions.
    """
    remarks = []
    if run.rows.empty:
        return {}, "no region"
    if run.thresholds is None:
        known = [name for name in _NAMES if name in run.rows]
        numbers = {name: float(run.rows[name].median()) for name in known}
        remarks = [f"Medians of {len(run.rows)} regions, each with its own thresholds"]
    else:
        numbers = live_numbers(run, *run.thresholds)
    return numbers, "".join(f"{remark}. " for remark in [*remarks, *_missing(run)])


def _missing(run: Measured) -> list[str]:
    """Return in words where a threshold that was asked for was not found."""
    lost = run.rows["threshold1"].isna() | run.rows["threshold2"].isna()
    reasons = [
        reason.partition(": ")[2]
        for note in run.rows.loc[lost, "notes"]
        for reason in note.split("; ")
        if reason.startswith(("threshold1", "threshold2")) and "was asked for" not in reason
    ]
    if not reasons:
        return []
    where = "" if len(run.rows) == 1 else f" in {int(lost.sum())} of {len(run.rows)} regions"
    return [f"No thresholds{where}: {reasons[0]}"]
