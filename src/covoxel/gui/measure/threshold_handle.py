"""A threshold in the histogram that can be taken hold of."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from qtpy.QtCore import Qt

from covoxel.core.types import FloatArray
from covoxel.report import Density, Theme, draw_threshold, move_threshold

#: Lines reach this many pixels beyond the axes, so that their labels can be pulled too.
_BEYOND = 20


class ThresholdHandle:
    """Line and label of a threshold, or a grip at the axis from where one can be pulled in.

    Parameters
    ----------
    axes : matplotlib Axes
        Where the density was drawn.
    binned : Density
        What was drawn; a bin is the step of a nudge.
    channel : {1, 2}
    value : float
        NaN means that there is no threshold.
    theme : Theme
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
        """What is to be drawn."""
        return [self._line, self._label, self._grip]

    @property
    def limits(self) -> tuple[float, float]:
        """Least and greatest value that the axes show."""
        return self._axes.get_xlim() if self.channel == 1 else self._axes.get_ylim()

    def move(self, value: float) -> None:
        """Put the line at a value; NaN takes it away."""
        self.value = value
        there = math.isfinite(value)
        self._grip.set_visible(not there)
        for artist in (self._line, self._label):
            artist.set_visible(there)
        if there:
            move_threshold(self.channel, value, self._line, self._label)

    def distance(self, x: float, y: float) -> float:
        """Return how many pixels a point of the canvas is away from line or grip."""
        own, other = (x, y) if self.channel == 1 else (y, x)
        if not math.isfinite(self.value):
            grip = self._axes.transAxes.transform((0, 0.5) if self.channel == 1 else (0.5, 0))
            return math.hypot(x - grip[0], y - grip[1])
        low, high = self._ends(2 - self.channel)
        if not low - _BEYOND <= other <= high + _BEYOND:
            return math.inf
        return abs(own - self._pixel(self.value))

    def value_at(self, x: float, y: float) -> float:
        """Return the value at a point of the canvas, within the axes, with no idle digits."""
        low, high = self._ends(self.channel - 1)
        (start, stop), at = self.limits, x if self.channel == 1 else y
        value = start + (at - low) / (high - low) * (stop - start)
        digits = -math.floor(math.log10((stop - start) / (high - low)))
        whole = all(edge % 1 == 0.5 for edge in self._edges[:2])
        return float(np.clip(round(value, min(digits, 0) if whole else digits), start, stop))

    def nudged(self, steps: int) -> float:
        """Return the value some bins further, within the axes."""
        step = float(self._edges[1] - self._edges[0])
        return float(np.clip(self.value + steps * step, *self.limits))

    def _pixel(self, value: float) -> float:
        return float(self._axes.transData.transform((value, value))[self.channel - 1])

    def _ends(self, axis: int) -> FloatArray:
        """Return where the axes begin and end on the canvas."""
        return np.asarray(self._axes.bbox.get_points()[:, axis], np.float64)
