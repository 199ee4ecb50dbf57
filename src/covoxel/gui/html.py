"""Numbers and notes as labels show them, in a little HTML; no Qt."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

#: What notes begin with.
NOTE = "⚠ "


def number_text(value: float, style: str = ".3g") -> str:
    """Return a number with a sign that is as wide as a digit; a dash where it is not finite."""
    return format(value, style).replace("-", "−") if math.isfinite(value) else "–"


def row_html(name: str, cells: Iterable[str], *, bold: bool = True) -> str:
    """Return a row of a table, whose cells do not wrap."""
    mark, end = ("<b>", "</b>") if bold else ("", "")
    held = (cell.replace(" ", "\N{NO-BREAK SPACE}") for cell in cells)
    texts = "".join(f"<td align=right>&nbsp;{mark}{cell}{end}</td>" for cell in held)
    return f"<tr><td>{name}</td>{texts}</tr>"


def table_html(rows: Iterable[str], padding: int = 1) -> str:
    """Return a table of rows."""
    return f"<table cellspacing=0 cellpadding={padding}>{''.join(rows)}</table>"


def notes_html(texts: Iterable[str]) -> list[str]:
    """Return a line for the text of each note."""
    return [f"{NOTE}<i>{escape(text)}</i>" for text in texts]
