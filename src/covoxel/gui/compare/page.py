"""What the Compare widget shows of a result: the measures in groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from covoxel.gui.compare.numbers import comparison_html, meanings_html
from covoxel.gui.qt import WrappedLabel, numbers_label
from covoxel.gui.running.rows import ResultButtons

if TYPE_CHECKING:
    from covoxel.similarity.compare import Comparison


class ComparePage(QWidget):
    """Measures in groups, and buttons."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.numbers, self.message = numbers_label(self), WrappedLabel(self)
        self.buttons = ResultButtons(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.numbers, self.message, self.buttons):
            column.addWidget(part)

    def show_comparison(self, found: Comparison, said: str) -> None:
        """Show the measures of a row, and a sentence below them."""
        self.numbers.setText(comparison_html(found))
        self.numbers.setToolTip(meanings_html(found))
        self.message.setText(said)
        self.message.setVisible(bool(said))
