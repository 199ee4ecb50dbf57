"""A plot as a widget, or a sentence in its place: it follows the theme and is saved for print."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from matplotlib.figure import Figure
from napari.utils.notifications import show_error
from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QLabel, QStackedLayout, QWidget

from covoxel.gui.blitted_canvas import BlittedCanvas
from covoxel.gui.corner_buttons import CornerButtons
from covoxel.gui.save_dialog import ask_for_figure_path, refuse_open_files
from covoxel.report import DARK, LIGHT, save_figure

_THEMES = {"dark": DARK, "light": LIGHT}


class PlotPane(QWidget):
    """A canvas with its buttons; what is drawn is another's.

    Parameters
    ----------
    canvas : BlittedCanvas
    lasso : bool
        Whether there is a lasso, and a button that clears it.
    """

    def __init__(
        self, canvas: BlittedCanvas, parent: QWidget | None = None, *, lasso: bool = False
    ) -> None:
        super().__init__(parent)
        self.theme = DARK
        self.message, self.canvas = QLabel(self), canvas
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setWordWrap(True)
        self.buttons = CornerButtons(canvas, lasso=lasso)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.message)
        self._pages.addWidget(canvas)
        canvas.mpl_connect("resize_event", lambda _: self.buttons.place())
        self.buttons.save.clicked.connect(self._ask_and_save)
        self.buttons.set_theme(self.theme)

    def sizeHint(self) -> QSize:
        """Return the same as the least; the plot is what takes up all room that is left."""
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing can be read."""
        return QSize(260, 150)

    def set_theme(self, theme: Literal["dark", "light"]) -> None:
        """Follow napari's theme."""
        self.theme = _THEMES[theme]
        self.buttons.set_theme(self.theme)
        self._rebuild()

    def save(self, path: str | Path) -> None:
        """Save what is shown for print, in the light theme; an existing file is replaced.

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
        figure = self._printed()
        if figure is None:
            msg = "there is no plot to save yet"
            raise ValueError(msg)
        save_figure(figure, path, overwrite=True)

    def _show_canvas(self) -> None:
        self._pages.setCurrentWidget(self.canvas)

    def _show_message(self, message: str) -> None:
        """Show a sentence instead, and let go of what was drawn."""
        self.canvas.fresh_axes(self.theme).set_axis_off()
        self.message.setText(message)
        self._pages.setCurrentWidget(self.message)

    def _ask_and_save(self) -> None:
        path = ask_for_figure_path(self, f"Save {self._title}", self._title.replace(" ", "_"))
        if path is not None:
            try:
                refuse_open_files(path)
                self.save(path)
            except (ValueError, OSError) as error:
                show_error(str(error))

    # what a plot of its own says of itself

    @property
    def _title(self) -> str:
        """What is shown, which is also suggested for the file."""
        return "plot"

    def _rebuild(self) -> None:
        """Draw everything anew."""

    def _printed(self) -> Figure | None:
        """Return what is shown as a figure for print, or None."""
        return None
