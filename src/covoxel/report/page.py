"""A report as one HTML file: blocks of text, pictures and tables, and the page that holds them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from covoxel.core.files import whole_file
from covoxel.core.text import plain

if TYPE_CHECKING:
    from jinja2 import Template


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; one that `stands_out` is framed."""

    kind: ClassVar[str] = "text"
    text: str
    stands_out: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG with what it shows: in a caption, and in words for who cannot see it."""

    kind: ClassVar[str] = "picture"
    caption: str
    alt: str
    png: bytes

    @property
    def source(self) -> str:
        """The picture itself as an address."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode()}"


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column of a table; numbers are set flush right."""

    name: str
    unit: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; the first cell of a row is its head."""

    kind: ClassVar[str] = "grid"
    caption: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """An item of a checklist, done or open, and where it is or what to do."""

    item: str
    done: bool
    how: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """Items of a checklist."""

    kind: ClassVar[str] = "checks"
    name: str
    checks: Sequence[ChecklistItem]


@dataclass(frozen=True, slots=True)
class Copied:
    """Paragraphs with a button that copies them."""

    kind: ClassVar[str] = "copied"
    paragraphs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Preformatted:
    """Text whose lines stay as they are, such as a recipe."""

    kind: ClassVar[str] = "lines"
    text: str


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that are shown on request."""

    kind: ClassVar[str] = "fold"
    title: str
    blocks: Sequence[PageBlock]


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks below a heading."""

    kind: ClassVar[str] = "section"
    title: str
    blocks: Sequence[PageBlock]


PageBlock = Text | Picture | Grid | Checklist | Copied | Preformatted | Fold | Section


def render(title: str, blocks: Sequence[PageBlock]) -> str:
    """Return a page as HTML that loads nothing from elsewhere.

    Names from files are text and never markup, and no script but the page's own can run.

    Examples
    --------
    >>> "<h1>a &lt;b&gt; c</h1>" in render("a <b> c", [Text("nothing was found")])
    True
    """
    style, script = (_part(name) for name in ("page.css", "page.js"))
    return _template().render(
        title=title,
        blocks=blocks,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def write_page(path: str | Path, html: str, *, overwrite: bool = False) -> Path:
    """Write a page whole or not at all.

    Raises
    ------
    FileExistsError
        If the file exists and `overwrite` is not set.
    """
    with whole_file(path, overwrite=overwrite) as draft:
        draft.write_text(html, encoding="utf-8", errors="replace", newline="\n")
    return Path(path)


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the policy by which a browser accepts this text alone in the page."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: plain(value) if type(value) is str else value,
    )
    return environment.from_string(_part("page.html"))
