"""The table of images, which fills as they are analysed."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt
from qtpy.QtGui import QColor

from covoxel.gui.batch.experiment import Experiment
from covoxel.gui.qt import WARNING

#: Colours of what failed or is incomplete, in both themes.
_BAD = {"failed": "#d9534f", "incomplete": WARNING}
_NOWHERE = QModelIndex()


class ImageTable(QAbstractTableModel):
    """The rows of an experiment."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.experiment: Experiment | None = None
        self._header: list[str] = []
        self._numbers: dict[str, int] = {}

    def show(self, experiment: Experiment | None) -> None:
        """Show another experiment."""
        self.beginResetModel()
        self.experiment = experiment
        self._header = [] if experiment is None else experiment.header
        images = () if experiment is None else experiment.images
        self._numbers = {one.name: number for number, one in enumerate(images)}
        self.endResetModel()

    def set_status(self, name: str, status: tuple[str, str]) -> None:
        """Show whether an image was analysed."""
        if self.experiment is not None and name in self._numbers:
            self.experiment.status[name] = status
            number, last = self._numbers[name], len(self._header) - 1
            self.dataChanged.emit(self.index(number, 0), self.index(number, last))

    def rowCount(self, parent: QModelIndex = _NOWHERE) -> int:
        """Return the number of images."""
        return 0 if parent.isValid() else len(self._numbers)

    def columnCount(self, parent: QModelIndex = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._header)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell, also as its tip, and the colour of a bad one."""
        if self.experiment is None or not index.isValid():
            return None
        cells = self.experiment.row(index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return cells[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole and cells[1] in _BAD:
            return QColor(_BAD[cells[1]])
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the name of a column, or the number of an image from 1."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._header[section] if orientation == Qt.Orientation.Horizontal else section + 1
