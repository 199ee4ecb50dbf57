"""SuperPlot: every cell, the means of replicates, and each group's mean with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import stdtrit

from covoxel.report.grid import dress
from covoxel.report.theme import LIGHT, Theme, fixed_style, literal
from covoxel.significance.groups import MIN_REPLICATES

if TYPE_CHECKING:
    import pandas as pd

#: Colours that differ in greys too, and the markers of replicates beyond them.
_COLORS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999")
_MARKERS = "os^Dv<>"
#: Width over which the cells of a group are spread.
_SPREAD = 0.32


def superplot(
    cells: pd.DataFrame,
    replicates: pd.DataFrame,
    comparisons: pd.DataFrame,
    value: str,
) -> Figure:
    """Draw groups side by side.

    `cells`, `replicates`, `comparisons`: `cells`, `replicates` and `table` of a `GroupComparison`.
    `value`: what is compared.

    Returns
    -------
    matplotlib.figure.Figure
        Small points are cells, large ones the means of replicates; a bar is the mean of a group,
        with its 95 % interval from the means of replicates.
    """
    n_groups = replicates["group"].nunique()
    with fixed_style():
        figure = Figure(figsize=(1.6 + 1.1 * n_groups, 3.4), layout="constrained", dpi=150)
        axes = figure.add_subplot()
        superplot_axes(axes, cells, replicates)
        dress(axes, LIGHT)
        axes.set_ylabel(literal(value))
        axes.set_title(caption(comparisons), color=LIGHT.ink)
    return figure


def superplot_axes(
    axes: Axes, cells: pd.DataFrame, replicates: pd.DataFrame, theme: Theme = LIGHT
) -> None:
    """Draw groups side by side into axes, which `superplot` labels."""
    names = list(dict.fromkeys(replicates["group"]))
    repeats = list(dict.fromkeys(replicates["replicate"]))
    rng = np.random.default_rng(0)
    for place, name in enumerate(names):
        own = cells[cells["group"] == name]
        means = replicates[replicates["group"] == name]
        order = np.argsort(own.groupby("replicate", sort=False).ngroup(), kind="stable")
        own = own.iloc[order]
        x = place + rng.uniform(-_SPREAD, _SPREAD, len(own))
        colors = [_COLORS[repeats.index(one) % len(_COLORS)] for one in own["replicate"]]
        axes.scatter(x, own["value"], s=7, color=colors, alpha=0.45, linewidths=0)
        _draw_means(axes, place, means, repeats, theme)
        middle, n = means["mean"].mean(), len(means)
        axes.hlines(middle, place - 0.4, place + 0.4, color=theme.ink, linewidth=1.2, zorder=2)
        if n >= MIN_REPLICATES:
            half = stdtrit(n - 1, 0.975) * means["mean"].std() / np.sqrt(n)
            axes.errorbar(place, middle, half, color=theme.ink, linewidth=1.2, capsize=8, zorder=2)
    axes.set_xticks(range(len(names)), [literal(name) for name in names])
    axes.set_xlim(-0.6, len(names) - 0.4)


def _draw_means(
    axes: Axes, place: int, means: pd.DataFrame, repeats: list[object], theme: Theme
) -> None:
    """Draw the means of a group's replicates side by side, those of a marker at once."""
    offsets = np.linspace(-0.5, 0.5, len(means)) * _SPREAD if len(means) > 1 else np.zeros(1)
    numbers = np.array([repeats.index(one) for one in means["replicate"]])
    for marker in np.unique(numbers // len(_COLORS)):
        own = numbers // len(_COLORS) == marker
        axes.scatter(
            place + offsets[own],
            means["mean"][own],
            s=46,
            color=[_COLORS[number % len(_COLORS)] for number in numbers[own]],
            marker=_MARKERS[marker % len(_MARKERS)],
            edgecolors=theme.ink,
            linewidths=0.8,
            zorder=3,
        )


def caption(comparisons: pd.DataFrame) -> str:
    """Return the p-value of one pair, or how many of several are significant."""
    p = comparisons["p_adjusted"]
    if len(p) == 1:
        only = p.iloc[0]
        if np.isnan(only):
            return "no test: too few replicates"
        return "p < 0.001" if only < 0.001 else f"p = {only:.3f}"
    return f"{int((p < 0.05).sum())} of {len(p)} pairs differ (p < 0.05, adjusted)"
