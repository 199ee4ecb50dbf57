"""A plot as a widget that follows the theme and is saved for print, or a message in its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from matplotlib.figure import Figure
from napari.utils.notifications import show_error
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QStackedLayout, QToolButton, QWidget

from covoxel.gui.plots.canvas import BlittedCanvas
from covoxel.gui.qt import flush, icon
from covoxel.gui.running.saving import refuse_open_files
from covoxel.report import DARK, LIGHT, Theme, save_figure

_THEMES = {"dark": DARK, "light": LIGHT}


class PlotPane(QWidget):
    """A canvas with buttons, on which subclasses draw.

    Attributes
    ----------
    least_height : int
        In pixels.
    """

    least_height = 160

    def __init__(
        self, canvas: BlittedCanvas, parent: QWidget | None = None, *, lasso: bool = False
    ) -> None:
        super().__init__(parent)
        self.theme, self._stale = DARK, False
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
        """Return the minimum; the plot takes all space that is left."""
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return the least readable size."""
        return QSize(236, self.least_height)

    def set_theme(self, theme: Literal["dark", "light"]) -> None:
        """Follow napari's theme."""
        self.theme = _THEMES[theme]
        self.buttons.set_theme(self.theme)
        self._redraw()

    def save(self, path: str | Path) -> None:
        """Save the plot for print, in the light theme; an existing file is replaced.

        The path ends in ``.svg``, ``.pdf`` or ``.png``; ValueError if it does not, or if there is
        no plot.
        """
        make = self.printed()
        if make is None:
            msg = "there is no plot to save yet"
            raise ValueError(msg)
        save_figure(make(), path, overwrite=True)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Draw what has changed out of sight."""
        super().showEvent(event)
        if self._stale:
            self._redraw()

    def _redraw(self) -> None:
        """Redraw everything; behind another tab, once it is in sight."""
        window = self.window()
        self._stale = window is not None and window.isVisible() and not self.isVisible()
        if not self._stale:
            self._rebuild()

    def _show_canvas(self) -> None:
        self._pages.setCurrentWidget(self.canvas)

    def _show_message(self, message: str) -> None:
        """Show a message instead of the plot."""
        self.canvas.clear(self.theme)
        self.message.setText(message)
        self._pages.setCurrentWidget(self.message)

    def _ask_and_save(self) -> None:
        path = ask_for_figure_path(self, f"Save {self.title}", self.title.replace(" ", "_"))
        if path is not None:
            try:
                refuse_open_files(path)
                self.save(path)
            except (ValueError, OSError) as error:
                show_error(str(error))

    # overridden by subclasses

    @property
    def title(self) -> str:
        """Title of the plot, also suggested as a file name."""
        return "plot"

    def _rebuild(self) -> None:
        """Redraw everything."""

    def printed(self) -> Callable[[], Figure] | None:
        """Return what makes the plot a figure for print, in any thread; None without a plot."""
        return None


_SIDE, _ICON = 22, 16


class CornerButtons(QWidget):
    """Small buttons in the corner between both axes: save, and lasso and clear if wanted."""

    def __init__(self, parent: QWidget, *, lasso: bool = True) -> None:
        super().__init__(parent)
        self._row = flush(QHBoxLayout(self), 0)
        self._icons: dict[QToolButton, str] = {}
        if lasso:
            self.lasso = self._button("polygon_lasso", "Lasso: mark these pixels in the image")
            self.lasso.setCheckable(True)
        self.save = self._button("save", "Save the figure as SVG, PDF or PNG")
        if lasso:
            self.clear = self._button("delete_shape", "Clear the lasso (Esc)")
        self._row.addStretch(1)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFixedSize(_SIDE, _SIDE)
        button.setIconSize(QSize(_ICON, _ICON))
        self._icons[button] = name
        self._row.addWidget(button)
        return button

    def place(self) -> None:
        """Move to the lower left of the parent."""
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(0, parent.height() - _SIDE, _SIDE * len(self._icons), _SIDE)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        for button, name in self._icons.items():
            button.setIcon(icon(name, theme.ink))
        self.setStyleSheet(
            "QToolButton {background: none; border: 1px solid transparent; border-radius: 3px}"
            f"QToolButton:hover, QToolButton:focus {{border-color: {theme.ink}}}"
            f"QToolButton:checked {{background: {theme.accent}}}"
        )


_FORMATS = {"SVG (*.svg)": "svg", "PDF (*.pdf)": "pdf", "PNG, 300 dpi (*.png)": "png"}


def ask_for_figure_path(parent: QWidget, title: str, name: str) -> Path | None:
    """Ask where to save a figure, with a suggested name; None if that is cancelled."""
    dialog = QFileDialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(_FORMATS))
    dialog.setDefaultSuffix("svg")  # added before the dialog checks for an existing file
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(_FORMATS[chosen]))
    dialog.selectFile(name)
    accepted, files = dialog.exec(), dialog.selectedFiles()
    dialog.deleteLater()
    return Path(files[0]) if accepted and files else None
