"""Faults of a recipe, all of them at once, and the values of a section that are checked."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from covoxel.analysis.option_kinds import OptionKind, kinds_of
from covoxel.analysis.options import Options
from covoxel.batch.toml_lines import KeyPath
from covoxel.core.renamed import new_name


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a recipe, and where."""

    #: The keys from the top of the document.
    place: KeyPath
    text: str
    #: None for that of the place.
    line: int | None = None

    def __str__(self) -> str:
        """Return it with the section."""
        return (
            f"[{self.place[0]}] {self.text}" if len(self.place) > 1 and self.place[0] else self.text
        )


class RecipeError(ValueError):
    """A recipe with faults.

    Attributes
    ----------
    faults : tuple of str
        Each with file and line, as far as there are any.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(tuple(faults))
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join(self.faults)


def meant(given: object, allowed: Iterable[object]) -> str:
    """Return the allowed name that is most like a given one, empty without any."""
    names = {str(one).lower(): str(one) for one in allowed}
    found = get_close_matches(str(given).lower(), names, n=1)
    return names[found[0]] if found else ""


def nearest(given: object, allowed: Iterable[object]) -> str:
    """Return a question with the allowed name that is most like a given one, empty without any.

    Examples
    --------
    >>> nearest("Mesure", ["images", "measure"]), nearest("x", ["images"])
    ('; did you mean measure?', '')
    """
    found = meant(given, allowed)
    return f"; did you mean {found}?" if found else ""


def unknown(what: str, given: str, allowed: Sequence[str]) -> str:
    """Return that a name is not one of those allowed, of which the nearest is named."""
    return what + (nearest(given, allowed) or f"; allowed are {', '.join(allowed)}")


#: Characters of a list of allowed names that is left out where the one that is meant is known.
_LONG = 100
#: What values are called; of several, and of one.
_WORDS = {
    bool: ("booleans", "true or false"),
    int: ("integers", "an integer"),
    float: ("numbers", "a number"),
    str: ("text", "text"),
}


def checked(
    kind: type[Options],
    given: Mapping[str, Any],
    place: KeyPath,
    homes: Mapping[str, str],
    faults: list[Fault],
) -> Options:
    """Return the options of a section as far as they are right; the rest are added to `faults`.

    A key that is misspelled is one, and taken for the option that was probably meant.
    `homes` names the section in which an unknown key belongs.
    """
    kinds = kinds_of(kind)
    fields = {one.name: one for one in dataclasses.fields(kind)}
    right: dict[str, Any] = {}
    for name, value in given.items():
        own: str = name
        if name not in fields:
            faults.append(Fault((*place, name), _unknown_key(name, list(fields), homes)))
            new = new_name(name, list(fields))
            own = "" if name in homes else str(new or meant(name, fields))
            if not own or own in given:
                continue
        reason = _value_fault(own, value, kinds[own], fields[own].metadata)
        if reason:
            faults.append(Fault((*place, name), reason))
        else:
            right[own] = value
    while True:
        try:
            return kind(**right)
        except (ValueError, TypeError) as error:
            reason = str(error)
        name = reason.partition(" ")[0].rstrip(":,;")
        named = name in right
        faults.append(Fault((*place, name) if named else place, _shorter(reason)))
        if not named:
            return kind()
        del right[name]


def _unknown_key(name: str, names: list[str], homes: Mapping[str, str]) -> str:
    new = new_name(name, names)
    if new:
        return f"{name!r} is called {new!r} now"
    if name in homes:
        return f"{name!r} belongs in {homes[name]}"
    return unknown(f"{name!r} is not known here", name, names)


def _value_fault(name: str, value: Any, kind: OptionKind, about: Mapping[str, Any]) -> str:
    """Return what is wrong with a value, empty if it fits type, choices and bounds."""
    if not fits(value, kind):
        parts = [one.strip() for one in value.split(",")] if isinstance(value, str) else []
        example = f", such as {parts}" if parts and fits(parts, kind) else ""
        return f"{name} is {value!r}; {needed(kind)} is needed{example}"
    choices = about.get("choices")
    if choices and value not in choices:
        listed = ", ".join(map(str, choices))
        return f"{name} is {value!r}; allowed are {listed}{nearest(value, choices)}"
    for one in value if isinstance(value, list | tuple) else [value]:
        if isinstance(one, int | float) and not isinstance(one, bool) and _outside(one, about):
            return f"{name} is {value!r}; allowed are {bounds(about)}"
    return ""


def _outside(value: float, about: Mapping[str, Any]) -> bool:
    return not about.get("low", float("-inf")) <= value <= about.get("high", float("inf"))


def bounds(about: Mapping[str, Any]) -> str:
    """Return the bounds in the metadata of an option, empty without any."""
    low, high = about.get("low"), about.get("high")
    if low is None:
        return ""
    return f"numbers of at least {low}" if high is None else f"numbers from {low} to {high}"


def fits(value: Any, kind: OptionKind) -> bool:
    """Whether a value of TOML is what an option may be.

    Examples
    --------
    >>> from covoxel.analysis.option_kinds import kind_of
    >>> fits(1, kind_of(float | None)), fits(True, kind_of(int))
    (True, False)
    >>> fits([1, "a"], kind_of(tuple[int | str, ...]))
    True
    """
    if value is None:
        return kind.nullable
    if isinstance(value, list | tuple):
        right = kind.length in (None, len(value))
        return bool(kind.items) and right and all(_is_of(one, kind.items) for one in value)
    return _is_of(value, kind.single)


def _is_of(value: Any, kinds: Sequence[type]) -> bool:
    if isinstance(value, bool):
        return bool in kinds
    return isinstance(value, (*kinds, int) if float in kinds else tuple(kinds))


def needed(kind: OptionKind) -> str:
    """Return what an option may be in words.

    Examples
    --------
    >>> from covoxel.analysis.option_kinds import kind_of
    >>> needed(kind_of(int | tuple[int, ...] | None))
    'an integer or a list of integers'
    """
    words = [_WORDS[one][1] for one in kind.single]
    if kind.items:
        items = " or ".join(_WORDS[one][0] for one in kind.items)
        words.append(f"a list of {kind.length} {items}" if kind.length else f"a list of {items}")
    return " or ".join(words)


def _shorter(reason: str) -> str:
    """Return a refusal with the allowed name that was probably meant, in place of a long list."""
    given, _, listed = reason.partition("; allowed are ")
    word = re.search(r"'([^':]+)", given)
    near = nearest(word[1], re.findall(r"[\w-]+", listed)) if word and listed else ""
    return given + near if near and len(listed) > _LONG else reason + near
