"""A tab of the Compare widget that looks for something in the frames in view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from magicgui.widgets import FloatSpinBox
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from covoxel.gui.compare.search import KEY_POINTS, REPEATS, SMALL_IMAGE, SearchRun, search_of
from covoxel.gui.forms.fields import ChoiceField
from covoxel.gui.forms.options_form import FieldRows
from covoxel.gui.qt import WrappedLabel, fill
from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.refusals import error_message, guarded
from covoxel.gui.running.rows import RunRow
from covoxel.gui.running.selection import Selection

#: What a tab is for, and the text of its button.
_TEXTS = {
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

    `selection`: returns what is chosen.
    """

    found = Signal(object)
    table_requested = Signal(str)

    def __init__(
        self, what: str, selection: Callable[[], Selection], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.what, self._selection = what, selection
        text, button = _TEXTS[what]
        self.jobs = Jobs(self)
        self.run_row, self.message = RunRow(button, self.jobs, self), WrappedLabel(self)
        self.table = QPushButton("Show table", self)
        self.form = FieldRows()
        if what == KEY_POINTS:
            self.setting: Any = ChoiceField(choices=_DETECTORS, name="detector")
            self.form.add_row("found by", self.setting)
        else:
            self.setting = FloatSpinBox(
                value=0.8, min=0.05, max=0.99, step=0.05, name="least_correlation"
            )
            self.form.add_row("least correlation", self.setting)
        column, purpose = QVBoxLayout(self), WrappedLabel(self)
        column.setContentsMargins(2, 4, 2, 2)
        column.setSpacing(4)
        purpose.setText(text)
        fill(column, purpose, self.form.native, self.run_row, self.message, self.table, 1)
        self.table.hide()
        self.run_row.started.connect(guarded(self.search, self._failed))
        self.jobs.returned.connect(self._done)
        self.jobs.failed.connect(self._failed)
        self.table.clicked.connect(lambda: self.table_requested.emit(what))

    def search(self) -> None:
        """Look for it in the background."""
        self.message.clear()
        self.jobs.run(search_of(self.what, self._selection(), self.setting.value))

    def _failed(self, error: Exception) -> None:
        selection = self._selection()
        self.message.setText(error_message(error, selection.layers[:2], selection.region))

    def _done(self, run: SearchRun) -> None:
        self.message.setText(f"{run.place}: {run.summary}")
        self.table.show()
        self.found.emit(run)
