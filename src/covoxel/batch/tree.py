"""The files below a folder, by their paths."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from covoxel.batch.pattern import Pattern
from covoxel.io.formats import ZARR

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
