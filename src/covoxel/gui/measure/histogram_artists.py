"""What the histogram plot draws: the density, threshold handles, and the line of a lasso."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from qtpy.QtCore import Qt

from covoxel.core.types import FloatArray
from covoxel.report import (
    LIGHT,
    Density,
    HistogramArtists,
    Theme,
    density_axes,
    draw_highlight,
    draw_threshold,
    move_threshold,
    short_name,
)
from covoxel.report.theme import fixed_style

#: Powers of ten between which ticks are not scientific.
_PLAIN = -3, 5
#: Size of the printed figure in inches, and its parts as left, bottom, width, height.
_PAGE, _AXES, _BAR = (3.6, 3.0), (0.19, 0.15, 0.58, 0.76), (0.86, 0.15, 0.03, 0.76)


@dataclass(frozen=True, slots=True, eq=False)
class HistogramPicture:
    """A density with the regression line and the names of the channels."""

    binned: Density
    line: tuple[float, float] | None
    names: tuple[str, str]

    def draw(
        self, axes: Axes, theme: Theme, threshold1: float, threshold2: float
    ) -> HistogramArtists:
        """Draw into axes; NaN thresholds are left out."""
        drawn = density_axes(
            axes,
            self.binned,
            line=self.line,
            threshold1=threshold1,
            threshold2=threshold2,
            names=(short_name(self.names[0]), short_name(self.names[1])),
            theme=theme,
        )
        axes.ticklabel_format(scilimits=_PLAIN)
        axes.yaxis.labelpad = 1
        return drawn

    def printed(
        self,
        thresholds: tuple[float, float],
        highlighted: Density | None = None,
        lasso: FloatArray | None = None,
    ) -> Figure:
        """Return a figure for print: light, 91 mm wide, with a colour bar."""
        with fixed_style():
            figure = Figure(figsize=_PAGE)
            axes = figure.add_axes(_AXES)
            drawn = self.draw(axes, LIGHT, *thresholds)
            if highlighted is not None:
                draw_highlight(axes, highlighted, LIGHT)
            if lasso is not None:
                axes.add_artist(Line2D(*lasso.T, color=LIGHT.accent, linewidth=1))
            bar = figure.add_axes(_BAR)
            figure.colorbar(drawn.image, cax=bar)
            bar.set_title("pixels", size=7)
        return figure


#: Lines reach so many pixels beyond the axes, so that their labels can be dragged too.
_BEYOND = 20


class ThresholdHandle:
    """Line and label of a threshold, or a grip at the axis if it is NaN.

    The axes show `binned`; its bins are the steps of the arrow keys.
    """

    def __init__(
        self, axes: Axes, binned: Density, channel: int, value: float, theme: Theme
    ) -> None:
        self.channel, self.value = channel, value
        self.cursor = Qt.CursorShape.SizeHorCursor if channel == 1 else Qt.CursorShape.SizeVerCursor
        self._axes = axes
        self._edges = binned.edges1 if channel == 1 else binned.edges2
        self._line, self._label = draw_threshold(axes, channel, self.limits[0], theme)
        self._grip = Line2D(
            *(([0], [0.5]) if channel == 1 else ([0.5], [0])),
            marker=">" if channel == 1 else "^",
            markersize=9,
            color=theme.channel1 if channel == 1 else theme.channel2,
            alpha=0.7,
            linestyle="none",
            transform=axes.transAxes,
            clip_on=False,
        )
        axes.add_artist(self._grip)
        for artist in self.artists:
            artist.set_animated(True)
        self.move(value)

    @property
    def artists(self) -> list[Artist]:
        """The artists to draw."""
        return [self._line, self._label, self._grip]

    @property
    def limits(self) -> tuple[float, float]:
        """Limits of the axis."""
        return self._axes.get_xlim() if self.channel == 1 else self._axes.get_ylim()

    def move(self, value: float) -> None:
        """Move the line to a value; NaN hides it."""
        self.value = value
        there = math.isfinite(value)
        self._grip.set_visible(not there)
        for artist in (self._line, self._label):
            artist.set_visible(there)
        if there:
            move_threshold(self.channel, value, self._line, self._label)

    def distance(self, x: float, y: float) -> float:
        """Return the distance of a point of the canvas from line or grip, in pixels."""
        own, other = (x, y) if self.channel == 1 else (y, x)
        if not math.isfinite(self.value):
            grip = self._axes.transAxes.transform((0, 0.5) if self.channel == 1 else (0.5, 0))
            return math.hypot(x - grip[0], y - grip[1])
        low, high = self._ends(2 - self.channel)
        if not low - _BEYOND <= other <= high + _BEYOND:
            return math.inf
        return abs(own - self._pixel(self.value))

    def value_at(self, x: float, y: float) -> float:
        """Return the value at a point of the canvas, within the axes, in significant digits."""
        low, high = self._ends(self.channel - 1)
        (start, stop), at = self.limits, x if self.channel == 1 else y
        value = start + (at - low) / (high - low) * (stop - start)
        digits = -math.floor(math.log10((stop - start) / (high - low)))
        whole = all(edge % 1 == 0.5 for edge in self._edges[:2])
        return float(np.clip(round(value, min(digits, 0) if whole else digits), start, stop))

    def nudged(self, steps: int) -> float:
        """Return the value moved by some bins, within the axes."""
        step = float(self._edges[1] - self._edges[0])
        return float(np.clip(self.value + steps * step, *self.limits))

    def _pixel(self, value: float) -> float:
        return float(self._axes.transData.transform((value, value))[self.channel - 1])

    def _ends(self, axis: int) -> FloatArray:
        """Return both ends of the axes on the canvas."""
        return np.asarray(self._axes.bbox.get_points()[:, axis], np.float64)


class LassoLine:
    """A line drawn by hand, which is closed when the mouse is released."""

    def __init__(self) -> None:
        self.drawing = False
        self.artist = Line2D([], [], linewidth=1.5, animated=True)
        self._corners: list[tuple[float, float]] = []

    @property
    def corners(self) -> FloatArray:
        """The corners, (N, 2) in (intensity 1, intensity 2)."""
        return np.array(self._corners, np.float64).reshape(-1, 2)

    @property
    def outline(self) -> FloatArray:
        """The corners, with the first at the end once the line is closed."""
        return self.corners if self.drawing else np.concatenate([self.corners, self.corners[:1]])

    def dress(self, axes: Axes, theme: Theme) -> None:
        """Continue in new axes."""
        self.artist = Line2D([], [], color=theme.accent, linewidth=1.5, animated=True)
        axes.add_artist(self.artist)
        self._follow()

    def begin(self, corner: tuple[float, float]) -> None:
        """Start a new line."""
        self.drawing, self._corners = True, [corner]
        self._follow()

    def extend(self, corner: tuple[float, float]) -> None:
        """Add a corner."""
        self._corners.append(corner)
        self._follow()

    def finish(self) -> bool:
        """Close the line, and return whether it encloses an area; else remove it."""
        self.drawing = False
        if len(self._corners) < 3 or not np.ptp(self.corners, axis=0).all():
            self._corners = []
        self._follow()
        return bool(self._corners)

    def clear(self) -> None:
        """Remove the line."""
        self.drawing, self._corners = False, []
        self._follow()

    def _follow(self) -> None:
        self.artist.set_data(*self.outline.T)
