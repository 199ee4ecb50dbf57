"""Text, numbers as text (one, several with commas, or none), and the two ends of a range."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Label, LineEdit
from magicgui.widgets.bases import ValuedContainerWidget


class TextField(ValuedContainerWidget[Any]):
    """A line of text, whose ``value`` is new once it is finished.

    Parameters
    ----------
    empty : str
        What an empty line stands for, in words.
    """

    def __init__(self, value: Any = "", *, empty: str = "", **kwargs: Any) -> None:
        self.line, self._shown = LineEdit(), ""
        super().__init__(widgets=[self.line], layout="horizontal", labels=False, **kwargs)
        self.margins = (0, 0, 0, 0)
        self.say_empty(empty)
        self.line.native.setMinimumWidth(40)
        self.value = value
        self.line.native.editingFinished.connect(self._on_edited)

    def say_empty(self, text: str) -> None:
        """Say what an empty line stands for."""
        self.line.native.setPlaceholderText(text)

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
    """One number, or one for each axis with commas between; empty stands for the default.

    ``value`` is the text where that cannot be read.

    Parameters
    ----------
    whole : bool
        Whether whole numbers are kept as such.
    single, several : bool
        What is allowed.
    default : optional
        Value of an empty line.
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
        """What is allowed, in words."""
        if not self.several:
            return "a number is needed, with a point for decimals"
        return "numbers are needed, with a point for decimals and commas between"

    def get_value(self) -> Any:
        """Return a number, a tuple, the default, or the text where it cannot be read."""
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


class RangeField(ValuedContainerWidget[Any]):
    """A range of numbers; an empty end is open, and the value None where both are."""

    needs = "a lower and a higher number are needed, with a point for decimals"

    def __init__(self, value: Any = None, *, empty: str = "", **kwargs: Any) -> None:
        self.low = NumbersField(several=False, empty="0")
        self.high = NumbersField(several=False, empty=empty)
        parts = [self.low, Label(value="to"), self.high]
        super().__init__(widgets=parts, layout="horizontal", labels=False, **kwargs)
        self.margins = (0, 0, 0, 0)
        self.value = value
        for end in (self.low, self.high):
            end.changed.connect(lambda: self.changed.emit(self.value))

    def get_value(self) -> Any:
        """Return both ends, None, or the text where they cannot be read."""
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
    """Return a number as it is typed.

    Examples
    --------
    >>> written(2.0), written(0.25), written(7)
    ('2', '0.25', '7')
    """
    return repr(number).removesuffix(".0")
