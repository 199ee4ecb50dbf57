"""Faults of a recipe, all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from covoxel.batch.toml_lines import KeyPath


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
