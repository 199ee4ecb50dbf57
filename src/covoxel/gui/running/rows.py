"""Rows of a widget: run button with progress bar, and notice."""

from __future__ import annotations

import traceback

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QToolButton, QWidget

from covoxel.gui.qt import WrappedLabel, copy_text, fill, flush
from covoxel.gui.running.jobs import Jobs


class RunRow(QWidget):
    """A button that starts and cancels jobs, with a progress bar.

    `text`: on the button while nothing runs.
    """

    started = Signal()

    def __init__(self, text: str, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._text = jobs, text
        self.button, self.bar = QPushButton(text, self), QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setMinimumWidth(1)  # else a narrow window grows while something runs
        self.bar.hide()
        self.line = flush(QHBoxLayout(self))
        fill(self.line, (self.button, 1), (self.bar, 2))
        self.button.clicked.connect(lambda: jobs.cancel() if jobs.running else self.started.emit())
        jobs.busy.connect(self._on_busy)
        jobs.progressed.connect(self._on_progress)

    def add_fold(self, part: QWidget) -> None:
        """Add a button that hides what is above, so that more of a result is seen."""
        fold = QToolButton(self)
        fold.setArrowType(Qt.ArrowType.DownArrow)
        fold.setCheckable(True)
        fold.setToolTip("Hide or show the settings")
        fold.setAccessibleName("hide the settings")
        self.line.insertWidget(0, fold)

        def hide(hidden: bool) -> None:  # a Qt signal's argument
            part.setVisible(not hidden)
            fold.setArrowType(Qt.ArrowType.RightArrow if hidden else Qt.ArrowType.DownArrow)

        fold.toggled.connect(hide)

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
        fill(flush(QHBoxLayout(self)), (self.message, 1), self.copy)
        self.copy.setToolTip("What a report of this error should contain")
        self.copy.clicked.connect(lambda: copy_text(self._traceback))
        self.hide()

    def show_message(self, sentence: str, error: BaseException | None = None) -> None:
        """Show a message, and the button if there is an error; an empty one hides all."""
        self._traceback = "" if error is None else "".join(traceback.format_exception(error))
        self.message.setText(sentence)
        self.copy.setVisible(error is not None)
        self.setVisible(bool(sentence))
