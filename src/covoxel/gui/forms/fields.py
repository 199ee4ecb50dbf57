"""The field of a form that an option is set by, as its type and metadata ask for."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any

from magicgui.widgets import CheckBox, ComboBox, FloatSpinBox, SpinBox, create_widget
from magicgui.widgets.bases import BaseValueWidget

from covoxel.gui.forms.layers import may_shrink
from covoxel.gui.forms.methods import MethodField
from covoxel.gui.forms.names import NamesField
from covoxel.gui.forms.numbers import NumbersField, RangeField
from covoxel.gui.forms.radius import RadiusField

#: Step of a share.
_STEP = 0.05


class ChoiceField(ComboBox):
    """One of several texts, or None, which the entry `empty` stands for."""

    def __init__(
        self, *, choices: Any, empty: str = "automatic", nullable: bool = False, **kwargs: Any
    ) -> None:
        self.null_string = empty
        super().__init__(choices=choices, nullable=nullable, **kwargs)
        may_shrink(self, 4)

    def say_empty(self, text: str) -> None:
        """Say what None stands for."""
        with self.changed.blocked():
            chosen, self.null_string = self.value, text
            offered, self.choices = self._default_choices, ()
            self.choices = offered
            self.value = chosen


def field_of(
    option: dataclasses.Field[Any], hint: Any, texts: Mapping[str, str] | None = None
) -> BaseValueWidget[Any]:
    """Return the field of an option.

    Parameters
    ----------
    option : dataclasses.Field
        Of an options dataclass; its metadata holds label, help and bounds.
    hint : type
    texts : mapping, optional
        What to call its choices; those that are missing are not offered.
    """
    kind, arguments = _kind_of(option, hint, texts)
    field = create_widget(
        value=default_of(option),
        name=option.name,
        label=option.metadata["label"] if kind is not CheckBox else lower(option.metadata["label"]),
        widget_type=kind,
        options={**arguments, "tooltip": tooltip(option)},
    )
    assert isinstance(field, BaseValueWidget)
    return field


def default_of(option: dataclasses.Field[Any]) -> Any:
    """Return the value that a field starts with."""
    return option.metadata.get("start", option.default)


def lower(label: str) -> str:
    """Return a label in small letters; an abbreviation stays."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def tooltip(option: dataclasses.Field[Any]) -> str:
    """Return the help of an option as a sentence, with its unit."""
    text: str = option.metadata["help"]
    unit = option.metadata.get("unit")
    return text[0].upper() + text[1:] + (f" ({unit})." if unit else ".")


def _kind_of(
    option: dataclasses.Field[Any], hint: Any, texts: Mapping[str, str] | None
) -> tuple[type[Any], dict[str, Any]]:
    """Return the kind of field that a type needs, and its arguments."""
    about = option.metadata
    kinds = set(typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,))
    nullable = types.NoneType in kinds and "start" not in about
    kinds -= {types.NoneType}
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
    if kinds == {bool}:
        return CheckBox, {}
    if kinds == {tuple[float, float]}:
        return RangeField, empty
    if not nullable and {"low", "high"} <= set(about) and kinds <= {int, float}:
        bounds = {"min": about["low"], "max": about["high"]}
        return (SpinBox, bounds) if kinds == {int} else (FloatSpinBox, {**bounds, "step": _STEP})
    return NumbersField, _numbers(kinds) | {"default": option.default} | empty


def _numbers(kinds: set[Any]) -> dict[str, bool]:
    """Return which numbers a type allows."""
    several = [kind for kind in kinds if typing.get_origin(kind) is tuple]
    items = {typing.get_args(kind)[0] for kind in several} | (kinds - set(several))
    return {"whole": items == {int}, "single": len(kinds) > len(several), "several": bool(several)}
