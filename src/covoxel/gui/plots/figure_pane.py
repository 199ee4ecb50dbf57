"""A picture in axes as a widget: it follows the theme and is saved for print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from qtpy.QtWidgets import QWidget

from covoxel.gui.plots.canvas import MARGINS, BlittedCanvas
from covoxel.gui.plots.pane import PlotPane
from covoxel.report import LIGHT, Theme
from covoxel.report.grid import dress
from covoxel.report.theme import fixed_style

#: Size of the printed figure in inches (91 mm wide), and its axes: left, bottom, width, height.
_PAGE, _AXES = (3.6, 2.7), (0.18, 0.17, 0.78, 0.69)

#: Least height of the legend above the axes in pixels, and its columns where they fit.
_LEGEND, _COLUMNS = 36, 3
#: Between legend and axes, and least height of the axes below a legend that is higher, in pixels.
_GAP, _LEAST_AXES = 2, 56


@dataclass(frozen=True, slots=True, eq=False)
class ShownFigure:
    """What a pane shows."""

    #: Draws `data` into axes, in the colours of a theme: called with axes, data and theme.
    draw: Callable[..., object]
    data: tuple[Any, ...]
    #: Labels of the axes.
    across: str
    up: str
    #: Also suggested as a file name.
    title: str

    def dressed(self, axes: Axes, theme: Theme) -> None:
        """Draw with labels and a legend."""
        self.draw(axes, *self.data, theme)
        dress(axes, theme)
        axes.set_xlabel(self.across, color=theme.ink)
        axes.set_ylabel(self.up, color=theme.ink)
        add_legend(axes, theme)

    def printed(self) -> Figure:
        """Return a figure for print."""
        with fixed_style():
            figure = Figure(figsize=_PAGE)
            self.dressed(figure.add_axes(_AXES), LIGHT)
        return figure


def add_legend(axes: Axes, theme: Theme, columns: int = _COLUMNS) -> Legend | None:
    """Write what is drawn above the axes, in columns; None where nothing has a name."""
    if not axes.get_legend_handles_labels()[0]:
        return None
    return axes.legend(
        loc="lower right",
        bbox_to_anchor=(1, 1),
        frameon=False,
        labelcolor=theme.ink,
        fontsize=7,
        ncols=columns,
        handlelength=1,
        handletextpad=0.4,
        columnspacing=0.6,
        borderaxespad=0.1,
    )


class FigurePane(PlotPane):
    """A picture, or a message in its place."""

    def __init__(self, message: str, parent: QWidget | None = None) -> None:
        super().__init__(BlittedCanvas(above=_LEGEND), parent)
        self.picture: ShownFigure | None = None
        self.axes: Axes | None = None
        self.canvas.mpl_connect("resize_event", lambda _: self._fit_legend())
        self.clear(message)

    def show_picture(self, picture: ShownFigure) -> None:
        """Show a picture."""
        self.picture = picture
        self._redraw()
        self._show_canvas()

    def clear(self, message: str) -> None:
        """Show a message instead of a picture."""
        self.picture = self.axes = None
        self._show_message(message)

    @property
    def title(self) -> str:
        """Title of the plot, also suggested as a file name."""
        return "" if self.picture is None else self.picture.title

    def _rebuild(self) -> None:
        """Redraw everything."""
        if self.picture is None:
            return
        self.axes = self.canvas.fresh_axes(self.theme)
        with fixed_style():
            self.picture.dressed(self.axes, self.theme)
        self._fit_legend()
        self.drawn(self.axes)
        self.canvas.draw_idle()

    def _fit_legend(self) -> None:
        """Write the legend in as many columns as the canvas is wide."""
        axes, canvas = self.axes, self.canvas
        if axes is None or axes.get_legend() is None:
            return
        for columns in range(_COLUMNS, 0, -1):
            with fixed_style():
                legend = add_legend(axes, self.theme, columns)
            assert legend is not None
            box = legend.get_window_extent(canvas.get_renderer())
            above = max(_LEGEND, box.height / canvas.device_pixel_ratio + _GAP)
            canvas.set_above(above)
            if box.width <= axes.bbox.x1:
                break
        least = above + _LEAST_AXES + MARGINS[2] if above > _LEGEND else 0
        self.setMinimumHeight(round(max(self.least_height, least)))

    def drawn(self, axes: Axes) -> None:
        """Add moving artists to a new picture."""

    def printed(self) -> Callable[[], Figure] | None:
        """Return what makes the plot a figure for print, in any thread; None without a plot."""
        return None if self.picture is None else self.picture.printed
