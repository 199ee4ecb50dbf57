"""Fields in rows with a name at the left, found by name whichever row they are in."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, Label, Widget
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QSizePolicy

#: Room for the name of a row, in pixels: all forms of a widget are in line.
NAME_WIDTH = 116


class Rows(Container[Widget]):
    """A column of rows; ``rows.NAME`` is the field of that name."""

    def __init__(self, name: str = "") -> None:
        self.fields: dict[str, Any] = {}
        super().__init__(labels=False, name=name)
        self.margins = (0, 0, 0, 0)
        self.native.layout().setSpacing(2)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.native.setSizePolicy(policy)

    def __getattr__(self, name: str) -> Any:
        fields: dict[str, Any] = self.__dict__.get("fields", {})
        if name in fields:
            return fields[name]
        return super().__getattr__(name)

    def add_row(self, name: str, *parts: Widget | str) -> Container[Widget]:
        """Add fields side by side, and words between them; return the row."""
        widgets = [
            part if isinstance(part, Widget) else _words(part)
            for part in (name, *parts)
            if part != ""  # an empty container is false, too
        ]
        row: Container[Widget] = Container(widgets=widgets, layout="horizontal", labels=False)
        row.margins = (0, 0, 0, 0)
        row.native.layout().setSpacing(4)
        if name:
            widgets[0].native.setFixedWidth(NAME_WIDTH)
        else:
            row.margins = (NAME_WIDTH + 4, 0, 0, 0)
        for part in parts:
            if isinstance(part, Widget):
                self._take(part)
        self.append(row)
        return row

    def _take(self, field: Widget) -> None:
        if field.name:
            self.fields[field.name] = field


def _words(text: str) -> Label:
    label = Label(value=text)
    native: QLabel = label.native
    native.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    native.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    return label
