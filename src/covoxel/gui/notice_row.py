"""A sentence on what has happened, and the traceback of a fault to copy."""

from __future__ import annotations

from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

from covoxel.gui.faults import traceback_of
from covoxel.gui.wrapped_label import WrappedLabel


class NoticeRow(QWidget):
    """Hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.said, self.copy = WrappedLabel(self), QPushButton("Copy traceback", self)
        self._traceback = ""
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.said, 1)
        line.addWidget(self.copy)
        self.copy.setToolTip("What a report of this error should contain")
        self.copy.clicked.connect(self._on_copy)
        self.say("")

    def say(self, sentence: str, error: BaseException | None = None) -> None:
        """Show a sentence, with a button for the traceback of an error; empty hides all."""
        self._traceback = "" if error is None else traceback_of(error)
        self.said.setText(sentence)
        self.copy.setVisible(bool(self._traceback))
        self.setVisible(bool(sentence))

    def _on_copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self._traceback)
