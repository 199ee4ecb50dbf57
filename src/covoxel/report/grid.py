"""Figures of several panels that share their axes, and of rows too many for panels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from covoxel.core.types import FloatArray
from covoxel.report.scatter import short_name
from covoxel.report.theme import LIGHT, Theme, fixed_style, literal

if TYPE_CHECKING:
    import pandas as pd

#: More rows than these are drawn as lines of one picture.
MOST_PANELS = 12
#: Sizes in inches: width of a single panel and of several, height of one panel of either.
_SINGLE, _WIDTH, _HIGH, _LOW = 4.4, 6.3, 2.9, 1.7
_COLUMNS = 3
#: Height of a line in a picture of many, in inches, and bounds of the picture's.
_LINE, _LEAST, _MOST = 0.1, 1.6, 7.0
#: Most names beside the lines.
_NAMES = 12
_LEGEND: dict[str, Any] = {
    "loc": "outside upper center",
    "frameon": False,
    "fontsize": 7,
    "handlelength": 1.8,
}
_MARK: dict[str, Any] = {
    "marker": "o",
    "markersize": 3.2,
    "color": "black",
    "markerfacecolor": "white",
    "markeredgewidth": 0.9,
}


def panels_figure(
    draws: Sequence[Callable[[Axes], None]], names: Sequence[str], across: str, up: str
) -> Figure:
    """Draw panels that share their axes, with one legend above."""
    n = len(draws)
    columns = min(_COLUMNS, n)
    lines = math.ceil(n / columns)
    size = (_SINGLE, _HIGH) if n == 1 else (_WIDTH, 0.6 + _LOW * lines)
    with fixed_style():
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True).ravel()
        labels: dict[str, Artist] = {}
        for place, (axes, draw, name) in enumerate(zip(grid, draws, names, strict=False)):
            draw(axes)
            axes.set_title(name)
            dress(axes, LIGHT)
            # the last panel of a column has the tick labels, though the grid may go on
            axes.tick_params(labelbottom=place + columns >= n)
            handles, texts = axes.get_legend_handles_labels()
            labels |= dict(zip(texts, handles, strict=True))
        for axes in grid[n:]:
            axes.set_visible(False)
        figure.supxlabel(across, fontsize=8)
        figure.supylabel(up, fontsize=8)
        figure.legend(
            labels.values(),
            labels.keys(),
            ncols=5 if n > 1 else 4 if len(labels) < 5 else 3,
            **_LEGEND,
        )
        figure.draw_without_rendering()  # lays it out in the style that it is saved in
    return figure


def dress(axes: Axes, theme: Theme) -> None:
    """Give axes the colours of a theme, and leave out what frames nothing."""
    axes.set_facecolor(theme.background)
    axes.tick_params(colors=theme.ink)
    for side, spine in axes.spines.items():
        spine.set_color(theme.ink)
        spine.set_visible(side in ("left", "bottom"))


def write_centered(axes: Axes, text: str, theme: Theme) -> None:
    """Write in the middle of axes why there is nothing to draw."""
    axes.text(0.5, 0.6, literal(text), transform=axes.transAxes, ha="center", color=theme.ink)


@dataclass(frozen=True, slots=True, eq=False)
class GridCurves:
    """Curves as lines of a picture, and for each the lower end, place and upper end marked.

    ``place`` are the columns, evenly spaced; ``marks`` is (rows, 3), NaN where there is none.
    """

    title: str
    place: FloatArray
    values: FloatArray
    marks: FloatArray


def lines_figure(
    pictures: Sequence[GridCurves],
    names: Sequence[str],
    across: str,
    of: str,
    value: str,
    marked: str,
) -> Figure:
    """Draw many curves as lines of pictures side by side, first line at the top."""
    height = float(np.clip(_LINE * len(names), _LEAST, _MOST)) + 0.9
    with fixed_style():
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        grid = figure.subplots(1, len(pictures), squeeze=False, sharey=True)[0]
        known = np.concatenate([picture.values.ravel() for picture in pictures])
        low, high = np.nanpercentile(known, [0, 100]) if np.isfinite(known).any() else (0, 1)
        image = None
        for axes, picture in zip(grid, pictures, strict=True):
            half = (picture.place[1] - picture.place[0]) / 2 if picture.place.size > 1 else 0.5
            image = axes.imshow(
                picture.values,
                cmap=colormaps["cividis"].with_extremes(bad="#dddddd"),
                vmin=low,
                vmax=high,
                aspect="auto",
                interpolation="none",
                extent=(picture.place[0] - half, picture.place[-1] + half, len(names) - 0.5, -0.5),
            )
            _mark(axes, picture.marks)
            axes.set_title(picture.title)
            axes.set_xlim(picture.place[0] - half, picture.place[-1] + half)
        ticks = range(0, len(names), math.ceil(len(names) / _NAMES))
        grid[0].set_yticks(ticks, [names[tick] for tick in ticks])
        grid[0].set_ylabel(of)
        figure.supxlabel(across, fontsize=8)
        if image is not None:
            handle = Line2D([], [], **_MARK, linewidth=1)
            figure.legend([handle], [marked], **_LEGEND)
            figure.colorbar(image, ax=list(grid), label=value, fraction=0.04, pad=0.02)
        figure.draw_without_rendering()
    return figure


def _mark(axes: Axes, marks: FloatArray) -> None:
    """Draw places with their intervals."""
    low, at, high = marks.T
    lines = np.arange(len(marks))
    for color, width in (("black", 2.4), ("white", 1.0)):
        axes.hlines(lines, low, high, color=color, linewidth=width)
    axes.plot(at, lines, linestyle="", **_MARK)


def row_names(rows: pd.DataFrame) -> tuple[list[str], str]:
    """Return a short name for each row, and in a word what the names are.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"channel1": "a", "channel2": "b", "t": [0, 1], "z": None, "label": 1}
    >>> row_names(pd.DataFrame(rows))
    (['0', '1'], 'time point')
    """
    words = {"t": "time point", "z": "plane", "label": "label"}
    pair = [
        literal(f"{short_name(one)} and {short_name(two)}")
        for one, two in zip(rows["channel1"], rows["channel2"], strict=True)
    ]
    varying = {
        words[name]: rows[name].astype(str).tolist() for name in words if rows[name].nunique() > 1
    }
    if len(set(pair)) > 1 or not varying:
        varying = {"": pair} | varying
    if len(varying) == 1:
        ((word, texts),) = varying.items()
        return texts, word
    parts = [[f"{word} {text}".strip() for text in texts] for word, texts in varying.items()]
    return [", ".join(row) for row in zip(*parts, strict=True)], ""
