"""Van Steensel's curves, and the correlograms of delays."""

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
from covoxel.report.grid import MOST_PANELS, Lines, lines_figure, panels_figure, row_names, say
from covoxel.report.theme import LIGHT, Theme

if TYPE_CHECKING:
    import pandas as pd

#: Colour and dashes of each curve; told apart in greys too.
_STYLES = {
    "x": ("#0072b2", "-"),
    "y": ("#d55e00", (0, (5, 1.5))),
    "z": ("#009e73", (0, (5, 1.5, 1, 1.5))),
    "radial": ("", (0, (1, 1))),
}
_OTHER = ("#cc79a7", "-")
_UP = "Pearson's r"
_BAND = 0.22
#: Share of a curve that a fit explains whose top is marked.
_EXPLAINED = 0.5


def steensel_axes(axes: Axes, curves: Mapping[str, VanSteensel], theme: Theme = LIGHT) -> None:
    """Draw curves over the displacement of channel 2, and mark where their fits have their tops.

    Parameters
    ----------
    axes : matplotlib Axes
        Where to draw.
    curves : mapping of str to VanSteensel
        By axis: ``"x"``, ``"y"``, ``"z"``, ``"radial"`` or a direction.
    theme : Theme
        Colours.
    """
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
    """Draw van Steensel's curves: a panel a region, or a line where there are many.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each curve.
    found : sequence of VanSteensel or None
        The curve of each row.

    Returns
    -------
    matplotlib Figure
        To be saved with `save_figure`.
    """
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


def _curve_lines(way: str, curves: Sequence[VanSteensel | None]) -> Lines:
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
    return Lines(way, place, values, marks)


def delay_axes(axes: Axes, found: Delay, theme: Theme = LIGHT) -> None:
    """Draw the correlation at each delay, what independent traces give, and the delay.

    Parameters
    ----------
    axes : matplotlib Axes
        Where to draw.
    found : Delay
        Of a single pair of traces.
    theme : Theme
        Colours.
    """
    axes.set(xlim=(found.lags[0], found.lags[-1]), ylim=(-1, 1))
    if not np.isfinite(found.curve).any():
        say(axes, next((text for _, text in found.notes), "not measured"), theme)
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
    """Draw correlation against delay: a panel a label, or a line where there are many.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each region.
    found : sequence of Delay
        The delay of each row.

    Returns
    -------
    matplotlib Figure
        To be saved with `save_figure`.
    """
    names, of = row_names(table)
    across = f"delay of channel 2 ({table['unit'].iloc[0]})"
    if len(found) > MOST_PANELS:
        values = np.stack([one.curve for one in found])
        marks = table[["delay_low", "delay", "delay_high"]].to_numpy()
        picture = Lines("", found[0].lags, values, marks)
        return lines_figure([picture], names, across, of, _UP, "delay, 95 %")
    draws = [partial(delay_axes, found=one) for one in found]
    titles = [f"{of} {name}".strip() for name in names]
    return panels_figure(draws, titles, across, _UP)
