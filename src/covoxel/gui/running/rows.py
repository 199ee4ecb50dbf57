"""Rows of a widget: run button with progress bar, notice, and actions on a result."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from covoxel.gui.qt import WrappedLabel, copy_text, flush
from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.lines import RepeatableRun, as_command, as_python, missing
from covoxel.gui.running.sources import region_path, repeatable_run, save_region

if TYPE_CHECKING:
    from covoxel.gui.running.selection import RunRecord


class RunRow(QWidget):
    """A button that starts and cancels jobs, with a progress bar.

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
        line = flush(QHBoxLayout(self))
        line.addWidget(self.button, 1)
        line.addWidget(self.bar, 2)
        self.button.clicked.connect(lambda: jobs.cancel() if jobs.running else self.started.emit())
        jobs.busy.connect(self._on_busy)
        jobs.progressed.connect(self._on_progress)

    def set_text(self, text: str) -> None:
        """Show another text while nothing runs."""
        self._text = text
        self._on_busy(self._jobs.running)

    def _on_busy(self, busy: bool) -> None:  # a Qt signal's argument
        self.button.setText("Cancel" if busy else self._text)
        self.bar.setVisible(busy)
        self.bar.setRange(0, 0)

    def _on_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)


class NoticeRow(QWidget):
    """A message, with a button that copies the traceback of an error; hidden without any."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message, self.copy = WrappedLabel(self), QPushButton("Copy traceback", self)
        self._traceback = ""
        line = flush(QHBoxLayout(self))
        line.addWidget(self.message, 1)
        line.addWidget(self.copy)
        self.copy.setToolTip("What a report of this error should contain")
        self.copy.clicked.connect(lambda: copy_text(self._traceback))
        self.hide()

    def show_message(self, sentence: str, error: BaseException | None = None) -> None:
        """Show a message, and the button if there is an error; an empty one hides all."""
        self._traceback = "" if error is None else "".join(traceback.format_exception(error))
        self.message.setText(sentence)
        self.copy.setVisible(error is not None)
        self.setVisible(bool(sentence))


class ResultButtons(QWidget):
    """Buttons that act on a result, and a message about what they did."""

    table_requested = Signal()
    python_requested = Signal()
    command_requested = Signal()
    region_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column, row = flush(QVBoxLayout(self), 2), QHBoxLayout()
        column.addLayout(row)
        self.message = WrappedLabel(self)
        self.save = QPushButton("Save region beside the image", self)
        self.save.clicked.connect(self.region_requested)
        for part in (self.message, self.save):
            part.hide()
            column.addWidget(part)
        self.show_message = self.message.show_text
        for text, tip, signal in (
            ("Show table", "Open napari's table of the rows", self.table_requested),
            ("Copy as Python", "Copy the line that repeats this run", self.python_requested),
            ("Copy as command", "Copy the command that repeats this run", self.command_requested),
        ):
            button = QPushButton(text, self)
            button.setToolTip(tip)
            button.clicked.connect(signal)
            row.addWidget(button)


#: Makes the line that repeats a run.
Line = Callable[[RepeatableRun, Any], str]


def python_line(run: RepeatableRun, last: RunRecord) -> str:
    """Return Python statements that repeat a run."""
    return as_python(run, last.region_as)


def command_line(run: RepeatableRun, last: RunRecord) -> str:
    """Return the command that repeats a run."""
    return as_command(run, last.region_as)


def copy_line(row: ResultButtons, last: RunRecord, line: Line) -> None:
    """Copy the line that repeats a run; offer to save a region that it cannot name."""
    run = repeatable_run(last)
    copy_text(line(run, last))
    row.show_message(" ".join(["Copied.", *missing(run)]))
    unsaved = run.region is not None and run.region_path is None
    row.save.setVisible(unsaved and run.files[0] is not None)


def save_beside(row: ResultButtons, last: RunRecord) -> None:
    """Save the region of a run beside its image, where the copied lines look for it."""
    file = repeatable_run(last).files[0]
    if file is None:
        return
    try:
        path = save_region(last, region_path(last.selection.region.name, file.path))
    except (ValueError, OSError) as error:
        row.show_message(str(error))
        return
    row.save.hide()
    row.show_message(f"Saved as {path.name}; copy the line again.")
