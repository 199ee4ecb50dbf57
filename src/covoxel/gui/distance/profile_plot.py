"""The profile of an association as a widget, on which the range to fit is picked."""

from __future__ import annotations

import math

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import KeyEvent, MouseButton, MouseEvent
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QWidget

from covoxel.analysis.distance.options import MODELS
from covoxel.distance.record import Association
from covoxel.gui.plots.figure_pane import FigurePane, ShownFigure
from covoxel.report import Theme
from covoxel.report.curves import association_axes

#: A limit is taken hold of from so many pixels away, and a drag begins after so many.
_REACH = 6
#: Opacity of what is not fitted.
_SHADE = 0.13


class ProfilePlot(FigurePane):
    """A profile with its fit.

    Attributes
    ----------
    range_moved : Signal(float, float)
        The range of distances to fit, at each step of a drag.
    range_picked : Signal(float, float)
        The same, once it is let go.
    range_cleared : Signal()
        All of the profile is to be fitted again: a double click, or Escape.
    """

    range_moved = Signal(float, float)
    range_picked = Signal(float, float)
    range_cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Nothing is measured yet.", parent)
        self._found: Association | None = None
        self._range: FitRange | None = None
        self._fixed: float | None = None
        self._began = self._slack = 0.0
        self._moved = False
        connect = self.canvas.mpl_connect
        connect("button_press_event", self._on_press)
        connect("motion_notify_event", self._on_motion)
        connect("button_release_event", self._on_release)
        connect("key_press_event", self._on_key)

    @property
    def dragging(self) -> bool:
        """Whether a range is being picked."""
        return self._moved

    def show_association(self, found: Association) -> None:
        """Show an association; the range that is just being picked stays where it is."""
        if not found.profile.distance.size:
            self.clear("\n".join(f"{column}: {text}" for column, text in found.notes))
            return
        limits = self._range.limits if self._range is not None and self.dragging else None
        self._found = found
        across, title = f"distance ({found.unit})", "association distance"
        self.show_picture(ShownFigure(_draw, (found,), across, "correlation", title))
        if limits is not None and self._range is not None:
            self._range.move(*limits)

    def clear(self, message: str) -> None:
        """Show a sentence instead of a profile."""
        self._found = None
        self._range, self._fixed, self._moved = None, None, False
        super().clear(message)

    def drawn(self, axes: Axes) -> None:
        """Put the range that was fitted over a new picture; some methods fit all there is."""
        self._range = None
        found = self._found
        if found is not None and found.model in MODELS and math.isfinite(found.fit_range[1]):
            self._range = FitRange(axes, found.fit_range, self.theme)
            self.canvas.moving = self._range.artists

    def _on_press(self, event: MouseEvent) -> None:
        if event.button != MouseButton.LEFT or event.inaxes is None or self._range is None:
            return
        if event.dblclick:
            self._fixed = None
            self.range_cleared.emit()
            return
        held = self._range.other_end(event.x, self._reach)
        self._fixed = self._range.place(event.x) if held is None else held
        self._began, self._slack = event.x, self._reach if held is None else 0.0

    def _on_motion(self, event: MouseEvent) -> None:
        if self._range is None:
            return
        if self._fixed is None:
            if event.inaxes is None or self._range.other_end(event.x, self._reach) is None:
                self.canvas.unsetCursor()
            else:
                self.canvas.setCursor(Qt.CursorShape.SizeHorCursor)
            return
        self._moved = self._moved or abs(event.x - self._began) > self._slack
        if self._moved:
            ends = sorted((self._fixed, self._range.place(event.x)))
            self._range.move(ends[0], ends[1])
            self.canvas.refresh()
            self.range_moved.emit(*self._range.limits)

    def _on_release(self, event: MouseEvent) -> None:
        if event.button != MouseButton.LEFT or self._fixed is None:
            return
        moved, self._moved, self._fixed = self._moved, False, None
        if moved and self._range is not None:
            self.range_picked.emit(*self._range.limits)

    def _on_key(self, event: KeyEvent) -> None:
        if event.key == "escape" and self._range is not None:
            self._fixed, self._moved = None, False
            self.range_cleared.emit()

    @property
    def _reach(self) -> float:
        return _REACH * float(self.canvas.device_pixel_ratio)


def _draw(axes: Axes, found: Association, theme: Theme) -> None:
    association_axes(axes, found, theme)
    axes.set_xlim(left=0)


class FitRange:
    """Two limits with the parts outside of them shaded.

    `limits`: where the range begins and ends.
    """

    def __init__(self, axes: Axes, limits: tuple[float, float], theme: Theme) -> None:
        self._axes, self._ends = axes, axes.get_xlim()
        self._shades = [axes.axvspan(0, 0, color=theme.ink, alpha=_SHADE, lw=0) for _ in limits]
        self._lines = [axes.axvline(0, color=theme.ink, lw=0.8, ls=":") for _ in limits]
        axes.set_xlim(self._ends)
        for artist in self.artists:
            artist.set_animated(True)
        self.limits = limits
        self.move(*limits)

    @property
    def artists(self) -> list[Artist]:
        """What is drawn."""
        return [*self._shades, *self._lines]

    def move(self, low: float, high: float) -> None:
        """Show another range."""
        self.limits = low, high
        outside = ((self._ends[0], low), (high, self._ends[1]))
        for shade, (left, right) in zip(self._shades, outside, strict=True):
            shade.set_x(left)
            shade.set_width(max(0.0, right - left))
        for line, at in zip(self._lines, self.limits, strict=True):
            line.set_xdata([at, at])

    def place(self, x: float) -> float:
        """Return the distance at a place in the figure, no farther than the axes reach."""
        inside = self._axes.transData.inverted().transform((x, 0))[0]
        return float(min(max(inside, self._ends[0]), self._ends[1]))

    def other_end(self, x: float, reach: float) -> float | None:
        """Return the limit that stays where the other one, within reach of `x`, is pulled."""
        places = [self._axes.transData.transform((at, 0))[0] for at in self.limits]
        away = [abs(place - x) for place in places]
        if min(away) > reach:
            return None
        return self.limits[1 - away.index(min(away))]
