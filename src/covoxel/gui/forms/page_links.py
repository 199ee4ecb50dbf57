"""Pages of the documentation, opened from the names of fields."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import CheckBox, Container, Label, Widget
from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QAction
from qtpy.QtWidgets import QCheckBox, QWidget

from covoxel.analysis.pages import page_url
from covoxel.analysis.registry import analysis_of
from covoxel.gui.qt import open_page

#: Of the tooltip of a name that is a link.
_CLICK = "Click for the page in the documentation."
_MENU = "Open the page in the documentation"


def link_names(row: Container[Widget], kind: type[Any]) -> None:
    """Link the name of each option in a row, or its check box, with its page."""
    named = None
    for part in row:
        named = part if isinstance(part, Label | CheckBox) else named
        if named is not None and part.name:
            named.tooltip = part.tooltip
            PageLink(named.native, kind, part.name)
            named = None


class PageLink(QObject):
    """Opens the page on an option by a click on its name, or by the menu of its check box.

    `kind`: the options of an analysis.
    `name`: one of them.
    """

    def __init__(self, part: QWidget, kind: type[Any], name: str) -> None:
        super().__init__(part)
        self._kind, self._name = kind, name
        if isinstance(part, QCheckBox):
            action = QAction(_MENU, part)
            action.triggered.connect(self.open)
            part.addAction(action)
            part.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
            return
        part.setCursor(Qt.CursorShape.PointingHandCursor)
        part.setToolTip(f"{part.toolTip()}\n{_CLICK}".lstrip())
        part.installEventFilter(self)

    def open(self) -> None:
        """Open the page."""
        open_page(page_url(analysis_of(self._kind()).name, self._name))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Open the page at a click."""
        if event is not None and event.type() == QEvent.Type.MouseButtonRelease:
            self.open()
            return True
        return super().eventFilter(watched, event)
