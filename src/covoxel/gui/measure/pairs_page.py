"""The tab with the correlation of every pair of image layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from covoxel.analysis.inputs import checked_channels
from covoxel.analysis.matrix import correlation_matrix
from covoxel.analysis.measure import measure
from covoxel.analysis.options import MeasureOptions
from covoxel.gui.job import Jobs
from covoxel.gui.measure.matrix_plot import MatrixPlot
from covoxel.gui.wrapped_label import WrappedLabel


class PairsPage(QWidget):
    """Correlates all pairs on request; a click on one chooses it.

    Parameters
    ----------
    offered : callable
        Returns the image layers of the viewer.
    """

    #: The two layers of a cell that was clicked.
    picked = Signal(object, object)

    def __init__(self, offered: Callable[[], list[Any]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offered = offered
        self._shown: list[Any] = []
        self.button = QPushButton("Correlate all image layers", self)
        self.said = WrappedLabel(self)
        self.plot, self.jobs = MatrixPlot(self), Jobs(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self.button)
        column.addWidget(self.said)
        column.addWidget(self.plot, 1)
        self.button.clicked.connect(self.run)
        self.plot.picked.connect(self._on_picked)
        self.jobs.returned.connect(self._on_matrix)
        self.jobs.failed.connect(lambda error: self.said.setText(str(error)))

    def run(self) -> None:
        """Correlate the layers that lie on the grid of the first, in the background."""
        layers = [layer for layer in self._offered() if not layer.rgb]
        try:
            channels = checked_channels(layers, None, None) if len(layers) > 1 else []
        except (ValueError, TypeError) as error:
            self.said.setText(str(error))
            return
        if not channels:
            self.said.setText("two image layers are needed")
            return
        self._shown = layers
        self.said.setText("")

        def work(progress: Any) -> Any:
            options = MeasureOptions(measures=("pearson",), threshold_1="none", threshold_2="none")
            return correlation_matrix(measure(channels, t=0, options=options, progress=progress))

        self.jobs.run(work)

    def _on_matrix(self, matrix: Any) -> None:
        self.plot.show_matrix(matrix.to_numpy(), list(matrix.columns))
        self.said.setText("Pearson's r of whole frames; click a pair to choose it")

    def _on_picked(self, i: int, j: int) -> None:
        self.picked.emit(self._shown[i], self._shown[j])
