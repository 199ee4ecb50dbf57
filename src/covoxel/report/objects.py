"""Figures of objects: how far they are from the nearest ones of the other channel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from covoxel.core.types import FloatArray
from covoxel.report.grid import MOST_PANELS, dress, panels_figure, write_centered
from covoxel.report.theme import LIGHT, Theme, fixed_style

#: Stands for no plane, or no time point.
_NONE = -1
_MOST_BINS, _FEWEST_BINS = 40, 8


#: Of each channel the nearest distances that chance gives, at equal steps of probability, and of
#: how many objects; several of either where frames are drawn together.
ByChance = Sequence[Sequence[tuple[FloatArray, int]]]


def distance_axes(
    axes: Axes,
    objects: pd.DataFrame,
    longest: float,
    by_chance: ByChance = ((), ()),
    theme: Theme = LIGHT,
) -> None:
    """Draw histograms of the distances to the nearest centre and edge, those of both channels.

    Beside them is how many centres chance puts into each bin.
    """
    known = objects["center_distance"].dropna()
    if known.empty:
        write_centered(axes, "no distances", theme)
        return
    bins = np.linspace(0, float(known.max()) or 1.0, _bins(len(known)))
    drawn = [("center_distance", "-", "centres"), ("edge_distance", ":", "edges")]
    if objects["size"].isna().all():  # points have no edges
        drawn = drawn[:1]
    middle = (bins[1:] + bins[:-1]) / 2
    for number, color in ((1, theme.channel1), (2, theme.channel2)):
        expected = np.zeros(len(middle))
        for distances, n in by_chance[number - 1]:
            steps = (np.arange(len(distances)) + 0.5) / len(distances)
            expected += n * np.diff(np.interp(bins, distances, steps, left=0, right=1))
        if expected.any():
            label = "" if "chance" in axes.get_legend_handles_labels()[1] else "chance"
            axes.plot(middle, expected, color=color, linestyle="--", linewidth=1, label=label)
        own = objects[objects["channel"] == number]
        for column, dashes, what in drawn:
            axes.hist(
                own[column].dropna(),
                bins.tolist(),
                histtype="step",
                color=color,
                linestyle=dashes,
                label=f"channel {number}, {what}",
            )
    axes.axvline(longest, color=theme.accent, linewidth=1, label="longest distance")
    axes.set_xlim(0, bins[-1])


def _bins(n: int) -> int:
    return int(np.clip(2 * np.sqrt(n), _FEWEST_BINS, _MOST_BINS)) + 1


def objects_figure(
    objects: pd.DataFrame, summary: pd.DataFrame, by_chance: Sequence[ByChance]
) -> Figure:
    """Draw the distances of the objects of each frame, a panel a frame; of many, of all.

    `by_chance` is that of each frame.
    """
    unit = summary["unit"].dropna()
    across = f"distance to the nearest object ({unit.iloc[0] if len(unit) else 'px'})"
    groups: Sequence[tuple[str, pd.DataFrame, ByChance]]
    if len(summary) > MOST_PANELS:
        joined = [[pair for each in by_chance for pair in each[number]] for number in (0, 1)]
        groups = [(f"{len(summary)} frames", objects, joined)]
    else:
        groups = [
            (_title(row, summary), objects[_of_frame(objects, row)], chance)
            for (_, row), chance in zip(summary.iterrows(), by_chance, strict=True)
        ]
    longest = float(summary["max_distance"].iloc[0])
    draws = [
        partial(distance_axes, objects=rows, longest=longest, by_chance=chance)
        for _, rows, chance in groups
    ]
    return panels_figure(draws, [title for title, _, _ in groups], across, "objects")


def cross_k_axes(axes: Axes, curve: pd.DataFrame) -> None:
    """Draw Besag's L less the distance, and its global envelope."""
    r = curve["distance"].to_numpy()
    axes.axhline(0, color=LIGHT.ink, linewidth=0.5, alpha=0.5)
    if curve["l_low"].notna().any():
        low, high = (curve[name].to_numpy() - r for name in ("l_low", "l_high"))
        label = "chance, 95 %, all distances at once"
        axes.fill_between(r, low, high, color=LIGHT.ink, alpha=0.2, linewidth=0, label=label)
    axes.plot(r, curve["l"].to_numpy() - r, color=LIGHT.line, linewidth=1.3, label="L(r) − r")


def cross_k_figure(
    objects: pd.DataFrame,
    curves: pd.DataFrame,
    summary: pd.DataFrame,
    by_chance: Sequence[ByChance],
    at: int = 0,
) -> Figure:
    """Draw the distances of objects, and cross-K beside its envelope, of the frame of a row."""
    row = summary.iloc[at]
    unit = row["unit"]
    with fixed_style():
        figure = Figure(figsize=(6.3, 2.9), layout="constrained")
        left, right = figure.subplots(1, 2)
        own = objects[_of_frame(objects, row)]
        distance_axes(left, own, float(row["max_distance"]), by_chance[at])
        cross_k_axes(right, curves[_of_frame(curves, row)])
        left.set(xlabel=f"distance to the nearest object ({unit})", ylabel="objects")
        right.set(xlabel=f"r ({unit})", ylabel=f"L(r) − r ({unit})")
        for axes in (left, right):
            dress(axes, LIGHT)
            if axes.get_legend_handles_labels()[0]:
                axes.legend(frameon=False, fontsize=6)
        if len(summary) > 1:
            title = f"{_title(row, summary)} (of {len(summary)} frames)"
            figure.suptitle(title, fontsize=8)
        figure.draw_without_rendering()
    return figure


def _of_frame(objects: pd.DataFrame, row: pd.Series[Any]) -> pd.Series[bool]:
    """Return which objects are of a frame."""
    own = objects["channel1"].eq(row["channel1"]) & objects["channel2"].eq(row["channel2"])
    for name in ("t", "z"):
        at = _NONE if pd.isna(row[name]) else row[name]
        own &= objects[name].fillna(_NONE).eq(at)
    return own


def _title(row: pd.Series[Any], summary: pd.DataFrame) -> str:
    """Return what differs of a frame from the others."""
    pair = f"{row['channel1']} and {row['channel2']}"
    parts = [pair] if summary[["channel1", "channel2"]].drop_duplicates().shape[0] > 1 else []
    parts += [
        f"{name} {row[name]}" for name in ("t", "z") if summary[name].nunique(dropna=True) > 1
    ]
    return ", ".join(parts) or pair
