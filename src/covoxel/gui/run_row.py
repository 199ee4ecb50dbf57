"""The button that starts a run and cancels it, with the bar that shows how far it is."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from covoxel.gui.job import Jobs


class RunRow(QWidget):
    """Follows the computations of a `Jobs`.

    Parameters
    ----------
    text : str
        On the button while nothing runs.
    jobs : Jobs
    """

    started = Signal()

    def __init__(self, text: str, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._text = jobs, text
        self.button, self.bar = QPushButton(text, self), QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.hide()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.button, 1)
        line.addWidget(self.bar, 2)
        self.button.clicked.connect(self._on_button)
        jobs.busy.connect(self._on_busy)
        jobs.progressed.connect(self._on_progress)

    def set_text(self, text: str) -> None:
        """Show another text while nothing runs."""
        self._text = text
        self._on_busy(self._jobs.running)

    def _on_button(self) -> None:
        if self._jobs.running:
            self._jobs.cancel()
        else:
            self.started.emit()

    def _on_busy(self, busy: bool) -> None:  # a Qt signal's argument
        self.button.setText("Cancel" if busy else self._text)
        self.bar.setVisible(busy)
        self.bar.setRange(0, 0)

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
