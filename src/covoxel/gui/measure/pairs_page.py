"""The tab with the correlation of every pair of image layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from covoxel.analysis.channels import checked_channels
from covoxel.analysis.measure.analysis import measure
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.gui.faults import explained
from covoxel.gui.job import Jobs
from covoxel.gui.measure.matrix_plot import MatrixPlot
from covoxel.gui.wrapped_label import WrappedLabel
from covoxel.image.channel import Channel


class PairsPage(QWidget):
    """Correlates all pairs on request; a click on one chooses it.

    Parameters
    ----------
    offered : callable
        Returns the image layers of the viewer.
    time : callable
        Returns the time point in view of the channels of such layers.
    """

    #: The two layers of a cell that was clicked.
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
        self.jobs.failed.connect(self._failed)

    def run(self) -> None:
        """Correlate the layers that lie on the grid of the first, in the background."""
        self._asked = layers = [layer for layer in self._offered() if not layer.rgb]
        try:
            channels = checked_channels(layers, None, None) if len(layers) > 1 else []
        except Exception as error:  # noqa: BLE001  # shown to the user, whatever it is
            self._failed(error)
            return
        if not channels:
            self.said.setText("two image layers are needed")
            return
        t = self._time(layers[0], channels[0])
        where = f" at time point {t}" if channels[0].n_frames > 1 else ""
        self.said.setText("")

        def work(progress: Any) -> Any:
            options = MeasureOptions(measures=("pearson",), threshold1="none", threshold2="none")
            return where, measure(channels, t=t, options=options, progress=progress).matrix()

        self.jobs.run(work)

    def outdate(self, layer: Any) -> None:
        """Let no pair be chosen by numbers of a layer that has changed since."""
        if self.plot.isEnabled() and any(layer is one for one in self._shown):
            self.plot.setEnabled(False)
            self.said.setText(f"{layer.name} has changed since; correlate again")

    def _failed(self, error: Exception) -> None:
        self.said.setText(explained(error, self._asked))

    def _on_matrix(self, found: tuple[str, Any]) -> None:
        where, matrix = found
        self._shown = self._asked
        self.plot.setEnabled(True)
        self.plot.show_matrix(matrix.to_numpy(), list(matrix.columns))
        self.said.setText(f"Pearson's r of whole frames{where}; click a pair to choose it")

    def _on_picked(self, i: int, j: int) -> None:
        pair = self._shown[i], self._shown[j]
        if all(any(layer is one for one in self._offered()) for layer in pair):
            self.picked.emit(*pair)
        else:
            self.said.setText("a layer of this pair is gone; correlate again")
