"""The joint histogram as a widget: thresholds to drag, a lasso, and a highlighted region."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from matplotlib.axes import Axes
from matplotlib.backend_bases import KeyEvent, MouseButton, MouseEvent
from matplotlib.figure import Figure
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QWidget

from covoxel.gui.measure.histogram_artists import HistogramPicture, LassoLine, ThresholdHandle
from covoxel.gui.plots.canvas import BlittedCanvas
from covoxel.gui.plots.pane import PlotPane
from covoxel.report import Density, draw_highlight
from covoxel.report.theme import fixed_style

#: Distance from which a line can be dragged, in pixels.
_REACH = 6
#: Channel and step of the arrow keys.
_ARROWS = {"left": (1, -1), "right": (1, 1), "down": (2, -1), "up": (2, 1)}


class HistogramPlot(PlotPane):
    """The joint histogram of two channels, linked with the image by signals.

    Attributes
    ----------
    threshold_moved : Signal(int, float)
        Channel (1 or 2) and value, at each step of a threshold.
    threshold_released : Signal(int, float)
        The same, at the last step.
    lassoed : Signal(object)
        Corners of a lasso, an (N, 2) float array in (intensity 1, intensity 2).
    lasso_cleared : Signal()
    """

    threshold_moved = Signal(int, float)
    threshold_released = Signal(int, float)
    lassoed = Signal(object)
    lasso_cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(BlittedCanvas(), parent, lasso=True)
        self._picture: HistogramPicture | None = None
        self._axes: Axes | None = None
        self._thresholds = (math.nan, math.nan)
        self._handles: list[ThresholdHandle] = []
        self._pulled: int | None = None
        self._moved = False
        self._highlighted: Density | None = None
        self._lasso = LassoLine()
        self._connect()
        self.clear("Nothing is measured yet.")

    def _connect(self) -> None:
        connect = self.canvas.mpl_connect
        connect("button_press_event", self._on_press)
        connect("motion_notify_event", self._on_motion)
        connect("button_release_event", self._on_release)
        connect("key_press_event", self._on_key)
        self.buttons.lasso.toggled.connect(lambda _: self.canvas.setFocus())
        self.buttons.clear.clicked.connect(self.clear_lasso)

    def show_histogram(
        self,
        binned: Density,
        *,
        line: tuple[float, float] | None = None,
        threshold1: float | None = None,
        threshold2: float | None = None,
        names: tuple[str, str] = ("channel 1", "channel 2"),
    ) -> None:
        """Show a histogram; a lasso is kept if the channels are the same, a highlight is not.

        `line`: the regression line, in raw units.
        `threshold1`, `threshold2`: None or NaN shows a grip, from which one can be dragged.
        `names`: names of the channels.
        """
        if self._picture is None or self._picture.names != names:
            self.clear_lasso()
        self._picture = HistogramPicture(binned, line, names)
        self._thresholds = _number(threshold1), _number(threshold2)
        self._highlighted = None
        self._redraw()
        self._show_canvas()

    def clear(self, message: str) -> None:
        """Show a message instead of a histogram."""
        self.clear_lasso()
        self._picture = self._highlighted = self._axes = self._pulled = None
        self._handles = []
        self._show_message(message)

    def highlight(self, binned: Density | None) -> None:
        """Highlight the pixels of one region, in the bins of the histogram; None clears."""
        if self._picture is not None:
            self._highlighted = binned
            self._show_highlighted()
            self.canvas.refresh(still=True)

    def clear_lasso(self) -> None:
        """Remove the lasso, and emit `lasso_cleared` if there was one."""
        there = self._lasso.corners.size > 0
        self._lasso.clear()
        self._show_lasso()
        if there:
            self.lasso_cleared.emit()

    def _rebuild(self) -> None:
        """Redraw everything."""
        if self._picture is None:
            return
        self._axes = axes = self.canvas.fresh_axes(self.theme)
        with fixed_style():
            drawn = self._picture.draw(axes, self.theme, *self._thresholds)
            # they were drawn to set the limits; the handles draw their own
            for artist in (drawn.threshold1, drawn.threshold2, drawn.label1, drawn.label2):
                if artist is not None:
                    artist.remove()
            self._handles = [
                ThresholdHandle(axes, self._picture.binned, channel, value, self.theme)
                for channel, value in enumerate(self._thresholds, 1)
            ]
        self._lasso.dress(axes, self.theme)
        handles = [artist for handle in self._handles for artist in handle.artists]
        regression = [] if drawn.line is None else [drawn.line]
        for artist in regression:
            artist.set_animated(True)
        self.canvas.moving = [*regression, self._lasso.artist, *handles]
        self._show_highlighted()
        self.canvas.draw_idle()

    def _show_highlighted(self) -> None:
        for artist in self.canvas.still:
            artist.remove()
        self.canvas.still = []
        if self._highlighted is not None and self._axes is not None:
            image = draw_highlight(self._axes, self._highlighted, self.theme)
            image.set_animated(True)
            self.canvas.still = [image]

    def _show_lasso(self) -> None:
        self.buttons.clear.setVisible(self._lasso.corners.size > 0 and not self._lasso.drawing)
        self.canvas.refresh()

    def _on_press(self, event: MouseEvent) -> None:
        if event.button != MouseButton.LEFT or self._axes is None:
            return
        if self.buttons.lasso.isChecked():
            self.clear_lasso()
            self._lasso.begin(self._intensities(event))
        else:
            handle = self._near(event)
            self._pulled, self._moved = None if handle is None else handle.channel, False

    def _on_motion(self, event: MouseEvent) -> None:
        if self._lasso.drawing:
            self._lasso.extend(self._intensities(event))
            self._show_lasso()
        elif self._pulled is not None:
            self._moved = True
            handle = self._handles[self._pulled - 1]
            self._move(handle, handle.value_at(event.x, event.y))
        else:
            self._point(event)

    def _on_release(self, event: MouseEvent) -> None:
        if event.button != MouseButton.LEFT:
            return
        if self._lasso.drawing:
            enclosing = self._lasso.finish()
            self._show_lasso()
            if enclosing:
                self.lassoed.emit(self._lasso.corners)
        elif self._pulled is not None:
            channel, self._pulled = self._pulled, None
            if self._moved:
                self.threshold_released.emit(channel, self._thresholds[channel - 1])

    def _on_key(self, event: KeyEvent) -> None:
        if event.key == "escape":
            self.clear_lasso()
        elif event.key in _ARROWS and self._handles:
            channel, steps = _ARROWS[event.key]
            handle = self._handles[channel - 1]
            if math.isfinite(handle.value):
                self._move(handle, handle.nudged(steps))
                self.threshold_released.emit(channel, handle.value)

    def _move(self, handle: ThresholdHandle, value: float) -> None:
        handle.move(value)
        first, second = self._handles
        self._thresholds = first.value, second.value
        self.canvas.refresh()
        self.threshold_moved.emit(handle.channel, value)

    def _point(self, event: MouseEvent) -> None:
        """Set the cursor to what a press would do."""
        handle = None if self.buttons.lasso.isChecked() else self._near(event)
        if handle is not None:
            self.canvas.setCursor(handle.cursor)
        elif self.buttons.lasso.isChecked():
            self.canvas.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.canvas.unsetCursor()
        pulling = handle is not None and not math.isfinite(handle.value)
        self.canvas.setToolTip("Pull a threshold in from here" if pulling else "")

    def _near(self, event: MouseEvent) -> ThresholdHandle | None:
        """Return the nearest handle within reach of the pointer."""
        distances = [handle.distance(event.x, event.y) for handle in self._handles]
        nearest = min(distances, default=math.inf)
        if nearest > _REACH * self.canvas.device_pixel_ratio:
            return None
        return self._handles[distances.index(nearest)]

    def _intensities(self, event: MouseEvent) -> tuple[float, float]:
        assert self._axes is not None
        x, y = self._axes.transData.inverted().transform((event.x, event.y))
        return float(x), float(y)

    @property
    def title(self) -> str:
        """Title of the plot, also suggested as a file name."""
        return "joint histogram"

    def printed(self) -> Callable[[], Figure] | None:
        """Return what makes the plot a figure for print, in any thread; None without a plot."""
        if self._picture is None:
            return None
        shown = self._thresholds, self._highlighted, self._lasso.outline
        return partial(self._picture.printed, *shown)


def _number(threshold: float | None) -> float:
    """Return a threshold, NaN where there is none."""
    return threshold if threshold is not None and math.isfinite(threshold) else math.nan
