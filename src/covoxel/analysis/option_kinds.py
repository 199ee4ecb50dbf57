"""What an option may be, read from its type; checks, flags, forms and recipes go by it."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class OptionKind:
    """The values that an option takes."""

    #: Types of a single value; empty where it is always several.
    single: tuple[type, ...]
    #: Types of each of several values; empty where it is always one.
    items: tuple[type, ...] = ()
    #: How many values several are; None for any number.
    length: int | None = None
    nullable: bool = False

    #: Types of a value, alone or one of several.
    types: frozenset[type] = field(init=False, repr=False)
    #: The type of an option that is always a single value of one type.
    plain: type | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        alone = len(self.single) == 1 and not self.items
        object.__setattr__(self, "types", frozenset((*self.single, *self.items)))
        object.__setattr__(self, "plain", self.single[0] if alone else None)


def kinds_of(options: Any) -> Mapping[str, OptionKind]:
    """Return what each field of a dataclass may be."""
    return _kinds_of(options)


@cache
def _kinds_of(options: Any) -> Mapping[str, OptionKind]:
    hints = typing.get_type_hints(options)
    return {one.name: kind_of(hints[one.name]) for one in dataclasses.fields(options)}


def kind_of(hint: Any) -> OptionKind:
    """Return what an option of a type may be.

    Examples
    --------
    >>> kind_of(int | tuple[int, ...] | None)
    OptionKind(single=(<class 'int'>,), items=(<class 'int'>,), length=None, nullable=True)
    >>> kind_of(tuple[float, float]).length
    2
    >>> from collections.abc import Sequence
    >>> kind_of(float | Sequence[float]).items
    (<class 'float'>,)
    """
    either = _either(hint)
    single = tuple(one for one in either if typing.get_origin(one) is None)
    several = [one for one in either if typing.get_origin(one) is not None]
    items = typing.get_args(several[0]) if several else ()
    counted = bool(items) and typing.get_origin(several[0]) is tuple and items[-1] is not ...
    return OptionKind(
        single=tuple(one for one in single if one is not types.NoneType),
        items=_either(items[0]) if items else (),
        length=len(items) if counted else None,
        nullable=types.NoneType in single,
    )


def _either(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
