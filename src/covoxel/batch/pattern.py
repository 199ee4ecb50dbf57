"""Paths with fields in braces: what they match below a folder, and what they say."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from covoxel.io.formats import ZARR

#: A field, a wildcard, or text between them.
_PARTS = re.compile(
    r"\{(?P<name>[^{}:]*)(?::(?P<kind>[^{}]*))?\}"
    r"|(?P<folders>\*\*/)|(?P<wildcard>\*+|\?)|(?P<set>\[[^\]/]+\])"
    r"|(?P<text>[^{}*?\[]+|.)"
)
_WILDCARDS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
#: The fields that join files to an image: of one channel, one time point and one plane each.
CHANNEL = "channel"
JOINED = (CHANNEL, "t", "z")


@dataclass(frozen=True)
class Pattern:
    """A path with fields in braces, ``{name}`` or ``{name:d}`` for integers, and wildcards.

    Parameters
    ----------
    text : str
        A relative path with ``/``; ``*``, ``?``, ``[abc]`` and ``**/`` match as in a shell.
    integers : collection of str
        Fields that are integers though they are written without ``:d``.

    Raises
    ------
    ValueError
        If a brace is not closed, or a field has no name.

    Examples
    --------
    >>> pattern = Pattern("{condition}/{well}_f{field:d}_c{channel}.tif")
    >>> pattern.match("drug/A01_f02_cDAPI.tif")
    {'condition': 'drug', 'well': 'A01', 'field': 2, 'channel': 'DAPI'}
    >>> pattern.match("drug/A01_fx_cDAPI.tif") is None
    True
    """

    text: str
    integers: Collection[str] = ()

    def __post_init__(self) -> None:
        for part in _PARTS.finditer(self.text):
            if part["name"] is not None and not part["name"].isidentifier():
                msg = f"pattern {self.text!r} has the field {part[0]}; a name is needed in braces"
                raise ValueError(msg)
            if part["kind"] and not re.fullmatch(r"0?\d*d", part["kind"]):
                msg = (
                    f"pattern {self.text!r} has the field {part[0]}; allowed are "
                    f"{{{part['name']}}} and, for integers, {{{part['name']}:d}}"
                )
                raise ValueError(msg)
            if part["text"] in ("{", "}"):
                msg = f"pattern {self.text!r} has a single {part['text']}"
                raise ValueError(msg)

    @cached_property
    def fields(self) -> dict[str, bool]:
        """Whether each field is an integer, by name."""
        found: dict[str, bool] = {}
        for part in _PARTS.finditer(self.text):
            if name := part["name"]:
                whole = bool(part["kind"]) or name in self.integers
                found[name] = found.get(name, False) or whole
        return found

    @cached_property
    def wild(self) -> bool:
        """Whether it has wildcards, so that several paths may have the same fields."""
        kinds = {part.lastgroup for part in _PARTS.finditer(self.text)}
        return bool(kinds & {"folders", "wildcard", "set"})

    def match(self, path: str) -> dict[str, str | int] | None:
        """Return the fields of a path, None where it does not match."""
        found = self._regex.fullmatch(path)
        if found is None:
            return None
        values = found.groupdict()
        return {name: int(values[name]) if n else values[name] for name, n in self.fields.items()}

    def unmatched(self, path: str) -> str:
        """Return the rest of the pattern after as much of it as the beginning of a path has."""
        for regex, rest in self._beginnings:
            if regex.match(path):
                return rest
        return self.text

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return re.compile("".join(self._pieces()))

    @cached_property
    def _beginnings(self) -> list[tuple[re.Pattern[str], str]]:
        """Regular expressions of ever shorter beginnings, and what remains of the text."""
        pieces, ends = list(self._pieces()), [one.end() for one in _PARTS.finditer(self.text)]
        return [
            (re.compile("".join(pieces[: n + 1])), self.text[ends[n] :])
            for n in reversed(range(len(pieces)))
        ]

    def _pieces(self) -> Iterator[str]:
        """Yield a regular expression for each part."""
        seen: set[str] = set()
        parts = list(_PARTS.finditer(self.text))
        for part, after in zip(parts, [*parts[1:], None], strict=True):
            if name := part["name"]:
                # text before an integer leaves all digits to it
                lazy = after is not None and self.fields.get(after["name"] or "", False)
                text = r"\d+" if self.fields[name] else "[^/]+?" if lazy else "[^/]+"
                yield f"(?P={name})" if name in seen else f"(?P<{name}>{text})"
                seen.add(name)
            elif part["folders"]:
                yield "(?:.*/)?"
            elif part["wildcard"]:
                yield _WILDCARDS.get(part[0], ".*")
            elif part["set"]:
                yield part[0].replace("[!", "[^", 1)
            else:
                yield re.escape(part[0])


def key_of(values: Mapping[str, str | int], names: Collection[str]) -> tuple[str | int, ...]:
    """Return what is equal for equal fields, however integers are written.

    Examples
    --------
    >>> key_of({"field": "02", "well": "A1"}, ["field", "well"])
    (2, 'A1')
    """
    return tuple(plain_value(values[name]) for name in names)


def literal(text: str) -> str:
    """Return text as a pattern that matches it.

    Examples
    --------
    >>> literal("cells [1].tif")
    'cells ?1?.tif'
    """
    return re.sub(r"[*?\[\]{}]", "?", text)


def beginning(texts: Collection[str]) -> str:
    """Return the characters with which all texts begin.

    Examples
    --------
    >>> beginning(["cell_1.tif", "cell_2.tif"]), ending(["cell_1.tif", "cell_2.tif"])
    ('cell_', '.tif')
    """
    first, last = min(texts), max(texts)
    pairs = enumerate(zip(first, last, strict=False))
    return first[: next((i for i, (a, b) in pairs if a != b), len(first))]


def ending(texts: Collection[str]) -> str:
    """Return the characters with which all texts end."""
    return beginning([one[::-1] for one in texts])[::-1]


def plain_value(value: str | int) -> str | int:
    """Return an integer as such, whether it is written as text or not."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def well_at(row: str | int, column: str | int) -> str:
    """Return the name of the well in a row, by letter or number, and a column.

    Examples
    --------
    >>> well_at(2, 3), well_at("b", "03")
    ('B03', 'B03')
    """
    number = plain_value(row)
    letters = chr(ord("@") + number) if isinstance(number, int) and number <= 26 else str(row)
    return str(well(f"{letters}{column}"))


def well(value: str | int) -> str | int:
    """Return the name of a well with a letter and two digits; other values as they are.

    Examples
    --------
    >>> well("A1"), well("a01"), well("AB12"), well("drug")
    ('A01', 'A01', 'AB12', 'drug')
    """
    found = re.fullmatch(r"([A-Za-z]{1,2})[-_ ]?0*(\d{1,2})", str(value))
    return f"{found[1].upper()}{int(found[2]):02d}" if found else value


#: The planes of an OIF lie in a folder beside it.
_OIF_PARTS = ".oif.files"
#: What a folder of results holds.
_RESULTS = ".journal"


class Tree:
    """The files below a folder, sorted by path; hidden ones and results of a batch are left out.

    `without`: a folder that is left out.
    """

    def __init__(self, root: Path, without: Path | None = None) -> None:
        self.root = root
        self._without = None if without is None else without.absolute()

    @cached_property
    def paths(self) -> list[str]:
        """Paths relative to the folder, with ``/``."""
        return sorted(self._walk(str(self.root), "", {os.path.realpath(self.root)}))

    @cached_property
    def known(self) -> set[str]:
        """The same as a set."""
        return {*self.paths}

    def _walk(self, folder: str, prefix: str, seen: set[str]) -> Iterator[str]:
        with os.scandir(folder) as entries:
            found = [one for one in entries if not one.name.startswith(".")]
        for entry in found:
            if not entry.is_dir() or entry.name.lower().endswith(ZARR.suffixes):
                yield prefix + entry.name
            elif not self._is_left_out(entry):
                real = os.path.realpath(entry.path) if entry.is_symlink() else ""
                if real not in seen:  # a link may lead to a folder around it
                    yield from self._walk(
                        entry.path, f"{prefix}{entry.name}/", {*seen, real} - {""}
                    )

    def _is_left_out(self, entry: os.DirEntry[str]) -> bool:
        path = Path(entry.path)
        if entry.name.lower().endswith(_OIF_PARTS):
            return True
        return path.absolute() == self._without or (path / _RESULTS).exists()


def _absolute(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100  # Path.resolve would follow links


def matching(paths: Iterable[str], globs: Iterable[str]) -> set[str]:
    """Return the paths that one of the globs matches."""
    patterns = [Pattern(one.removeprefix("./")) for one in globs]
    return {path for path in paths if any(one.match(path) is not None for one in patterns)}


class Templates:
    """Files that belong to images: paths with fields, below any folder.

    `tree`: files that are known already.
    `integers`: fields that are integers.
    """

    def __init__(self, tree: Tree, integers: Iterable[str]) -> None:
        self._trees = {_absolute(tree.root): tree}
        self._integers = frozenset(integers)
        self._found: dict[tuple[Path, str], dict[Path, Mapping[str, str | int]]] = {}

    def files(self, base: Path, text: str) -> Mapping[Path, Mapping[str, str | int]]:
        """Return the files that a path relative to a folder means, with their fields."""
        if (base, text) not in self._found:
            self._found[base, text] = dict(self._files(base, text))
        return self._found[base, text]

    def _files(self, base: Path, text: str) -> Iterator[tuple[Path, Mapping[str, str | int]]]:
        folder, rest = split(text)
        root = _absolute(base / folder)
        tree = self._trees.get(_absolute(base))
        if tree is not None and not re.match(r"\.\.(/|$)|/|\w:", text):
            pattern, inside = Pattern(text.removeprefix("./"), self._integers), tree
        elif Path(root).is_dir():
            inside = self._trees.setdefault(root, Tree(Path(root)))
            pattern = Pattern(rest, self._integers)
        else:
            return
        for path in inside.paths:
            fields = pattern.match(path)
            if fields is not None:
                yield inside.root / path, fields


def split(text: str) -> tuple[str, str]:
    """Return the folder with which a pattern begins, and the rest.

    Examples
    --------
    >>> split("../masks/{well}/a.tif"), split("{well}.tif")
    (('../masks/', '{well}/a.tif'), ('', '{well}.tif'))
    """
    begin = re.match(r"[^{*?\[]*", text)
    end = begin[0].rfind("/") + 1 if begin else 0
    return text[:end], text[end:]
