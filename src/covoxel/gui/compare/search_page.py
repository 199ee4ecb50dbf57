"""A tab of the Compare widget that looks for something in the frames in view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from covoxel.gui.choice import Choice
from covoxel.gui.compare.search import (
    KEY_POINTS,
    REPEATS,
    SMALL_IMAGE,
    Searched,
    said_of,
    search_of,
)
from covoxel.gui.faults import explained
from covoxel.gui.job import Jobs
from covoxel.gui.pickers import row
from covoxel.gui.run_row import RunRow
from covoxel.gui.wrapped_label import WrappedLabel

#: What a tab is for, and what its button says.
_TOLD = {
    KEY_POINTS: (
        "Points of the plane in view that image 2 shows too, moved, turned or magnified.",
        "Match key points",
    ),
    SMALL_IMAGE: ("Every place of image 1 that looks like image 2.", "Find image 2"),
    REPEATS: (
        "Content that occurs twice within image 1: copies, which no two exposures are.",
        "Look for repeats",
    ),
}
#: Those of `covoxel.similarity.match_keypoints`, which takes a while to load.
_DETECTORS: Sequence[str] = ("orb", "sift")


class SearchPage(QWidget):
    """What a search is for, its setting, its button, and what it found.

    Parameters
    ----------
    what : {"key points", "small image", "repeats"}
    choice : callable
        Returns what is chosen.
    """

    found = Signal(object)
    table_asked = Signal(str)

    def __init__(
        self, what: str, choice: Callable[[], Choice], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.what, self._choice = what, choice
        told, button = _TOLD[what]
        self.jobs = Jobs(self)
        self.row, self.said = RunRow(button, self.jobs, self), WrappedLabel(self)
        self.detector, self.threshold = QComboBox(self), QDoubleSpinBox(self)
        self.table = QPushButton("Show table", self)
        self.detector.addItems(list(_DETECTORS))
        self.threshold.setRange(0.05, 0.99)
        self.threshold.setSingleStep(0.05)
        self.threshold.setValue(0.8)
        points = what == KEY_POINTS
        self.detector.setVisible(points)
        self.threshold.setVisible(not points)
        column, explained = QVBoxLayout(self), WrappedLabel(self)
        column.setContentsMargins(2, 4, 2, 2)
        column.setSpacing(4)
        explained.setText(told)
        name = QLabel("found by" if points else "least correlation")
        setting = row(name, self.detector if points else self.threshold, stretch=(0, 1))
        for part in (explained, setting, self.row, self.said, self.table):
            column.addWidget(part)
        column.addStretch(1)
        self.table.hide()
        self.row.started.connect(self.search)
        self.jobs.returned.connect(self._done)
        self.jobs.failed.connect(self._failed)
        self.table.clicked.connect(lambda: self.table_asked.emit(what))

    def search(self) -> None:
        """Look for it in the background."""
        points = self.what == KEY_POINTS
        setting: Any = self.detector.currentText() if points else self.threshold.value()
        self.said.clear()
        try:
            work = search_of(self.what, self._choice(), setting)
        except Exception as error:  # noqa: BLE001  # shown to the user, whatever it is
            self._failed(error)
        else:
            self.jobs.run(work)

    def _failed(self, error: Exception) -> None:
        choice = self._choice()
        self.said.setText(explained(error, choice.layers[:2], choice.region))

    def _done(self, searched: Searched) -> None:
        self.said.setText(f"{searched.where}: {said_of(searched)}")
        self.table.show()
        self.found.emit(searched)
