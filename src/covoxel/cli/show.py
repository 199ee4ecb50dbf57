"""The table on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from covoxel.analysis.schema import MEASURES, SETTINGS, SIZE

if TYPE_CHECKING:
    import pandas as pd

#: Columns of the wide table, where they are there; the first ones matter most.
_IDENTITY = ("channel_1", "channel_2", "t", "z", "label")
_KEY = (
    *("pearson", "tm1", "tm2", "tm1_own", "tm2_own", "spearman", "icq"),
    *("threshold_1", "threshold_2", "m1", "m2", "pixels"),
)
_REST = "all columns: --json, or the files of --out"


def print_table(table: pd.DataFrame) -> None:
    """Print one row as a list with meanings, many as a table of the main columns."""
    console = Console(highlight=False)
    if len(table) == 1:
        console.print(_listing(table.iloc[0]))
    else:
        console.print(_wide(table, console.width))
    _remarks(console, table)


def _listing(row: pd.Series) -> Table:
    meanings = {c.name: (c.meaning, c.unit) for c in (*SIZE, *SETTINGS, *MEASURES)}
    listing = Table(title=escape(_title(row)), title_justify="left", box=None, pad_edge=False)
    listing.add_column("column", style="bold")
    listing.add_column("value", justify="right")
    listing.add_column("meaning", style="dim", overflow="fold")
    for name, value in row.items():
        if name in meanings:
            meaning, unit = meanings[str(name)]
            text = f"{meaning} [{unit}]" if unit not in ("", "intensity") else meaning
            listing.add_row(str(name), _short(value), escape(text))
    return listing


def _title(row: pd.Series) -> str:
    file = f"{row['file']}: " if row["file"] else ""
    return f"{file}{row['channel_1']} and {row['channel_2']}"


def _wide(table: pd.DataFrame, width: int) -> Table:
    """Return the main columns that fit and differ from row to row; others go into the caption."""
    measured = [c.name for c in MEASURES if c.name in table]
    main = [name for name in _KEY if name in table]
    main += [name for name in measured if name not in main]
    common = [name for name in main if table[name].nunique(dropna=False) == 1]
    names = [name for name in _IDENTITY if table[name].nunique(dropna=False) > 1]
    texts = {name: [_short(value) for value in table[name]] for name in (*names, *main)}
    for name in main:
        used = sum(2 + max(map(len, (other, *texts[other]))) for other in (*names, name))
        if name not in common and used <= width:
            names.append(name)
    out = Table(title=escape(_title(table.iloc[0])), title_justify="left", box=None, pad_edge=False)
    for name in names:
        out.add_column(name, justify="right", no_wrap=True)
    for row in zip(*(texts[name] for name in names), strict=True):
        out.add_row(*row)
    shared = [f"{name} {texts[name][0]}" for name in common if name in _KEY]
    out.caption = "; ".join([*(["in all rows: " + ", ".join(shared)] if shared else []), _REST])
    out.caption_justify = "left"
    return out


def _short(value: Any) -> str:
    if value is None or str(value) in ("nan", "<NA>"):
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))


def _remarks(console: Console, table: pd.DataFrame) -> None:
    """Print each warning and each reason once, with an example where rows differ."""
    for kind, style in (("warnings", "yellow"), ("notes", "dim")):
        found: dict[str, list[str]] = {}
        for text in table[kind]:
            for part in filter(None, text.split("; ")):
                code, _, said = part.partition(": ")
                found.setdefault(code, []).append(said)
        for code, said in found.items():
            rows = "" if len(table) == 1 else f" ({len(said)} of {len(table)} rows)"
            example = "" if len(set(said)) == 1 else "for one, "
            console.print(f"[{style}]{escape(code)}{rows}: {escape(example + said[0])}[/{style}]")
