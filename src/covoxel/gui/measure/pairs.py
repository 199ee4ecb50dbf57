"""Pearson's correlation of all pairs of image layers: a tab with a matrix to click."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from covoxel.analysis.channels import checked_channels
from covoxel.analysis.measure.analysis import measure
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.core.checks import one_of, same_shape
from covoxel.gui.qt import WrappedLabel, fill
from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.refusals import error_message, guarded
from covoxel.image.channel import Channel


class PairsPage(QWidget):
    """Correlates all pairs on request; a click on one selects it.

    `offered`: returns the image layers of the viewer.
    `time`: returns the time point in view of a layer and its channel.
    """

    #: The layers of a clicked cell.
    picked = Signal(object, object)

    def __init__(
        self,
        offered: Callable[[], list[Any]],
        time: Callable[[Any, Channel], int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._offered, self._time = offered, time
        self._asked: list[Any] = []
        self._shown: list[Any] = []
        self.button = QPushButton("Correlate all image layers", self)
        self.message = WrappedLabel(self)
        self.plot, self.jobs = MatrixPlot(self), Jobs(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        fill(column, self.button, self.message, (self.plot, 1))
        self.button.clicked.connect(guarded(lambda _: self.run(), self._failed))
        self.plot.picked.connect(self._on_picked)
        self.jobs.returned.connect(self._on_matrix)
        self.jobs.failed.connect(self._failed)

    def run(self) -> None:
        """Correlate all layers in the background."""
        self._asked = layers = [layer for layer in self._offered() if not layer.rgb]
        channels = checked_channels(layers, None, None) if len(layers) > 1 else []
        if not channels:
            self.message.setText("two image layers are needed")
            return
        t = self._time(layers[0], channels[0])
        where = f" at time point {t}" if channels[0].n_frames > 1 else ""
        self.message.setText("")

        def work(progress: Any) -> Any:
            options = MeasureOptions(measures=("pearson",), threshold1="none", threshold2="none")
            return where, measure(channels, t=t, options=options, progress=progress).matrix()

        self.jobs.run(work)

    def outdate(self, layer: Any) -> None:
        """Disable the matrix if one of its layers has changed."""
        if self.plot.isEnabled() and any(layer is one for one in self._shown):
            self.plot.setEnabled(False)
            self.message.setText(f"{layer.name} has changed since; correlate again")

    def _failed(self, error: Exception) -> None:
        self.message.setText(error_message(error, self._asked))

    def _on_matrix(self, found: tuple[str, Any]) -> None:
        where, matrix = found
        self._shown = self._asked
        self.plot.setEnabled(True)
        self.plot.show_matrix(matrix.to_numpy(), list(matrix.columns))
        self.message.setText(f"Pearson's r of whole frames{where}; click a pair to choose it")

    def _on_picked(self, i: int, j: int) -> None:
        pair = self._shown[i], self._shown[j]
        if all(any(layer is one for one in self._offered()) for layer in pair):
            self.picked.emit(*pair)
        else:
            self.message.setText("a layer of this pair is gone; correlate again")


#: Colours of −1, 0, 1, of cells without a value, and of names. Colour-blind users can tell blue
#: and orange apart.
_COLORS = {
    "dark": ("#3b9cff", "#3d4049", "#ff9a3c", "#26292f", "#e8e8e8"),
    "light": ("#1f78c8", "#ffffff", "#e06a00", "#e4e2e0", "#222222"),
}
#: Luma of red, green and blue, and the value above which text is black.
_LUMA, _MIDDLE = (0.299, 0.587, 0.114), 115
_CELL = QSize(42, 28)
#: Greatest width of the names of rows, in pixels.
_NAMES = 110
_STYLE = (
    "QTableView, QTableCornerButton::section, QHeaderView, QHeaderView::section"
    " {{background: {0}; color: {1}; border: none}}"
)


class MatrixPlot(QTableWidget):
    """A matrix of correlations, blue below 0 and orange above.

    Attributes
    ----------
    picked : Signal(int, int)
        Row and column, from 0, of a clicked cell, except on the diagonal.
    """

    picked = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors: tuple[str, ...] = ()
        self._values = np.zeros((0, 0))
        self._names: tuple[str, ...] = ()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        across, down = self.horizontalHeader(), self.verticalHeader()
        assert across is not None
        assert down is not None
        down.setMaximumWidth(_NAMES)
        for header, least in ((across, _CELL.width()), (down, _CELL.height())):
            header.setMinimumSectionSize(least)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
            header.setSectionsClickable(False)
            header.setHighlightSections(False)
            header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.cellClicked.connect(self._pick)
        self.cellActivated.connect(self._pick)
        self.set_theme("dark")

    def show_matrix(self, values: Any, names: Sequence[str]) -> None:
        """Show correlations.

        `values`: from −1 to 1; NaN is shown as a dash, (C, C).
        `names`: names of the channels.
        """
        values = np.asarray(values, np.float64)
        same_shape("values", values.shape, "a matrix of names", (len(names), len(names)))
        self._values, self._names = values, tuple(names)
        self._fill()

    def set_theme(self, theme: Literal["dark", "light"]) -> None:
        """Follow napari's theme."""
        one_of("theme", theme, _COLORS)
        self._colors = _COLORS[theme]
        self.setStyleSheet(_STYLE.format(*self._colors[3:]))
        self._fill()

    def sizeHint(self) -> QSize:
        """Return a size at which names are readable."""
        return QSize(420, 260)

    def _fill(self) -> None:
        size = len(self._names)
        self.setRowCount(size)
        self.setColumnCount(size)
        for i, name in enumerate(self._names):
            for place in (self.setHorizontalHeaderItem, self.setVerticalHeaderItem):
                header = QTableWidgetItem(name)
                header.setToolTip(name)
                place(i, header)
        for i, j in np.ndindex(size, size):
            self.setItem(i, j, self._cell(i, j))

    def _cell(self, i: int, j: int) -> QTableWidgetItem:
        value = float(self._values[i, j])
        known = math.isfinite(value)
        item = QTableWidgetItem(f"{value:.2f}".replace("-", "−") if known else "–")
        number = f"{value:.4f}".replace("-", "−") if known else "undefined"
        item.setToolTip(f"{self._names[i]} × {self._names[j]}: {number}")
        item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
        background = self._color(value if i != j else math.nan)
        item.setBackground(background)
        luma = np.dot(_LUMA, (background.red(), background.green(), background.blue()))
        item.setForeground(QColor("black" if luma > _MIDDLE else "white"))
        if i == j:
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        return item

    def _color(self, value: float) -> QColor:
        """Return a colour between those of 0 and −1 or 1."""
        negative, zero, positive, nothing = (QColor(name) for name in self._colors[:4])
        if not math.isfinite(value):
            return nothing
        end, share = positive if value > 0 else negative, min(abs(value), 1.0)
        one, other = (np.array(color.getRgb()[:3]) for color in (zero, end))
        return QColor(*np.round(one + share * (other - one)).astype(int).tolist())

    def _pick(self, i: int, j: int) -> None:
        if i != j:
            self.picked.emit(i, j)
