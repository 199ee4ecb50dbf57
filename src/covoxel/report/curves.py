"""Figures of curves: distance profiles, van Steensel's curves, correlograms of delays, nulls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from covoxel.correlation.ccf_curve import VanSteensel
from covoxel.correlation.temporal_correlation import Delay
from covoxel.distance.record import Association
from covoxel.report.grid import (
    MOST_PANELS,
    GridCurves,
    lines_figure,
    panels_figure,
    row_names,
    write_centered,
)
from covoxel.report.theme import LIGHT, Theme
from covoxel.significance.shift_null import ShiftNull

if TYPE_CHECKING:
    import pandas as pd


#: Colour and dashes of each curve, which differ in greys too.
_STYLES = {
    "x": ("#0072b2", "-"),
    "y": ("#d55e00", (0, (5, 1.5))),
    "z": ("#009e73", (0, (5, 1.5, 1, 1.5))),
    "radial": ("", (0, (1, 1))),
}
_OTHER = ("#cc79a7", "-")
_UP = "Pearson's r"
#: Opacity of bands.
_BAND = 0.22
#: Share of a curve that a fit explains whose top is marked.
_EXPLAINED = 0.5
#: Points that are too many to be separate, and how far beyond a distance these are shown.
_MANY, _FAR = 300, 3.0
_CORRELATION, _PRODUCTS = "correlation", "intensity 1 × intensity 2"
_MARKED, _BLEED = "distance, 95 %", "bleed-through"


def steensel_axes(axes: Axes, curves: Mapping[str, VanSteensel], theme: Theme = LIGHT) -> None:
    """Draw curves over the displacement of channel 2, and mark where their fits have their tops."""
    axes.axhline(0, color=theme.ink, linewidth=0.5, alpha=0.5)
    axes.axvline(0, color=theme.ink, linewidth=0.5, alpha=0.5)
    for name, curve in curves.items():
        color, dashes = _STYLES.get(name, _OTHER)
        color = color or theme.ink
        label = name if name in _STYLES else f"along {name}"
        x = curve.displacement
        axes.plot(x, curve.correlation, color=color, linestyle=dashes, linewidth=1.2, label=label)
        if name != "radial" and _clear(curve):
            axes.plot(curve.offset, curve.peak, "v", color=color, markersize=4)


def _clear(curve: VanSteensel) -> bool:
    """Whether the curve has a top that is worth a mark."""
    low, high = curve.displacement[0], curve.displacement[-1]
    return curve.r_squared > _EXPLAINED and bool(low <= curve.offset <= high)


def ccf_figure(table: pd.DataFrame, found: Sequence[VanSteensel | None]) -> Figure:
    """Draw van Steensel's curves: a panel a region, or a line where there are many."""
    keys = ["channel1", "channel2", "t", "z", "label"]
    groups = list(table.groupby(keys, sort=False, dropna=False).indices.values())
    first = table.iloc[[places[0] for places in groups]]
    curves = [
        {
            table["axis"].iloc[place]: curve
            for place in places
            if (curve := found[place]) is not None
        }
        for places in groups
    ]
    names, of = row_names(first)
    across = f"displacement of channel 2 ({first['unit'].iloc[0]})"
    if len(curves) > MOST_PANELS:
        ways = dict.fromkeys(way for each in curves for way in each)
        pictures = [_curve_lines(way, [each.get(way) for each in curves]) for way in ways]
        return lines_figure(pictures, names, across, of, _UP, "top of the fit")
    draws = [partial(steensel_axes, curves=each) for each in curves]
    titles = [f"{of} {name}".strip() for name in names]
    return panels_figure(draws, titles, across, _UP)


def _curve_lines(way: str, curves: Sequence[VanSteensel | None]) -> GridCurves:
    place = max((c.displacement for c in curves if c is not None), key=np.size)
    if way == "radial":  # its points are about a pixel apart
        place = np.linspace(0, place[-1], place.size)
    values = np.full((len(curves), place.size), np.nan)
    marks = np.full((len(curves), 3), np.nan)
    for row, curve in enumerate(curves):
        if curve is not None:
            size = curve.correlation.size
            first = 0 if way == "radial" else (place.size - size) // 2
            values[row, first : first + size] = curve.correlation
            marks[row, 1] = curve.offset if way != "radial" and _clear(curve) else np.nan
    return GridCurves(way, place, values, marks)


def delay_axes(axes: Axes, found: Delay, theme: Theme = LIGHT) -> None:
    """Draw the correlation at each delay, what independent traces give, and the delay."""
    axes.set(xlim=(found.lags[0], found.lags[-1]), ylim=(-1, 1))
    if not np.isfinite(found.curve).any():
        write_centered(axes, next((text for _, text in found.notes), "not measured"), theme)
        return
    axes.axhline(0, color=theme.ink, linewidth=0.5, alpha=0.5)
    axes.axvline(0, color=theme.ink, linewidth=0.5, alpha=0.5)
    if math.isfinite(found.null):
        label = "independent traces, 95 %"
        axes.axhspan(-1, found.null, color=theme.ink, alpha=0.12, linewidth=0, label=label)
    axes.plot(
        found.lags,
        found.curve,
        color=theme.line,
        linewidth=1.2,
        marker="o",
        markersize=2,
        label="correlation",
    )
    if math.isfinite(found.delay):
        axes.axvspan(
            found.delay_low, found.delay_high, color=theme.accent, alpha=_BAND, linewidth=0
        )
        axes.axvline(found.delay, color=theme.accent, linewidth=1, label="delay, 95 %")


def delay_figure(table: pd.DataFrame, found: Sequence[Delay]) -> Figure:
    """Draw correlation against delay: a panel a label, or a line where there are many."""
    names, of = row_names(table)
    across = f"delay of channel 2 ({table['unit'].iloc[0]})"
    if len(found) > MOST_PANELS:
        values = np.stack([one.curve for one in found])
        marks = table[["delay_low", "delay", "delay_high"]].to_numpy()
        picture = GridCurves("", found[0].lags, values, marks)
        return lines_figure([picture], names, across, of, _UP, "delay, 95 %")
    draws = [partial(delay_axes, found=one) for one in found]
    titles = [f"{of} {name}".strip() for name in names]
    return panels_figure(draws, titles, across, _UP)


def association_axes(axes: Axes, found: Association | None, theme: Theme = LIGHT) -> None:
    """Draw the profile with its intervals, the null band, fit, baseline, and distances."""
    if found is None or not found.profile.distance.size:
        write_centered(axes, "not measured", theme)
        return
    profile = found.profile
    x = profile.distance
    axes.axhline(0, color=theme.ink, linewidth=0.5, alpha=0.5)
    if np.isfinite(profile.null_low).any():
        axes.fill_between(
            x,
            profile.null_low,
            profile.null_high,
            color=theme.ink,
            alpha=_BAND,
            linewidth=0,
            label="null displacements, 95 %",
        )
    known = np.isfinite(profile.low).any()
    axes.errorbar(
        x,
        profile.correlation,
        yerr=[profile.correlation - profile.low, profile.high - profile.correlation]
        if known
        else None,
        fmt="o",
        markersize=2.4 if x.size < _MANY else 1.0,
        color=theme.ink,
        elinewidth=0.6,
        label="profile, 95 %" if known else "profile",
    )
    if np.isfinite(profile.fit).any():
        axes.plot(x, profile.fit, color=theme.line, linewidth=1.3, label="fit")
        dashes = (0, (4, 3))
        axes.plot(
            x, profile.baseline, color=theme.line, linewidth=1, linestyle=dashes, label="baseline"
        )
    if np.nanmax(profile.bleed, initial=0) > 0:
        axes.plot(x, profile.bleed, color=theme.line, linewidth=1, linestyle=":", label=_BLEED)
    for component in found.components:
        low, high = component.distance_low, component.distance_high
        sure = math.isfinite(low) and math.isfinite(high)
        if sure:
            axes.axvspan(low, high, color=theme.accent, alpha=_BAND, linewidth=0)
        label = _MARKED if sure else "distance"
        # above the axis, which a distance of 0 lies on
        axes.axvline(component.distance, color=theme.accent, linewidth=1, label=label, zorder=3)
    end = x[-1] + 0.5 * (x[-1] - x[-2] if x.size > 1 else 1.0)
    if x.size >= _MANY and found.components:  # CCC goes on to the corner of the image
        end = min(end, _FAR * max(c.distance + 3 * c.spread for c in found.components))
    axes.set_xlim(0, end)


def association_line(found: Association | None) -> str:
    """Return the result in a line."""
    if found is None or not (found.components or found.associated is False):
        return "not measured"
    if not found.components:
        return "no association found"
    low, high = found.distance_low, found.distance_high
    text = f"{found.distance:.3g} {found.unit}"
    if math.isfinite(low) and high > low:
        digits = max(0, 1 - math.floor(math.log10(high - low)))
        text = f"{found.distance:.{digits}f} ({low:.{digits}f}–{high:.{digits}f}) {found.unit}"
    return text if len(found.components) == 1 else f"{text}, {len(found.components)} distances"


def distance_figure(
    table: pd.DataFrame, found: Sequence[Association | None], step: float
) -> Figure:
    """Draw the profiles of association distances: a panel a region, a line where there are many.

    `table`: one row for each region, or for each of its components.
    `found`: the association of each row.
    `step`: pixel size in the plane, in the unit of the table's lengths.

    Returns
    -------
    matplotlib Figure
        To be saved with `save_figure`.

    Examples
    --------
    >>> from covoxel import measure_distance, simulate_pair
    >>> pair = simulate_pair(shape=(96, 96), n_spots1=40)
    >>> result = measure_distance(pair.channel1, pair.channel2)
    >>> distance_figure(result.table, result.found, result.step).get_supxlabel()
    'distance (µm)'
    """
    single = (table["component"] == 1).to_numpy()
    rows = table[single]
    found = [one for one, first in zip(found, single, strict=True) if first]
    names, of = row_names(rows)
    up = _CORRELATION if rows["model"].iloc[0] in ("shell", "gaussian") else _PRODUCTS
    across = f"distance ({rows['unit'].iloc[0]})"
    if len(found) > MOST_PANELS:
        return lines_figure([_profile_lines(found, step)], names, across, of, up, _MARKED)
    titles = [
        f"{of} {name}: {association_line(one)}" for name, one in zip(names, found, strict=True)
    ]
    if len(found) > 1:
        titles = [title.replace(": ", "\n") for title in titles]
    draws = [partial(association_axes, found=one) for one in found]
    return panels_figure(draws, [title.strip() for title in titles], across, up)


def _profile_lines(found: Sequence[Association | None], step: float) -> GridCurves:
    """Return profiles, whose points are a pixel wide, as lines of a picture."""
    places = [
        np.zeros(0, int) if one is None else np.rint(one.profile.distance / step).astype(int)
        for one in found
    ]
    reach = max(place.max(initial=0) for place in places)
    values = np.full((len(found), reach + 1), np.nan)
    marks = np.full((len(found), 3), np.nan)
    for row, (one, place) in enumerate(zip(found, places, strict=True)):
        if one is not None:
            values[row, place] = one.profile.correlation
            marks[row] = one.distance_low, one.distance, one.distance_high
    return GridCurves("", np.arange(reach + 1) * step, values, marks)


_BINS = 60


def null_axes(axes: Axes, null: ShiftNull, theme: Theme = LIGHT) -> None:
    """Draw the distribution over the shifts, and the measured value as a line.

    `null`: with at least one shift.
    `theme`: colours.
    """
    reach = max(float(np.abs(null.shifted).max()), abs(null.excess)) * 1.05 or 1.0
    heights, edges = np.histogram(null.shifted, bins=_BINS, range=(-reach, reach))
    axes.stairs(
        heights / null.shifted.size, edges, fill=True, color=theme.ink, alpha=0.45, label="shifted"
    )
    axes.axvline(null.excess, color=theme.accent, linewidth=1.6, label="measured")
    axes.set_xlim(-reach, reach)
