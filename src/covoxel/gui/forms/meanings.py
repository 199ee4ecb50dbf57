"""What the choices of a box mean, as their tooltips."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import QEvent, QModelIndex, Qt
from qtpy.QtGui import QHelpEvent
from qtpy.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)


def explain_choices(box: QComboBox, meanings: Mapping[str, str]) -> None:
    """Show as tooltips what the choices of a box mean, by their values."""
    box.setItemDelegate(_Meanings(meanings, box))


class _Meanings(QStyledItemDelegate):
    """Draws the choices of a box as usual; their tooltips are what they mean."""

    def __init__(self, meanings: Mapping[str, str], parent: QWidget) -> None:
        super().__init__(parent)
        self._meanings = meanings

    def helpEvent(
        self,
        event: QHelpEvent | None,
        view: QAbstractItemView | None,
        option: QStyleOptionViewItem,
        index: QModelIndex,
    ) -> bool:
        """Show what the choice under the pointer means."""
        if event is not None and event.type() == QEvent.Type.ToolTip:
            value = str(index.data(Qt.ItemDataRole.UserRole))
            QToolTip.showText(event.globalPos(), self._meanings.get(value, ""), view)
            return True
        return super().helpEvent(event, view, option, index)
