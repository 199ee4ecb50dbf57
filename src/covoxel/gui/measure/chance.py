"""What chance gives: a tab that draws a measure where one channel is shifted."""

from __future__ import annotations

from typing import Literal

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from covoxel.gui.measure.null import MEASURES, RegionNull, region_null
from covoxel.gui.measure.run import MeasureRun
from covoxel.gui.plots.figure_pane import FigurePane, ShownFigure
from covoxel.gui.qt import WrappedLabel, fill, flush
from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.rows import RunRow
from covoxel.report.curves import null_axes

_ABOUT = "How often is the measure as high by chance? Channel 2 is shifted against channel 1."


class ChancePage(QWidget):
    """Draws, on request, the null of a measure in the region of a row."""

    #: An error of the computation.
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.jobs, self.measure = Jobs(self), QComboBox(self)
        self.plot, self.text = FigurePane(_ABOUT, self), WrappedLabel(self)
        self.run_row = RunRow("Draw what chance gives", self.jobs, self)
        self.measure.setToolTip("Which measure is drawn")
        self._run: MeasureRun | None = None
        self._row = 0
        for measure, (name, _) in MEASURES.items():
            self.measure.addItem(name, measure)
        line, column = flush(QHBoxLayout()), flush(QVBoxLayout(self), 2)
        column.setContentsMargins(0, 4, 0, 0)
        fill(line, self.measure, (self.run_row, 1))
        fill(column, line, (self.plot, 1), self.text)
        self.run_row.started.connect(self.draw)
        self.measure.currentIndexChanged.connect(lambda _: self._reset())
        self.jobs.returned.connect(self._show)
        self.jobs.failed.connect(self.failed)

    def set_theme(self, theme: Literal["dark", "light"]) -> None:
        """Follow napari's theme."""
        self.plot.set_theme(theme)

    def offer(self, run: MeasureRun | None, row: int = 0) -> None:
        """Take the region of a row of a run as the one to draw; None is nothing."""
        if run is not self._run or row != self._row:
            self._run, self._row = run, row
            self._reset()

    def draw(self) -> None:
        """Shift in the background."""
        run, row = self._run, self._row
        if run is not None:
            measure = self.measure.currentData()
            self.jobs.run(lambda _: region_null(run, row, measure))

    def _reset(self) -> None:
        self.jobs.cancel()
        self.plot.clear(_ABOUT)
        self.text.clear()
        self.run_row.button.setEnabled(self._run is not None)

    def _show(self, found: RegionNull) -> None:
        self.text.setText(found.text)
        if found.null is None:
            self.plot.clear("There is no null here.")
            return
        across, title = MEASURES[found.measure][1], "null of shifts"
        self.plot.show_picture(
            ShownFigure(null_axes, (found.null,), across, "share of shifts", title)
        )
