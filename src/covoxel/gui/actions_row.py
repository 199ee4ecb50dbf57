"""What can be done with a result: see its table, copy the line that repeats it."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from covoxel.gui.wrapped_label import WrappedLabel


class ActionsRow(QWidget):
    """Three buttons and a line that says what they did."""

    table_asked = Signal()
    python_asked = Signal()
    command_asked = Signal()
    region_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column, row = QVBoxLayout(self), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        self.said = WrappedLabel(self)
        self.said.hide()
        self.save = QPushButton("Save region beside the image", self)
        self.save.hide()
        self.save.clicked.connect(self.region_asked)
        column.addWidget(self.said)
        column.addWidget(self.save)
        for text, tip, signal in (
            ("Show table", "Open napari's table of the rows", self.table_asked),
            ("Copy as Python", "Copy the line that repeats this run", self.python_asked),
            ("Copy as command", "Copy the command that repeats this run", self.command_asked),
        ):
            button = QPushButton(text, self)
            button.setToolTip(tip)
            button.clicked.connect(signal)
            row.addWidget(button)

    def copy(self, line: str, missing: Sequence[str], *, region: bool) -> None:
        """Put a line into the clipboard, say what it lacks, and offer to save the `region`."""
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(line)
        self.say(" ".join(["Copied.", *missing]))
        self.save.setVisible(region)

    def say(self, sentence: str) -> None:
        """Show a sentence below the buttons."""
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))
