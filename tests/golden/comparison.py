"""How what a command gives is compared with what was recorded: value by value, by today's names."""

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from typing import Any

#: Columns and keys that are other ones with each release.
PASSING = {"version", "covoxel", "python", "packages", "settings"}
#: A difference that is none.
NOTHING = 1e-10

Values = dict[str, Any]


def translated(text: str, kind: str, names: dict[str, dict[str, str]]) -> str:
    """Return text with today's names, those of a kind of file and those of all."""
    new = names["everywhere"] | names.get(kind, {})
    if not new:
        return text
    words = "|".join(re.escape(old) for old in sorted(new, key=len, reverse=True))
    return re.sub(rf"(?<![\w-])({words})(?![\w-])", lambda found: new[found[1]], text)


def values(text: str, kind: str) -> Values:
    """Return the values of a file by the place at which each stands."""
    if kind == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        return {f"row {i}, {name}": row[name] for i, row in enumerate(rows) for name in row}
    if kind == "json":
        return dict(_leaves(json.loads(text)))
    found: Values = {}
    for i, line in enumerate(text.splitlines(), start=1):
        if line.startswith("{"):
            found |= {f"line {i}{place}": value for place, value in _leaves(json.loads(line))}
        else:
            found |= {f"line {i}, word {j}": word for j, word in enumerate(line.split(), start=1)}
    return found


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in parts:
        if name in PASSING:
            continue
        if isinstance(part, dict | list) and part:
            yield from _leaves(part, f"{place}, {name}")
        else:
            yield f"{place}, {name}", part


def differences(old: Values, new: Values, digits: float = 1e-9) -> list[str]:
    """Return what is another value, a line each."""
    absent = "(nothing)"
    return [
        f"{place}: {old.get(place, absent)!r} became {new.get(place, absent)!r}"
        for place in {**old, **new}
        if not same(old.get(place, absent), new.get(place, absent), digits)
    ]


def same(old: Any, new: Any, digits: float) -> bool:
    """Whether texts are equal, or numbers except for a share."""
    if old == new:
        return True
    if isinstance(old, bool) or isinstance(new, bool):
        return False
    try:
        one, other = float(old), float(new)
    except (TypeError, ValueError):
        return False
    return math.isclose(one, other, rel_tol=digits, abs_tol=NOTHING)
