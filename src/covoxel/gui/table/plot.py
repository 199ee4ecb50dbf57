"""A plot of the rows of a table: a column with its intervals over cells, time points or planes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from covoxel.analysis.schema import HIGH, LOW
from covoxel.gui.plots.figure_pane import FigurePane, ShownFigure
from covoxel.gui.qt import fill, flush
from covoxel.gui.table.shown import ShownTable
from covoxel.report import Theme
from covoxel.report.rows import rows_axes

#: Words for the columns that rows are drawn over.
_OVER = {"label": "cells", "t": "time points", "z": "planes"}


class RowsPlot(QWidget):
    """The rows that are shown as points, of which one is picked by a click."""

    #: The place of a point among the rows that are shown.
    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value, self.over = QComboBox(self), QComboBox(self)
        self.pane = FigurePane("There is nothing to draw.", self)
        self._shown: ShownTable | None = None
        self._places: list[int] = []
        line, column = flush(QHBoxLayout(), 4), flush(QVBoxLayout(self), 2)
        fill(line, (self.value, 2), QLabel("over", self), (self.over, 1))
        fill(column, line, (self.pane, 1))
        self.value.setToolTip("Which number of the rows is drawn, with its 95 % interval")
        self.over.setToolTip("Over what the rows are drawn")
        for box in (self.value, self.over):
            box.currentIndexChanged.connect(lambda _: self._draw())
        self.pane.canvas.mpl_connect("pick_event", self._on_pick)

    def show_rows(self, shown: ShownTable) -> None:
        """Draw the rows that a table shows."""
        self._shown = shown
        keys = [name for name in _OVER if name in shown.names()] or ["row"]
        offered = (self.value, shown.numbers()), (self.over, keys)
        for box, names in offered:
            before = box.currentData()
            box.blockSignals(True)
            box.clear()
            for name in names:
                box.addItem(_OVER.get(name, name) if box is self.over else name, name)
            box.setCurrentIndex(max(0, box.findData(before)))
            box.blockSignals(False)
        self._draw()

    def _draw(self) -> None:
        shown, value, over = self._shown, self.value.currentData(), self.over.currentData()
        if shown is None or value is None:
            self.pane.clear("There is nothing to draw.")
            return
        table = shown.table.iloc[shown.rows].assign(row=shown.rows)
        drawn, up, across = (table, value, over), shown.title_of(value), self.over.currentText()
        picture = ShownFigure(self._draw_rows, drawn, across, up, f"{value} over {across}")
        self.pane.show_picture(picture)

    def _draw_rows(self, axes: Axes, table: Any, value: str, over: str, theme: Theme) -> None:
        bounds = (value + LOW, value + HIGH) if value + LOW in table else None
        self._places = rows_axes(axes, table, value, over, bounds, theme)

    def _on_pick(self, event: Any) -> None:
        if len(event.ind):
            self.picked.emit(self._places[int(np.min(event.ind))])
