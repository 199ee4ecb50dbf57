"""Parse TOML with the line of each key, and go on after a line that is not."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

#: Keys from the top of a document; tables of an array are counted from 0.
KeyPath = tuple[str | int, ...]
_AT = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
#: What a value begins with that may take several lines.
_OPENS = re.compile(r"=\s*(?:[\[{]|\"\"\"|''')")
_KEY = re.compile(r"\s*([\w-]+)\s*=")
#: Lines that cannot be parsed, after which no more are looked for.
_MOST = 50


@dataclass
class Document:
    """Values of a TOML file, with the line of each key and what could not be parsed."""

    #: As tomllib gives them, without the lines that it refuses.
    values: dict[str, Any] = field(default_factory=dict)
    #: Line numbers from 1, by place.
    lines: dict[KeyPath, int] = field(default_factory=dict)
    #: Line, section and key (empty if unknown), and reason of each statement that was left out.
    errors: list[tuple[int, KeyPath, str]] = field(default_factory=list)


def parse(text: str) -> Document:
    r"""Return the values of a TOML text with their lines.

    Examples
    --------
    >>> found = parse('recipe = 1\n[images]\nfolder = plate\nseries = 2')
    >>> found.values, found.lines[("images", "series")]
    ({'recipe': 1, 'images': {'series': 2}}, 4)
    >>> found.errors
    [(3, ('images', 'folder'), 'Invalid value; text needs quotes: folder = "plate"')]
    """
    found, errors = Document(), dict[int, str]()
    lines = text.replace("\r\n", "\n").split("\n")  # TOML has no other line ends
    keys = [(_KEY.match(line) or ("", ""))[1] for line in lines]
    for at, end, made in _statements(lines):
        if made is None:
            errors[at + 1] = _reason(lines[at])
            _replace(lines, at, end)
    for _ in range(_MOST):
        try:
            found.values = tomllib.loads("\n".join(lines))
            break
        except tomllib.TOMLDecodeError as error:  # a key or a table that is there already
            at = int((_AT.search(str(error)) or [0, 0])[1] or len(lines)) - 1
            begin, end = next(
                (a, b) for a, b, _ in _statements(lines) if a <= at < b or b == len(lines)
            )
            errors[begin + 1] = _twice(lines[begin], str(error))
            _replace(lines, begin, end)
    found.values.pop(_LOST, None)
    found.lines = dict(_places(lines))
    for line, reason in sorted(errors.items()):
        above = [(at, place) for place, at in found.lines.items() if at <= line]
        section = str(max(above)[1][0]) if above else ""
        place = ("" if section == _LOST else section, keys[line - 1])
        found.errors.append((line, place, reason))
    return found


#: Takes the keys that follow a table's name that was refused.
_LOST = "__refused__"


def _replace(lines: list[str], begin: int, end: int) -> None:
    """Leave a statement out; keys below a table's name that was refused are ignored."""
    header = lines[begin].lstrip().startswith("[")
    lines[begin:end] = [f"[[{_LOST}]]" if header else "", *[""] * (end - begin - 1)]


def _statements(lines: list[str]) -> Iterator[tuple[int, int, Any]]:
    """Yield begin, end and values of each statement, which may take several lines."""
    at = 0
    while at < len(lines):
        words = lines[at].strip()
        if not words or words.startswith("#"):
            at += 1
            continue
        made, end = None, at + 1
        most = len(lines) if _OPENS.search(words) else at + 1
        for last in range(at + 1, most + 1):
            try:
                made, end = tomllib.loads("\n".join(lines[at:last])), last
                break
            except tomllib.TOMLDecodeError:
                continue
        yield at, end, made
        at = end


def _places(lines: list[str]) -> Iterator[tuple[KeyPath, int]]:
    """Yield the place and the line of each table and key."""
    tables: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for at, _, made in _statements(lines):
        if lines[at].lstrip().startswith("["):
            table = _path(made)
            if table[-1:] == (0,):
                tables[table[:-1]] = tables.get(table[:-1], -1) + 1
                table = (*table[:-1], tables[table[:-1]])
            yield table, at + 1
        else:
            yield (*table, *_path(made, most=1)), at + 1


def _path(made: Any, most: int = 9) -> KeyPath:
    """Return the keys that lead to the innermost table, or to so many levels."""
    path: list[str | int] = []
    while isinstance(made, dict | list) and made and len(path) < most:
        key = next(iter(made)) if isinstance(made, dict) else 0
        path.append(key)
        made = made[key]
    return tuple(path)


def _reason(line: str) -> str:
    """Return why a line is not TOML."""
    try:
        tomllib.loads(line)
    except tomllib.TOMLDecodeError as error:
        return _AT.sub("", str(error)) + _hint(line)
    return "it cannot be parsed"


def _twice(line: str, reason: str) -> str:
    """Return why a statement does not fit those before it."""
    given = re.match(r"\s*(\[+[^\]]+\]+|[\w-]+(?=\s*=))", line)
    return f"{given[1]} is given twice" if given else _AT.sub("", reason)


def _hint(line: str) -> str:
    """Return what is probably meant by a line that was refused."""
    bare = re.match(r"\s*([\w-]+)\s*=\s*([^\s\"'\[{][^\"'#]*?)\s*(#.*)?$", line)
    if bare is None:
        return "; a bracket or a quote is not closed" if _OPENS.search(line) else ""
    name, word = bare[1], bare[2]
    if word.lower() in ("true", "false"):
        return f"; write {name} = {word.lower()}"
    if word.lower() in ("none", "null"):
        return f"; leave {name} out"
    return f'; text needs quotes: {name} = "{word}"'
