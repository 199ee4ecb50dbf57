"""Small inputs that several widgets share: a layer, a method with its number, a set of names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from qtpy.QtCore import QLocale, Qt, Signal
from qtpy.QtGui import QAction, QDoubleValidator
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

#: Where the number of each method starts.
_START = {
    "manual": "100",
    "percentile": "95",
    "top": "10",
    "max": "15",
    "constant": "100",
    "rolling": "50",
    "share": "0.1",
}


class LayerPicker(QComboBox):
    """A layer of the viewer, by name; it follows what the viewer holds.

    Parameters
    ----------
    layers : napari LayerList
    accepts : callable
        Which layers are offered.
    nothing : str, optional
        Text of the entry that stands for no layer.
    """

    changed = Signal()

    def __init__(
        self,
        layers: Any,
        accepts: Callable[[Any], bool],
        *,
        nothing: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._layers, self._accepts, self._nothing = layers, accepts, nothing
        self._entries: list[Any] = []
        self.setSizeAdjustPolicy(self.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(10)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.refresh()
        self.currentIndexChanged.connect(lambda _: self.changed.emit())

    def offered(self) -> list[Any]:
        """Return the layers offered, in the viewer's order."""
        return [layer for layer in self._layers if self._accepts(layer)]

    def layer(self) -> Any:
        """Return the chosen layer, or None."""
        at = self.currentIndex()
        layer = self._entries[at] if at >= 0 else None
        return layer if layer is not None and layer in self._layers else None

    def choose(self, layer: Any) -> None:
        """Choose a layer that is offered; None is the entry for no layer."""
        at = self._index(layer)
        if at >= 0:
            self.setCurrentIndex(at)

    def refresh(self) -> None:
        """Take up layers that came, went or were renamed, and keep the choice."""
        at = self.currentIndex()
        before = self._entries[at] if at >= 0 else None
        self.blockSignals(True)
        self.clear()
        self._entries = [*([None] if self._nothing else []), *self.offered()]
        for layer in self._entries:
            self.addItem(self._nothing if layer is None else layer.name)
        self.setCurrentIndex(max(self._index(before), 0 if self._entries else -1))
        self.blockSignals(False)
        if self.layer() is not before:
            self.changed.emit()

    def _index(self, layer: Any) -> int:
        return next((i for i, entry in enumerate(self._entries) if entry is layer), -1)


class MethodPicker(QWidget):
    """A threshold or background as it is written: a method, with a number or a file."""

    changed = Signal()

    def __init__(self, forms: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._numbered = {form.partition(":")[0]: ":" in form for form in forms}
        self.method, self.number = QComboBox(self), QLineEdit(self)
        self.method.addItems(list(self._numbered))
        check = QDoubleValidator(self.number)
        check.setLocale(QLocale.c())
        self.number.setValidator(check)
        self.number.setMaximumWidth(110)
        self._path = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.method, 1)
        row.addWidget(self.number)
        self.method.currentTextChanged.connect(self._on_method)
        self.number.editingFinished.connect(self.changed)
        self._on_method(self.method.currentText())

    def text(self) -> str:
        """Return the method as it is written."""
        kind = self.method.currentText()
        if kind == "control":
            return f"control:{self._path}"
        return f"{kind}:{self.number.text()}" if self._numbered[kind] else kind

    def set_text(self, text: str) -> None:
        """Show a method; without a signal."""
        kind, _, rest = text.partition(":")
        for part in (self, self.method, self.number):
            part.blockSignals(True)
        self.method.setCurrentText(kind)
        if kind == "control":
            self._path = rest
        elif rest:
            self.number.setText(rest)
        self.number.setVisible(self._numbered[kind] and kind != "control")
        for part in (self, self.method, self.number):
            part.blockSignals(False)

    def _on_method(self, kind: str) -> None:
        if kind == "control":
            self._path, _ = QFileDialog.getOpenFileName(self, "Single-stain control")
        elif kind in _START:
            self.number.setText(_START[kind])
        self.number.setVisible(self._numbered[kind] and kind != "control")
        self.changed.emit()


class NamesPicker(QToolButton):
    """A set of names, ticked in a menu."""

    changed = Signal()

    def __init__(
        self, names: Sequence[str], ticked: Collection[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setPopupMode(self.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        menu = QMenu(self)
        self._actions: list[QAction] = []
        for name in names:
            action = QAction(name, menu, checkable=True, checked=name in ticked)
            action.toggled.connect(self._on_toggled)
            menu.addAction(action)
            self._actions.append(action)
        self.setMenu(menu)
        self._say()

    def names(self) -> tuple[str, ...]:
        """Return the ticked names."""
        return tuple(action.text() for action in self._actions if action.isChecked())

    def _on_toggled(self) -> None:
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        names = self.names()
        self.setText(", ".join(names[:3]) + (" …" if len(names) > 3 else "") or "none")
        self.setToolTip(", ".join(names))


def row(*widgets: QWidget, stretch: tuple[int, ...] = ()) -> QWidget:
    """Return widgets side by side, as one for a line of a form."""
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    for i, widget in enumerate(widgets):
        line.addWidget(widget, stretch[i] if stretch else 1)
    return holder
