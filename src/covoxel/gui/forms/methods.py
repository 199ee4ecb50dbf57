"""A threshold, background or bleed-through as it is written: a method, its number or its file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from magicgui.widgets import ComboBox, LineEdit
from magicgui.widgets.bases import ValuedContainerWidget
from qtpy.QtCore import QLocale
from qtpy.QtGui import QDoubleValidator
from qtpy.QtWidgets import QFileDialog

from covoxel.gui.forms.layers import may_shrink
from covoxel.gui.forms.numbers import written

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


class MethodField(ValuedContainerWidget[Any]):
    """A method, with a number or a file where it takes one.

    Parameters
    ----------
    methods : sequence of str
        As they are written: ``otsu``, ``percentile:P``, ``control:FILE``.
    bare : str
        The method that a bare number stands for.
    empty : str, optional
        Text of the entry of which the value is None.
    """

    def __init__(
        self,
        value: Any = None,
        *,
        methods: Sequence[str],
        bare: str,
        empty: str = "",
        **kwargs: Any,
    ) -> None:
        self._takes = {method.partition(":")[0]: ":" in method for method in methods}
        self._bare, self._empty = bare, empty
        self.method, self.argument = ComboBox(choices=self._choices), LineEdit()
        parts = [self.method, self.argument]
        super().__init__(widgets=parts, layout="horizontal", labels=False, **kwargs)
        self.margins = (0, 0, 0, 0)
        may_shrink(self.method, 4)
        self._numbers = QDoubleValidator(self.argument.native)
        self._numbers.setLocale(QLocale.c())
        self.argument.native.setFixedWidth(52)
        self.value = next(iter(self._takes)) if value is None and not empty else value
        self.method.changed.connect(self._on_method)
        self.argument.native.editingFinished.connect(self._on_argument)

    def _choices(self, _: Any = None) -> list[tuple[str, str]]:
        automatic = [(self._empty, "")] if self._empty else []
        return [*automatic, *((kind, kind) for kind in self._takes)]

    def say_empty(self, text: str) -> None:
        """Say which method None stands for."""
        chosen, self._empty = self.method.value, text
        with self.method.changed.blocked():
            self.method.choices = ()
            self.method.choices = self._choices
            self.method.value = chosen

    def get_value(self) -> Any:
        """Return the method as it is written, or None."""
        kind = self.method.value
        if not kind:
            return None
        return f"{kind}:{self.argument.value}" if self._takes[kind] else kind

    def set_value(self, value: Any) -> None:
        """Show a method; a bare number is one, too."""
        text = f"{self._bare}:{written(value)}" if isinstance(value, int | float) else value or ""
        kind, _, argument = text.partition(":")
        if kind not in self.method.choices:
            msg = f"{self.label} is {value!r}; allowed are {', '.join(self._takes)}"
            raise ValueError(msg)
        before = self.value
        with self.method.changed.blocked():
            self.method.value = kind
            self._take(argument)
        if self.value != before:
            self.changed.emit(self.value)

    def choose_file(self) -> None:
        """Ask for the image of a single stain."""
        self.method.value = "control"

    def _take(self, argument: str) -> None:
        kind = self.method.value
        self._shown = argument
        self.argument.value = argument
        self.argument.tooltip = argument if kind == "control" else ""
        self.argument.native.setValidator(None if kind == "control" else self._numbers)
        self.argument.visible = self._takes.get(kind, False)

    def _on_method(self, kind: str) -> None:
        if kind == "control":
            path, _ = QFileDialog.getOpenFileName(self.native, "Single-stain control")
            self._take(path)
        else:
            self._take(_START.get(kind, ""))
        self.changed.emit(self.value)

    def _on_argument(self) -> None:
        if self.argument.value != self._shown:
            self._shown = self.argument.value
            self.changed.emit(self.value)
