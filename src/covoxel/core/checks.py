"""Input validation shared by all modules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np


def refuse_kind(name: str, dtype: np.dtype[Any]) -> None:
    """Raise TypeError unless `dtype` can hold intensities (bool, integer or real)."""
    if dtype.kind == "c":
        msg = f"{name} is complex ({dtype}); pass its modulus, real or imaginary part"
        raise TypeError(msg)
    if dtype.kind not in "buif":
        msg = f"{name} has dtype {dtype}; allowed are bool, integers and floats"
        raise TypeError(msg)


def same_shape(name: str, shape: tuple[int, ...], other: str, other_shape: tuple[int, ...]) -> None:
    """Raise ValueError unless both shapes agree."""
    if tuple(shape) != tuple(other_shape):
        msg = f"{name} has shape {tuple(shape)} but {other} has shape {tuple(other_shape)}"
        raise ValueError(msg)


def one_of(name: str, value: object, allowed: Iterable[object]) -> None:
    """Raise ValueError unless `value` is one of `allowed`."""
    allowed = list(allowed)
    if value not in allowed:
        listed = ", ".join(str(item) for item in allowed)
        msg = f"{name} is {value!r}; allowed are {listed}"
        raise ValueError(msg)


def in_range(name: str, value: Any, low: float, high: float) -> None:
    """Raise unless `value` is a number from `low` to `high`: TypeError if it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        msg = f"{name} is {value!r}; a number is needed"
        raise TypeError(msg)
    if not low <= value <= high:
        msg = f"{name} is {value!r}; allowed are numbers from {low:g} to {high:g}"
        raise ValueError(msg)
