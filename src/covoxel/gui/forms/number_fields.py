"""Fields of numbers as text, of ranges, and of a radius."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from magicgui.widgets import ComboBox, Label, LineEdit
from magicgui.widgets.bases import ValuedContainerWidget
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDoubleSpinBox, QLabel, QSlider, QWidget

#: The least width of a line of text, and the room around its placeholder, in pixels.
_LINE, _AROUND = 40, 14


class RowField(ValuedContainerWidget[Any]):
    """A value set by several widgets side by side."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(layout="horizontal", labels=False, **kwargs)
        self.margins = (0, 0, 0, 0)


class TextField(RowField):
    """A line of text, whose ``value`` changes once editing is finished.

    `empty`: placeholder of an empty line.
    """

    def __init__(self, value: Any = "", *, empty: str = "", **kwargs: Any) -> None:
        self.line, self._shown = LineEdit(), ""
        super().__init__(widgets=[self.line], **kwargs)
        self.set_placeholder(empty)
        self.value = value
        self.line.native.editingFinished.connect(self._on_edited)

    def set_placeholder(self, text: str) -> None:
        """Set the placeholder of an empty line, which is not cut off."""
        line = self.line.native
        line.setPlaceholderText(text)
        line.setMinimumWidth(max(_LINE, line.fontMetrics().horizontalAdvance(text) + _AROUND))

    def get_value(self) -> Any:
        """Return the text."""
        return self.line.value.strip()

    def set_value(self, value: Any) -> None:
        """Show a value."""
        self._shown = self._text(value)
        if self._shown != self.line.value:
            self.line.value = self._shown
            self.changed.emit(self.value)

    def _text(self, value: Any) -> str:
        return str(value)

    def _on_edited(self) -> None:
        if self.line.value != self._shown:
            self._shown = self.line.value
            self.changed.emit(self.value)


class NumbersField(TextField):
    """Numbers separated by commas; ``value`` is the text where it cannot be read.

    `whole`: whether whole numbers are returned as int.
    `single`, `several`: whether one number, and several, are allowed.
    `default`: value of an empty line.
    """

    def __init__(
        self,
        value: Any = None,
        *,
        whole: bool = False,
        single: bool = True,
        several: bool = True,
        default: Any = None,
        **kwargs: Any,
    ) -> None:
        self.whole, self.single, self.several, self.default = whole, single, several, default
        super().__init__(default if value is None else value, **kwargs)

    @property
    def needs(self) -> str:
        """Description of a valid text."""
        if not self.several:
            return "a number is needed, with a point for decimals"
        return "numbers are needed, with a point for decimals and commas between"

    def get_value(self) -> Any:
        """Return a number, a tuple, the default, or an invalid text."""
        text = self.line.value.strip()
        if not text:
            return self.default
        try:
            numbers = tuple(self._number(part) for part in text.split(","))
        except ValueError:
            return text
        if len(numbers) == 1 and self.single:
            return numbers[0]
        return numbers if self.several else text

    def _text(self, value: Any) -> str:
        if value is None or value == self.default:
            return ""
        if isinstance(value, str):  # as it was typed
            return value
        numbers = value if isinstance(value, list | tuple) else (value,)
        return ",".join(written(number) for number in numbers)

    def _number(self, part: str) -> float:
        part = part.strip()
        return int(part) if self.whole and part.lstrip("+-").isdigit() else float(part)


class RangeField(RowField):
    """A range of numbers; an empty end is open, and the value None if both are."""

    needs = "a lower and a higher number are needed, with a point for decimals"

    def __init__(self, value: Any = None, *, empty: str = "", **kwargs: Any) -> None:
        self.low = NumbersField(several=False, empty="0")
        self.high = NumbersField(several=False, empty=empty)
        parts = [self.low, Label(value="to"), self.high]
        super().__init__(widgets=parts, **kwargs)
        self.value = value
        for end in (self.low, self.high):
            end.changed.connect(lambda: self.changed.emit(self.value))

    def get_value(self) -> Any:
        """Return both ends, None, or an invalid text."""
        low, high = self.low.value, self.high.value
        if low is None and high is None:
            return None
        if high is None or isinstance(low, str) or isinstance(high, str):
            return f"{self.low.line.value} to {self.high.line.value}"
        return low or 0.0, high

    def set_value(self, value: Any) -> None:
        """Show a range, or None."""
        before = self.value
        with self.changed.blocked():
            self.low.value, self.high.value = (None, None) if value is None else value
        if self.value != before:
            self.changed.emit(self.value)


def written(number: Any) -> str:
    """Return a number as text.

    Examples
    --------
    >>> written(2.0), written(0.25), written(7)
    ('2', '0.25', '7')
    """
    return repr(number).removesuffix(".0")


#: First and greatest value of the slider, in pixels.
_FIRST, _MOST = 5, 50
_SLIDER, _NUMBER = 50, 50  # px, so that the dock stays narrow
#: Text of the number along Z below 0.
_ALIKE = "alike"


class RadiusField(RowField):
    """The radius in the plane, and along Z where it differs.

    The slider counts pixels of a plane in any unit. None is shown as 5 pixels.
    """

    def __init__(self, value: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.number, self.along_z, self._z = QDoubleSpinBox(), QDoubleSpinBox(), QLabel("z")
        self._steps: Sequence[float] | None = None
        self._unit: ComboBox | None = None
        self._shown, self._picked, self._deep = "px", False, False
        line = self.native.layout()
        line.setSpacing(4)
        for part in (self.slider, self.number, self._z, self.along_z):
            line.addWidget(part)
        self.slider.setRange(1, _MOST)
        self.slider.setValue(_FIRST)
        self.slider.setMinimumWidth(_SLIDER)
        for number in (self.number, self.along_z):
            number.setStyleSheet(f"min-width: {_NUMBER}px; max-width: {_NUMBER}px")
            number.setButtonSymbols(number.ButtonSymbols.NoButtons)
        self.along_z.setSpecialValueText(_ALIKE)
        self.along_z.setToolTip("How far it reaches along z; 0 takes planes one by one")
        self._show_depth(shown=False)
        self._show_pixels(_FIRST, -1)
        self.slider.valueChanged.connect(self._on_slider)
        self.number.valueChanged.connect(self._on_number)
        self.along_z.valueChanged.connect(lambda _: self._emit())
        if value is not None:
            self.value = value

    def get_value(self) -> float | tuple[float, ...]:
        """Return the radius in its unit, for all axes or for each."""
        plane, depth = self._read(self.number), self._read(self.along_z)
        return plane if not self._deep or depth < 0 else (depth, plane, plane)

    def set_value(self, value: Any) -> None:
        """Show a radius, for all axes or for each with y and x alike."""
        before = self.value
        numbers = value if isinstance(value, tuple) else (value,)
        if len(set(numbers[-2:])) > 1 or len(numbers) == 2:
            msg = f"{self.label} is {value}; one number, or z,y,x with y and x alike, is needed"
            raise ValueError(msg)
        with self._silent():
            if value is None:
                self._show_pixels(_FIRST, -1)
            else:
                self._show_depth(shown=self._deep or len(numbers) > 1)
                self.number.setValue(numbers[-1])
                self.along_z.setValue(numbers[0] if len(numbers) > 1 else -1)
                self.slider.setValue(round(numbers[-1] / self._step(-1)))
        if self.value != before:
            self._emit()

    def follow_unit(self, unit: ComboBox) -> None:
        """Take the unit, ``px`` or ``um``, from another field; pixels stay the same."""
        self._unit = unit
        unit.changed.connect(self._on_unit)
        unit.native.activated.connect(self._on_user_unit)

    def offer(self, *, deep: bool, longest: int, spacing: Sequence[float] | None) -> None:
        """Follow the axes, the plane size and the pixel size of an image."""
        if deep != self._deep:
            self._show_depth(shown=deep)
        with self._silent():
            self.slider.setMaximum(max(1, min(_MOST, longest - 1)))
        given = self._in_um and self._steps is None  # set before the pixel size was known
        before, self._steps = self._steps, spacing
        known, unit = spacing is not None, self._unit
        if unit is None:
            return
        unit.enabled = known
        wanted = unit.value if self._picked and known else "um" if known else "px"
        if wanted != unit.value:
            with unit.changed.blocked():
                unit.value = wanted
        if before != self._steps or wanted != self._shown:
            depth = self.along_z.value() / self._step(0)
            plane = self.number.value() / self._step(-1) if given else self.slider.value()
            self._show_pixels(plane, -1 if depth < 0 else depth if given else 0)
            with self._silent():
                self.slider.setValue(round(plane))

    def _emit(self) -> None:
        self.changed.emit(self.value)

    def _show_depth(self, *, shown: bool) -> None:
        self._deep = shown
        for part in (self._z, self.along_z):
            part.setVisible(shown)

    def _read(self, number: QDoubleSpinBox) -> float:
        return round(number.value(), 6) if self._in_um else round(number.value())

    @property
    def _in_um(self) -> bool:
        return self._unit is not None and self._unit.value == "um"

    def _step(self, axis: int) -> float:
        """Return the pixel size along an axis, in the unit."""
        return self._steps[axis] if self._in_um and self._steps is not None else 1.0

    def _show_pixels(self, plane: float, depth: float) -> None:
        """Show lengths given in pixels."""
        self._shown = "um" if self._in_um else "px"
        with self._silent():
            for number, pixels, axis, least in (
                (self.number, plane, -1, 0.0),
                (self.along_z, depth, 0, -self._step(0)),
            ):
                step = self._step(axis)
                number.setDecimals(3 if self._in_um else 0)
                number.setRange(least, 1e4)
                number.setSingleStep(step)
                number.setValue(pixels * step)

    def _on_slider(self, pixels: int) -> None:
        with self._silent():
            self.number.setValue(pixels * self._step(-1))
        self._emit()

    def _on_number(self, value: float) -> None:
        with self._silent():
            self.slider.setValue(round(value / self._step(-1)))
        self._emit()

    def _on_unit(self, unit: str) -> None:
        steps = (1.0, 1.0) if self._steps is None else (self._steps[0], self._steps[-1])
        deep, plane = (1.0, 1.0) if self._shown == "px" else steps
        self._show_pixels(round(self.number.value() / plane), round(self.along_z.value() / deep))
        self._emit()

    def _on_user_unit(self, _index: int) -> None:
        self._picked = True

    @contextmanager
    def _silent(self) -> Iterator[None]:
        parts: tuple[QWidget, ...] = self.slider, self.number, self.along_z
        before = [part.blockSignals(True) for part in parts]
        try:
            yield
        finally:
            for part, blocked in zip(parts, before, strict=True):
                part.blockSignals(blocked)
