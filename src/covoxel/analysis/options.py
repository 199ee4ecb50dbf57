"""Options of analyses: frozen dataclasses whose metadata forms, flags and docstrings use."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from covoxel.analysis.option_kinds import kinds_of
from covoxel.core.checks import NameGroup, check_number, in_range, one_of
from covoxel.core.renamed import refuse_old_names

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Options = TypeVar("_Options", bound="DataclassInstance")


#: Unit of lengths, and the shortest and the longest that is allowed.
LENGTH, _LENGTHS = "µm, or px without voxel size", (1e-6, 1e9)


def option(default: Any, label: str, text: str, **more: Any) -> Any:
    """Return a field of options with the metadata that forms, flags and docstrings use."""
    return field(default=default, metadata={"label": label, "help": text, **more})


def names_option(label: str, text: str, groups: Mapping[str, NameGroup]) -> Any:
    """Return a field of names out of groups, those by default unless others are chosen."""
    return option(
        ("default",),
        label,
        text,
        names={name: group.names for name, group in groups.items()},
        meanings={name: group.meaning for name, group in groups.items()},
        usual=tuple(name for name, group in groups.items() if group.default),
    )


@dataclass(frozen=True, kw_only=True)
class Options:
    """Base of the options of an analysis.

    The metadata of a field holds its label, help, unit, bounds and choices. Values are checked
    against type and choices when options are made, integers against their lower bound and real
    numbers against both bounds too; lists become tuples. Equal options have equal records: where a
    real number is meant, integers are written as such.
    """

    def __post_init__(self) -> None:
        kinds = kinds_of(type(self))
        for field_ in dataclasses.fields(self):
            name, about, kind = field_.name, field_.metadata, kinds[field_.name]
            value = getattr(self, name)
            if isinstance(value, list):
                value = tuple(value)
            object.__setattr__(self, name, value)
            several = not kind.single and kind.types <= {int, float}
            if several and not isinstance(value, tuple | None):
                msg = f"{name} is {value!r}; a sequence of numbers is needed"
                raise TypeError(msg)
            if kind.plain is bool and not isinstance(value, bool):
                msg = f"{name} is {value!r}; True or False is needed"
                raise TypeError(msg)
            if "choices" in about and not (value is None and kind.nullable):
                one_of(name, value, about["choices"])
            for one in value if isinstance(value, tuple) else (value,):
                if one is not None and kind.types == {int}:
                    check_whole(name, one, about["low"])
                elif one is not None and kind.types == {float}:
                    check_number(name, one)
                    if {"low", "high"} <= about.keys():
                        in_range(name, one, about["low"], about["high"])

    def changes(self) -> Iterator[tuple[str, Any]]:
        """Yield the options that differ from their defaults, as they are written in a call."""
        for one in dataclasses.fields(self):
            value = getattr(self, one.name)
            if value != one.default:
                yield one.name, value

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able record that identifies these options."""
        kinds = kinds_of(type(self))
        return {
            name: _written(value, real=kinds[name].types == {float})
            for name, value in dataclasses.asdict(self).items()
        }


def _written(value: Any, *, real: bool) -> Any:
    """Return a value for a record."""
    if isinstance(value, tuple):
        return [_written(one, real=real) for one in value]
    return float(value) if real and isinstance(value, int) else value


def changed(options: _Options | type[_Options], changes: Mapping[str, Any], what: str) -> _Options:
    """Return options, or the defaults of a type, with single ones changed; `what` has them."""
    refuse_unknown(changes, options, what)
    if isinstance(options, type):
        return options(**changes)
    return dataclasses.replace(options, **changes) if changes else options


def refuse_unknown(
    given: Iterable[str], options: Any, what: str, others: Iterable[str] = ()
) -> None:
    """Raise ValueError for a name that is none of the options, nor of `others`."""
    names = [field.name for field in dataclasses.fields(options)]
    known = {*names, *others}
    unknown = [name for name in given if name not in known]
    if unknown:
        refuse_old_names(unknown, known)
        msg = f"{unknown[0]!r} is not an option of {what}; allowed are {', '.join(names)}"
        raise ValueError(msg)


def check_whole(name: str, value: Any, low: int) -> None:
    """Raise unless `value` is an integer of at least `low`."""
    if not isinstance(value, int):
        msg = f"{name} is {value!r}; an integer is needed"
        raise TypeError(msg)
    if value < low:
        msg = f"{name} is {value}; it must be at least {low}"
        raise ValueError(msg)


def check_lengths(options: Any, *names: str) -> None:
    """Raise unless lengths, or each of several, are numbers that are allowed, or None."""
    for name in names:
        value = getattr(options, name)
        for one in value if isinstance(value, tuple) else (value,):
            if one is not None:
                in_range(name, one, *_LENGTHS)


def digest(record: Mapping[str, Any]) -> str:
    """Return the first 12 hexadecimal digits of the SHA-256 of a JSON-able record."""
    text = json.dumps(record, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
