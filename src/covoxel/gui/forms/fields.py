"""Fields that set options: check boxes, choices, methods, names."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from magicgui.widgets import CheckBox, ComboBox, FloatSpinBox, LineEdit, SpinBox, create_widget
from magicgui.widgets.bases import BaseValueWidget
from qtpy.QtCore import QLocale
from qtpy.QtGui import QAction, QDoubleValidator
from qtpy.QtWidgets import QFileDialog, QMenu, QPushButton, QSizePolicy

from covoxel.analysis.option_kinds import OptionKind
from covoxel.gui.forms.meanings import explain_choices
from covoxel.gui.forms.narrow import narrow
from covoxel.gui.forms.number_fields import (
    NumbersField,
    RadiusField,
    RangeField,
    RowField,
    TextField,
    written,
)
from covoxel.thresholds.spec import MEANINGS

#: Step of a fraction.
_STEP = 0.05


class ChoiceField(ComboBox):
    """One of several texts; the entry `empty` is None."""

    def __init__(
        self, *, choices: Any, empty: str = "automatic", nullable: bool = False, **kwargs: Any
    ) -> None:
        self.null_string = empty
        super().__init__(choices=choices, nullable=nullable, **kwargs)
        narrow(self)

    def set_placeholder(self, text: str) -> None:
        """Set the text of None."""
        if text == self.null_string:
            return
        with self.changed.blocked():
            chosen, self.null_string = self.value, text
            choices, self.choices = self._default_choices, ()
            self.choices = choices
            self.value = chosen


class OptionalTextField(TextField):
    """A line of text; an empty one is None."""

    def get_value(self) -> Any:
        """Return the text, or None."""
        return super().get_value() or None

    def _text(self, value: Any) -> str:
        return "" if value is None else super()._text(value)


def field_of(
    option: dataclasses.Field[Any], may_be: OptionKind, texts: Mapping[str, str] | None = None
) -> BaseValueWidget[Any]:
    """Return the field of an option.

    `option`: its metadata has label, help and bounds.
    `texts`: texts of its choices; others are not offered.
    """
    kind, arguments = _kind_of(option, may_be, texts)
    field = create_widget(
        value=default_of(option),
        name=option.name,
        label=option.metadata["label"] if kind is not CheckBox else lower(option.metadata["label"]),
        widget_type=kind,
        options={**arguments, "tooltip": tooltip(option)},
    )
    assert isinstance(field, BaseValueWidget)
    if isinstance(field, NamesField):
        field.explain(option.metadata["meanings"])
    elif isinstance(field, MethodField):
        explain_choices(field.method.native, MEANINGS)
    elif isinstance(field, ChoiceField):
        explain_choices(field.native, option.metadata["choices"])
    return field


def default_of(option: dataclasses.Field[Any]) -> Any:
    """Return the initial value of a field."""
    return option.metadata.get("start", option.default)


def lower(label: str) -> str:
    """Return a label in lower case, except an abbreviation."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def tooltip(option: dataclasses.Field[Any]) -> str:
    """Return the help of an option as a sentence, with its unit."""
    text: str = option.metadata["help"]
    unit = option.metadata.get("unit")
    return text[0].upper() + text[1:] + (f" ({unit})." if unit else ".")


def _kind_of(
    option: dataclasses.Field[Any], may_be: OptionKind, texts: Mapping[str, str] | None
) -> tuple[type[Any], dict[str, Any]]:
    """Return the field class for what an option may be, and its arguments."""
    about = option.metadata
    nullable = may_be.nullable and "start" not in about
    empty = {"empty": about["empty"]} if "empty" in about else {}
    if about.get("field") == "radius":
        return RadiusField, {}
    if "methods" in about:
        automatic = {"empty": about.get("empty", "automatic")} if nullable else {}
        return MethodField, {"methods": about["methods"], "bare": about["bare"]} | automatic
    if "names" in about:
        return NamesField, {"names": about["names"], "usual": about["usual"]}
    if "choices" in about:
        named = texts or {choice: choice for choice in about["choices"]}
        choices = [(text, value) for value, text in named.items()]
        return ChoiceField, {"choices": choices, "nullable": nullable} | empty
    if may_be.plain is bool:
        return CheckBox, {}
    if may_be.plain is str:
        return OptionalTextField, empty
    if may_be.length == 2:
        return RangeField, empty
    whole = may_be.types == {int}
    if not nullable and {"low", "high"} <= set(about) and may_be.plain in (int, float):
        bounds = {"min": about["low"], "max": about["high"]}
        return (SpinBox, bounds) if whole else (FloatSpinBox, {**bounds, "step": _STEP})
    takes = {"whole": whole, "single": bool(may_be.single), "several": bool(may_be.items)}
    return NumbersField, {**takes, "default": option.default, **empty}


#: Initial number of each method.
_START = {
    "manual": "100",
    "percentile": "95",
    "top": "10",
    "max": "15",
    "constant": "100",
    "rolling": "50",
    "share": "0.1",
}


class MethodField(RowField):
    """A method, with a number or a file where it takes one.

    `methods`: such as ``otsu``, ``percentile:P``, ``control:FILE``.
    `bare`: the method of a bare number.
    `empty`: text of the entry for None.
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
        super().__init__(widgets=[self.method, self.argument], **kwargs)
        narrow(self.method, "")
        policies = self.method.native.SizeAdjustPolicy
        self.method.native.setSizeAdjustPolicy(policies.AdjustToContents)  # where there is room
        self._numbers = QDoubleValidator(self.argument.native)
        self._numbers.setLocale(QLocale.c())
        self.argument.native.setFixedWidth(48)
        self.value = next(iter(self._takes)) if value is None and not empty else value
        self.method.changed.connect(self._on_method)
        self.argument.native.editingFinished.connect(self._on_argument)

    def _choices(self, _: Any = None) -> list[tuple[str, str]]:
        automatic = [(self._empty, "")] if self._empty else []
        return [*automatic, *((kind, kind) for kind in self._takes)]

    def set_placeholder(self, text: str) -> None:
        """Set the text of None."""
        if text == self._empty:
            return
        chosen, self._empty = self.method.value, text
        with self.method.changed.blocked():
            self.method.choices = ()
            self.method.choices = self._choices
            self.method.value = chosen

    def get_value(self) -> Any:
        """Return the method with its argument, or None."""
        kind = self.method.value
        if not kind:
            return None
        return f"{kind}:{self.argument.value}" if self._takes[kind] else kind

    def set_value(self, value: Any) -> None:
        """Show a method, or a bare number."""
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
        """Ask for the image of a single-stain control."""
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


class NamesField(RowField):
    """Names to tick in a menu.

    `names`: what each stands for; others can be set, and are offered from then on.
    `usual`: the names of ``("default",)``.
    """

    def __init__(
        self,
        value: Sequence[str] = ("default",),
        *,
        names: Mapping[str, Sequence[str]],
        usual: Sequence[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._names, self._usual = names, tuple(usual)
        self.button = QPushButton()
        self.button.setStyleSheet("text-align: left; padding-left: 8px")
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.setMenu(QMenu(self.button))
        self.native.layout().addWidget(self.button)
        self._actions: dict[str, QAction] = {}
        for name in names:
            self._offer(name)
        self.value = tuple(value)

    def get_value(self) -> tuple[str, ...]:
        """Return the ticked names, in the order of the menu; ``default`` stands for the usual."""
        ticked = tuple(name for name, action in self._actions.items() if action.isChecked())
        if not set(self._usual) <= set(ticked):
            return ticked
        return ("default", *(name for name in ticked if name not in self._usual))

    def set_value(self, value: Sequence[str]) -> None:
        """Tick names; ``default`` and ``all`` stand for several."""
        wanted = {value} if isinstance(value, str) else set(value)
        if "default" in wanted:
            wanted = wanted - {"default"} | set(self._usual)
        if "all" in wanted:
            wanted = wanted - {"all"} | set(self._actions)
        for name in sorted(wanted - set(self._actions)):
            self._offer(name)
        changed = False
        for name, action in self._actions.items():
            changed |= action.isChecked() != (name in wanted)
            action.blockSignals(True)
            action.setChecked(name in wanted)
            action.blockSignals(False)
        self._show_names()
        if changed:
            self.changed.emit(self.value)

    def explain(self, meanings: Mapping[str, str]) -> None:
        """Show what each name means as its tooltip."""
        menu = self.button.menu()
        assert menu is not None
        menu.setToolTipsVisible(True)
        for name, action in self._actions.items():
            if name in meanings:
                action.setToolTip(f"{meanings[name]}: {', '.join(self._names[name])}")

    def _offer(self, name: str) -> None:
        menu = self.button.menu()
        assert menu is not None
        action = self._actions[name] = QAction(name, menu, checkable=True)
        action.toggled.connect(self._on_toggled)
        menu.addAction(action)

    def _on_toggled(self) -> None:
        self._show_names()
        self.changed.emit(self.value)

    def _show_names(self) -> None:
        names = self.get_value()
        self.button.setText(", ".join(names[:3]) + (" …" if len(names) > 3 else "") or "none")
        ticked = (name for name, action in self._actions.items() if action.isChecked())
        self.button.setToolTip(", ".join(ticked))
