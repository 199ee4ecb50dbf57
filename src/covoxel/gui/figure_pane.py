"""A picture in axes as a widget: it follows the theme and is saved for print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from napari.utils.notifications import show_error
from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QLabel, QStackedLayout, QWidget

from covoxel.gui.blitted_canvas import BlittedCanvas
from covoxel.gui.corner_buttons import CornerButtons
from covoxel.gui.save_dialog import ask_for_figure_path
from covoxel.report import DARK, LIGHT, Theme, save_figure
from covoxel.report.grid import dress
from covoxel.report.theme import fixed_style

_THEMES = {"dark": DARK, "light": LIGHT}
#: The printed figure in inches, 91 mm wide, and its axes as left, bottom, width, height.
_PAGE, _AXES = (3.6, 2.7), (0.18, 0.17, 0.78, 0.69)

#: Room for the legend above the axes, in pixels of the screen.
_LEGEND = 36


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What a pane shows.

    Attributes
    ----------
    draw : callable
        Draws into axes, in the colours of a theme.
    across, up : str
        What the axes show, with units.
    title : str
        What it is, which is also suggested for the file.
    """

    draw: Callable[[Axes, Theme], None]
    across: str
    up: str
    title: str

    def dressed(self, axes: Axes, theme: Theme) -> None:
        """Draw with labels, and a legend above."""
        self.draw(axes, theme)
        dress(axes, theme)
        axes.set_xlabel(self.across, color=theme.ink)
        axes.set_ylabel(self.up, color=theme.ink)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(
                loc="lower right",
                bbox_to_anchor=(1, 1),
                frameon=False,
                labelcolor=theme.ink,
                fontsize=7,
                ncols=3,
                handlelength=1.6,
                columnspacing=1.2,
                borderaxespad=0.1,
            )


class FigurePane(QWidget):
    """A picture, or a sentence that says why there is none."""

    def __init__(self, message: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.picture: Picture | None = None
        self.axes: Axes | None = None
        self.message = QLabel(self)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.canvas = BlittedCanvas(self, above=_LEGEND)
        self.buttons = CornerButtons(self.canvas, lasso=False)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.message)
        self._pages.addWidget(self.canvas)
        self.canvas.mpl_connect("resize_event", lambda _: self.buttons.place())
        self.buttons.save.clicked.connect(self._ask_and_save)
        self.buttons.set_theme(self.theme)
        self.clear(message)

    def sizeHint(self) -> QSize:
        """Return the same as the least; the plot is what takes up all room that is left."""
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing can be read."""
        return QSize(260, 150)

    def show_picture(self, picture: Picture) -> None:
        """Show a picture in place of what was shown."""
        self.picture = picture
        self._rebuild()
        self._pages.setCurrentWidget(self.canvas)

    def clear(self, message: str) -> None:
        """Show a sentence instead of a picture."""
        self.picture = self.axes = None
        self.canvas.fresh_axes(self.theme).set_axis_off()
        self.message.setText(message)
        self._pages.setCurrentWidget(self.message)

    def set_theme(self, theme: Literal["dark", "light"]) -> None:
        """Follow napari's theme."""
        self.theme = _THEMES[theme]
        self.buttons.set_theme(self.theme)
        self._rebuild()

    def _rebuild(self) -> None:
        """Draw everything anew."""
        if self.picture is None:
            return
        self.axes = self.canvas.fresh_axes(self.theme)
        with fixed_style():
            self.picture.dressed(self.axes, self.theme)
        self.drawn(self.axes)
        self.canvas.draw_idle()

    def drawn(self, axes: Axes) -> None:
        """Add what moves to a picture that was drawn anew."""

    def save(self, path: str | Path) -> None:
        """Save the picture for print, in the light theme; an existing file is replaced.

        Parameters
        ----------
        path : str or Path
            Ending in ``.svg``, ``.pdf`` or ``.png``.

        Raises
        ------
        ValueError
            If the suffix is none of these, or nothing is shown.
        OSError
            If the file cannot be written.
        """
        if self.picture is None:
            msg = "there is no figure to save yet"
            raise ValueError(msg)
        with fixed_style():
            figure = Figure(figsize=_PAGE)
            self.picture.dressed(figure.add_axes(_AXES), LIGHT)
        save_figure(figure, path, overwrite=True)

    def _ask_and_save(self) -> None:
        title = "" if self.picture is None else self.picture.title
        path = ask_for_figure_path(self, f"Save {title}", title.replace(" ", "_"))
        if path is not None:
            try:
                self.save(path)
            except (ValueError, OSError) as error:
                show_error(str(error))
