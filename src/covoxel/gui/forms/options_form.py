"""A form generated from a dataclass of options; advanced options are folded."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from magicgui.widgets import CheckBox, Container, Label, Widget
from magicgui.widgets.bases import BaseValueWidget
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QSizePolicy, QToolButton, QWidget

from covoxel.analysis.accepts import INPUTS
from covoxel.analysis.option_kinds import OptionKind, kinds_of
from covoxel.analysis.options import option
from covoxel.gui.forms.fields import default_of, field_of, lower
from covoxel.gui.forms.number_fields import NumbersField, RangeField
from covoxel.gui.forms.page_links import link_names
from covoxel.gui.qt import fill
from covoxel.gui.running.refusals import is_refusal
from covoxel.gui.turns import give_turn

#: Width of the name of a row, in pixels.
NAME_WIDTH = 118


class FieldRows(Container[Widget]):
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
        """Add a row of fields, and words between them, and return it."""
        row = self.make_row(name, *parts)
        self.append(row)
        return row

    def make_row(self, name: str, *parts: Widget | str) -> Container[Widget]:
        """Return such a row, which another part of the form shows."""
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
        fields = [part for part in parts if isinstance(part, Widget)]
        ticks = [part for part in fields if isinstance(part, CheckBox)]
        for tick in ticks if len(ticks) < len(fields) else ():  # the others need the room
            tick.native.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        for field in fields:
            self._take(field)
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


Options = TypeVar("Options")
#: Units that depend on the image; the key is shown until it is known.
_DEPENDENT = {"µm": "length", "s": "time"}


class OptionsForm(FieldRows, Generic[Options]):
    """Fields of options; ``form.NAME.value`` is the value of one.

    `kind`: a frozen dataclass, whose fields have the metadata of `covoxel.analysis.options.option`.
    `rows`: options side by side; every other option has its own row, after these.
    `texts`: texts of choices, by option.
    `inputs`: inputs of the analysis to offer among the folded options.
    """

    def __init__(
        self,
        kind: type[Options],
        rows: Sequence[tuple[str, ...]] = (),
        texts: Mapping[str, Mapping[str, str]] | None = None,
        inputs: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.options_type = kind
        kinds = dict(kinds_of(kind))
        self._about = {field.name: field for field in dataclasses.fields(typing.cast(Any, kind))}
        self._inputs = tuple(inputs)
        for name in inputs:
            kinds[name], self._about[name] = OptionKind((bool,)), _input_field(name)
        #: Initial values, which ``defaults`` restores.
        self.starts = {name: default_of(field) for name, field in self._about.items()}
        self._last: tuple[dict[str, Any], Options] | None = None
        self._units: list[tuple[str, Label]] = []
        self._rows: list[tuple[Container[Widget], tuple[str, ...], bool]] = []
        self._others: list[tuple[Container[Widget], Sequence[BaseValueWidget[Any]]]] = []
        made = {
            name: field_of(field, kinds[name], (texts or {}).get(name))
            for name, field in self._about.items()
        }
        give_turn()
        placed = {name for row in rows for name in row}
        every = [*rows, *((name,) for name in made if name not in placed)]
        folded = [row for row in every if self._about[row[0]].metadata.get("advanced")]
        for row in (row for row in every if row not in folded):
            self._add(row, made, advanced=False)
        self.more, self.restore = QToolButton(), QToolButton()
        self._folds = bool(folded)
        self._add_buttons()
        for row in folded:
            self._add(row, made, advanced=True)
        self.changed.connect(self._follow)
        self._follow()

    def read_options(self) -> Options:
        """Return the options.

        Raises
        ------
        ValueError
            If one is invalid; the message has its label.
        """
        given = self.given()
        if self._last is not None and given == self._last[0]:
            return self._last[1]
        try:
            options = self.options_type(**given)
        except (ValueError, TypeError) as error:
            if not is_refusal(error):
                raise
            raise ValueError(self._in_labels(str(error))) from error
        self._last = given, options
        return options

    def given(self) -> dict[str, Any]:
        """Return the values of all options that count, by name."""
        return {
            name: self._value(name, field)
            for name, field in self.fields.items()
            if name not in self._inputs and self._counts(name)
        }

    def inputs(self) -> dict[str, Any]:
        """Return the values of the offered inputs, by name."""
        return {name: self.fields[name].value for name in self._inputs}

    def values(self) -> dict[str, Any]:
        """Return the values of all fields, by name."""
        return {name: _shown(field) for name, field in self.fields.items()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show values, by name."""
        for _ in range(2):  # the unit of a radius comes after it
            for name, value in values.items():
                self.fields[name].value = value

    def takes(self, options: Any) -> bool:
        """Whether options are of the kind that is shown."""
        return type(options) is self.options_type

    def show_options(self, options: Options) -> None:
        """Show options; those that are not set begin as in a new form."""
        shown = {name: getattr(options, name) for name in self._about if name not in self._inputs}
        begin = {name for name, field in self._about.items() if "start" in field.metadata}
        self.set_values(
            {
                name: self.starts[name] if value is None and name in begin else value
                for name, value in shown.items()
            }
        )

    def start_with(self, values: Mapping[str, Any]) -> None:
        """Show values, which ``defaults`` restores from now on."""
        self.set_values(values)
        self.starts |= {name: self.fields[name].value for name in values}
        self._follow()

    def set_defaults(self) -> None:
        """Show the defaults."""
        self.set_values(self.starts)

    def changes(self) -> list[str]:
        """Return the names of options that differ from their defaults."""
        return [
            name
            for name, value in self.values().items()
            if self._counts(name) and value != self.starts[name]
        ]

    def show_units(self, **units: str) -> None:
        """Show the units of ``length`` and ``time``."""
        for what, label in self._units:
            if what in units:
                label.value = units[what]

    def row_of(self, name: str) -> Container[Widget]:
        """Return the row of an option."""
        return next(row for row, names, _ in self._rows if name in names)

    def fold(self, row: Container[Widget], *fields: BaseValueWidget[Any]) -> None:
        """Add a row of fields that are no options, and are empty at first, to what is folded."""
        self._others.append((row, fields))
        self._folds = True
        self.append(row)
        self._follow()

    def unfold(self) -> None:
        """Show what is folded."""
        self.more.setChecked(True)

    def add_button(self, button: QWidget) -> None:
        """Add a button on what is chosen, beside the one that unfolds."""
        self._buttons.native.layout().addWidget(button)

    def _value(self, name: str, field: BaseValueWidget[Any]) -> Any:
        value = _shown(field)
        if not isinstance(field, NumbersField | RangeField) or not isinstance(value, str):
            return value
        msg = f"{self._about[name].metadata['label']} is {value!r}; {field.needs}"
        raise ValueError(msg)

    def _in_labels(self, sentence: str) -> str:
        """Return a sentence with the label of its option."""
        name, _, rest = sentence.partition(" ")
        field = self._about.get(name)
        return sentence if field is None else f"{field.metadata['label']} {rest}"

    def _counts(self, name: str) -> bool:
        """Whether an option counts, given the values of others."""
        when = self._about[name].metadata.get("when")
        if when is None:
            return True
        if callable(when):
            return bool(when(self.values()))
        other, allowed = when
        return _shown(self.fields[other]) in allowed

    def _add(
        self, names: tuple[str, ...], made: Mapping[str, BaseValueWidget[Any]], *, advanced: bool
    ) -> None:
        """Add options in a row."""
        labels = [self._about[name].metadata["label"] for name in names]
        title, between = _titles(labels)
        of_all = between and not any(between)  # fields of one title share their unit
        parts: list[Widget | str] = []
        for name, word in zip(names, ("", *between), strict=True):
            parts += [made[name]] if isinstance(made[name], CheckBox) else [word, made[name]]
            unit = self._about[names[0] if of_all else name].metadata.get("unit")
            if unit and (not of_all or name == names[-1]):
                parts.append(self._unit(unit))
        if isinstance(made[names[0]], CheckBox):
            title = ""
        self._rows.append((row := self.add_row(title, *parts), names, advanced))
        link_names(row, self.options_type)

    def _unit(self, unit: str) -> Label:
        word = unit.partition(",")[0]
        label = Label(value=word)
        self._units.append((_DEPENDENT.get(word, ""), label))
        return label

    def _add_buttons(self) -> None:
        """Add the buttons that unfold, and that restore the defaults."""
        self._buttons = self.add_row("")
        fill(self._buttons.native.layout(), self.more, self.restore, 1)
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setVisible(self._folds)
        self.more.toggled.connect(lambda _: self._follow())
        self.restore.setText("defaults")
        self.restore.setToolTip("Go back to the defaults of all options")
        self.restore.clicked.connect(lambda _: self.set_defaults())

    def _follow(self) -> None:
        """Show the options that count, and how many folded ones have changed."""
        open_, changes = self.more.isChecked(), self.changes()
        hidden = 0
        for row, names, advanced in self._rows:
            count = [name for name in names if self._counts(name)]
            for name in names:
                self.fields[name].enabled = name in count
            row.visible = bool(count) and (open_ or not advanced)
            hidden += sum(name in changes for name in names) if advanced else 0
        for row, fields in self._others:
            row.visible = open_
            hidden += sum(field.value is not None for field in fields)
        arrow = Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow
        self.more.setArrowType(arrow)
        self.more.setText(f"more ({hidden} changed)" if hidden and not open_ else "more")
        self.restore.setVisible(bool(changes))
        self._buttons.visible = self._folds or bool(changes)


def _input_field(name: str) -> dataclasses.Field[bool]:
    """Return an input of analyses as a field of options."""
    about = option(False, INPUTS[name].label, INPUTS[name].text, advanced=True)
    (field,) = dataclasses.fields(dataclasses.make_dataclass("Inputs", [(name, bool, about)]))
    return field


def _shown(field: BaseValueWidget[Any]) -> Any:
    """Return the value of a field, without rounding errors of steps."""
    value = field.value
    return round(value, 9) if isinstance(value, float) else value


def _titles(labels: Sequence[str]) -> tuple[str, list[str]]:
    """Return the title of a row, and the words before its further fields.

    Examples
    --------
    >>> _titles(["Threshold 1", "Threshold 2"])
    ('threshold 1, 2', [''])
    >>> _titles(["Model", "Like"])
    ('model', ['like'])
    """
    first, *others = labels
    shared = first.rpartition(" ")[0] + " "
    if len(shared) > 1 and all(label.startswith(shared) for label in others):
        ends = [label.removeprefix(shared) for label in others]
        return lower(", ".join([first, *ends])), [""] * len(ends)
    return lower(first), [lower(label) for label in others]
