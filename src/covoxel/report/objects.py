"""Figures of objects: how far they are from the nearest ones of the other channel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from covoxel.report.grid import MOST_PANELS, panels_figure, write_centered
from covoxel.report.theme import LIGHT, Theme

#: Stands for no plane, or no time point.
_NONE = -1
_MOST_BINS, _FEWEST_BINS = 40, 8


def distance_axes(axes: Axes, objects: pd.DataFrame, longest: float, theme: Theme = LIGHT) -> None:
    """Draw histograms of the distances to the nearest centre and edge, those of both channels."""
    known = objects["center_distance"].dropna()
    if known.empty:
        write_centered(axes, "no distances", theme)
        return
    bins = np.linspace(0, float(known.max()) or 1.0, _bins(len(known)))
    for number, color in ((1, theme.channel1), (2, theme.channel2)):
        own = objects[objects["channel"] == number]
        for column, dashes, what in (
            ("center_distance", "-", "centres"),
            ("edge_distance", ":", "edges"),
        ):
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


def objects_figure(objects: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """Draw the distances of the objects of each frame, a panel a frame; of many, of all."""
    unit = summary["unit"].dropna()
    across = f"distance to the nearest object ({unit.iloc[0] if len(unit) else 'px'})"
    groups: Sequence[tuple[str, pd.DataFrame]]
    if len(summary) > MOST_PANELS:
        groups = [(f"{len(summary)} frames", objects)]
    else:
        groups = [
            (_title(row, summary), objects[_of_frame(objects, row)])
            for _, row in summary.iterrows()
        ]
    longest = float(summary["max_distance"].iloc[0])
    draws = [partial(distance_axes, objects=rows, longest=longest) for _, rows in groups]
    return panels_figure(draws, [title for title, _ in groups], across, "objects")


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
