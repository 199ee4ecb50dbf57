"""Input validation shared by all modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np


def refuse_kind(name: str, dtype: np.dtype[Any]) -> None:
    """Raise TypeError unless `dtype` can hold intensities (bool, integer or real, 64 bits)."""
    if dtype.kind == "c":
        msg = f"{name} is complex ({dtype}); pass its modulus, real or imaginary part"
        raise TypeError(msg)
    if dtype.kind not in "buif" or dtype.itemsize > 8:
        msg = f"{name} has dtype {dtype}; allowed are bool, integers and floats of up to 64 bits"
        raise TypeError(msg)


def refuse_path(name: str, given: object) -> None:
    """Raise TypeError if a path is given in place of an image."""
    if isinstance(given, str | PurePath):
        msg = (
            f"{name} is the path {str(given)!r}; covoxel.read_image opens it, as a list of channels"
        )
        raise TypeError(msg)


def voxel_size(given: Sequence[float]) -> tuple[float, ...]:
    """Return a voxel size as numbers; TypeError unless it is a sequence of them."""
    if np.ndim(given) != 1:
        msg = f"spacing is {given!r}; a number for each axis is needed, such as (0.1, 0.1)"
        raise TypeError(msg)
    return tuple(float(step) for step in given)


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


def listed_names(option: str, given: Any) -> tuple[str, ...]:
    """Return names that are given in a list, or as text with commas between.

    Examples
    --------
    >>> listed_names("measures", "pearson, icq")
    ('pearson', 'icq')
    """
    names = given.split(",") if isinstance(given, str) else given
    if not (isinstance(names, Iterable) and all(isinstance(name, str) for name in names)):
        msg = f"{option} is {given!r}; names are needed, in a list or with commas between"
        raise TypeError(msg)
    return tuple(name.strip() for name in names)


@dataclass(frozen=True, slots=True)
class NameGroup:
    """Names that can be chosen together."""

    names: tuple[str, ...]
    meaning: str
    #: Whether they are chosen by ``default``.
    default: bool = True
    #: Whether ``all`` leaves them out.
    slow: bool = False


def names_of_groups(option: str, given: Iterable[str], groups: Mapping[str, NameGroup]) -> set[str]:
    """Return what names mean: single ones, groups, ``default``, or ``all`` that are not slow.

    Raises
    ------
    ValueError
        If a name is unknown, or there is none.
    """
    every = [one for group in groups.values() for one in group.names]
    several = {
        "default": [name for name, group in groups.items() if group.default],
        "all": [name for name, group in groups.items() if not group.slow],
    }
    wanted: set[str] = set()
    for name in given:
        chosen = [groups[one] for one in several.get(name, (name,)) if one in groups]
        found = {one for group in chosen for one in group.names} | ({name} & {*every})
        if not found:
            msg = (
                f"{option} has {name!r}; allowed are default, all, the groups {', '.join(groups)}, "
                f"and single ones: {', '.join(every)}"
            )
            raise ValueError(msg)
        wanted |= found
    if not wanted:
        msg = f"{option} is empty; name at least one, or default or all"
        raise ValueError(msg)
    return wanted


def check_number(name: str, value: Any) -> None:
    """Raise TypeError unless `value` is a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        msg = f"{name} is {value!r}; a number is needed"
        raise TypeError(msg)


def in_range(name: str, value: Any, low: float, high: float) -> None:
    """Raise unless `value` is a number from `low` to `high`: TypeError if it is no number."""
    check_number(name, value)
    if not low <= value <= high:
        msg = f"{name} is {value!r}; allowed are numbers from {low:g} to {high:g}"
        raise ValueError(msg)
