"""Tables on a terminal, and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from covoxel.analysis.measure.matrix import correlation_matrix
from covoxel.analysis.measure.schema import MEASURES
from covoxel.analysis.notes import gathered_notes, image_title
from covoxel.analysis.schema import (
    CHANCE,
    HIGH,
    LIST_DIGITS,
    LOW,
    TABLE_DIGITS,
    Column,
    cell,
    cells,
)
from covoxel.cli.printing import echo
from covoxel.core.text import plain
from covoxel.core.types import Note

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.analysis import Analysis, ListedLine

#: The warnings and notes of each row.
Remarks = Mapping[str, Sequence[Sequence[Note]]]
#: The columns that identify a row.
_KEYS = ("channel1", "channel2", "t", "z", "label")
#: Spaces between columns.
_GAP = 2
#: Widest column of names, which fold.
_NAME = 24


def _lines(
    analysis: Analysis[Any, Any, Any], row: pd.Series[Any], names: Sequence[str]
) -> Iterator[ListedLine]:
    """Yield columns of a row with their meaning, lengths and times in their unit."""
    shown, known = analysis.printed, analysis.main.by_name
    for name in names:
        if name not in row or row[name] is None or name.endswith(CHANCE):
            continue
        if name not in shown.unless_zero or row[name]:
            column = known[name]
            unit = column.unit_in(row.get("unit", ""))
            implied = not unit or unit in shown.implied_units
            yield name, row[name], column.meaning if implied else f"{column.meaning} [{unit}]"


def print_json(table: pd.DataFrame) -> None:
    """Print rows as JSON objects; what is undefined is null."""
    defined = table.notna().to_numpy()
    for values, known in zip(table.itertuples(index=False), defined, strict=True):
        row = zip(table.columns, values, known, strict=True)
        record = {str(name): _plain(value) if there else None for name, value, there in row}
        echo(json.dumps(record, allow_nan=False))


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_table(result: Any, analysis: Analysis[Any, Any, Any]) -> None:
    """Print one row as a list with meanings, many as a table of the main columns."""
    console = Console(highlight=False, emoji=False)
    table, notes = result.table, result.remarks["notes"][0]
    if len(table) == 1:
        _print_row(console, table.iloc[0], notes, analysis)
    else:
        _print_rows(console, table, notes, analysis)
    _print_remarks(console, result.remarks)
    for line in analysis.remarks(result):
        echo(line)


def print_matrix(table: pd.DataFrame) -> None:
    """Print Pearson's r, or the first measure, of all pairs, where each has one row."""
    pairs = table[["channel1", "channel2"]].drop_duplicates()
    measured = [column.name for column in MEASURES if column.name in table]
    if len(pairs) < len(table) or not measured:
        return
    column = "pearson" if "pearson" in measured else measured[0]
    matrix = correlation_matrix(table, column)
    shown = next(one for one in MEASURES if one.name == column)
    console = Console(highlight=False, emoji=False)
    console.print()
    out = _empty()
    out.add_column("")
    for name in matrix.columns:
        out.add_column(_literal(name), justify="right")
    for name, values in zip(matrix.index, matrix.to_numpy(), strict=True):
        out.add_row(_literal(name), *(_text(shown, value, TABLE_DIGITS) for value in values))
    _print_titled(console, column, out)


def _literal(text: str) -> str:
    """Return text in which rich finds no markup, and a terminal no instruction."""
    return escape(plain(text))


def _empty() -> Table:
    return Table(box=None, pad_edge=False)


def _print_titled(console: Console, title: str, table: Table) -> None:
    """Print a table below its title, which may be wider."""
    console.print(Text(title, style="table.title"))
    console.print(table)


def _print_row(
    console: Console, row: pd.Series[Any], notes: Sequence[Note], analysis: Analysis[Any, Any, Any]
) -> None:
    settings, columns = analysis.printed.settings, analysis.main.by_name
    done = settings(row, notes) if callable(settings) else _lines(analysis, row, settings)
    sections = list(done), list(_lines(analysis, row, analysis.listed(row)))
    listing = _empty()
    chances = any(name.endswith(CHANCE) for name in row.index)
    for name in ("column", "value", *(["by chance"] * chances), "meaning"):
        listing.add_column(name, justify="left" if name in ("column", "meaning") else "right")
    for section in filter(None, sections):
        for name, value, meaning in section:
            column = columns[name]
            chance = row.get(name + CHANCE)
            listing.add_row(
                f"[bold]{name}[/bold]",
                _text(column, value, LIST_DIGITS),
                *(["" if chance is None else _text(column, chance, LIST_DIGITS)] * chances),
                f"[dim]{_literal(meaning)}[/dim]",
            )
        listing.add_row()
    _print_titled(console, _pair(row, notes), listing)


def _pair(row: pd.Series[Any], notes: Sequence[Note]) -> str:
    names = dict.fromkeys((row["channel1"], row["channel2"]))
    return plain(f"{_file(row, notes)}{' and '.join(names)}")


def _file(row: pd.Series[Any], notes: Sequence[Note]) -> str:
    title = image_title(notes)
    which = f" ({title})" if title else ""
    return f"{row['file']}{which}: " if row["file"] else ""


def _print_rows(
    console: Console, table: pd.DataFrame, notes: Sequence[Note], analysis: Analysis[Any, Any, Any]
) -> None:
    """Print what fits of the columns that differ from row to row, and what all rows share."""
    shown, columns = analysis.printed, analysis.main.by_name
    keys = [name for name in _KEYS if name in table]
    main = [name for name in shown.main if name in table]
    alone = {*shown.first, *shown.wide}
    beside = {name for name in main if name + LOW in {*table} - alone}
    main = [
        name for name in main if name not in {one + end for one in beside for end in (LOW, HIGH)}
    ]
    same = {name for name in (*keys, *main) if table[name].nunique(dropna=False) == 1}
    texts = {
        name: [*map(escape, cells(table, columns[name], intervals=name in beside))]
        for name in (*keys, *main)
    }
    names = [name for name in keys if name not in same]
    left = console.width + _GAP - sum(_wide(name, texts) for name in names)
    for name in (name for name in main if name not in same):
        left -= _wide(name, texts)
        if left < 0:
            break
        names.append(name)
    out = _empty()
    for name in names:
        if _is_text(name):
            out.add_column(name, max_width=_NAME)
        else:
            out.add_column(name, justify="right", no_wrap=True)
    for row in zip(*(texts[name] for name in names), strict=True):
        out.add_row(*row)
    _print_titled(console, _title(table.iloc[0], notes, same), out)
    first = shown.main[: len(shown.first)]
    shared = [f"{name} {texts[name][0]}" for name in main if name in same and name in first]
    hidden = ["all columns: --json, or the files of --out"]
    printed = {*names, *(same & {*first})}
    by_chance = any(name + CHANCE in table for name in printed)
    chance = ["in parentheses: expected by chance"] if by_chance else []
    if beside & printed:
        chance.append("to: bounds of the 95 % interval")
    lines = [*(["in all rows: " + ", ".join(shared)] if shared else []), *chance, *hidden]
    console.print(f"[dim italic]{'; '.join(lines)}[/dim italic]")


def _wide(name: str, texts: dict[str, list[str]]) -> int:
    """Return the width of a column and of the gap after it."""
    width = max(map(len, (name, *texts[name])))
    return _GAP + (min(width, _NAME) if _is_text(name) else width)


def _is_text(name: str) -> bool:
    return name.startswith("channel")


def _title(row: pd.Series[Any], notes: Sequence[Note], same: set[str]) -> str:
    if not {"channel1", "channel2"} <= same:
        return plain(f"{_file(row, notes)}pairs of channels")
    return _pair(row, notes)


def _text(column: Column, value: Any, digits: int) -> str:
    return escape(cell(column, value, digits))


def _print_remarks(console: Console, remarks: Remarks) -> None:
    """Print each warning and each reason once, with an example where rows differ."""
    of = len(remarks["notes"])
    for kind, style in (("warnings", "yellow"), ("notes", "dim")):
        for codes, texts in gathered_notes(remarks.get(kind, ())):
            n = len(texts)
            rows = "" if of == 1 else f" in all {of} rows" if n == of else f" in {n} of {of} rows"
            example = "such as " if len(set(texts)) > 1 else ""
            line = f"{', '.join(codes)}{rows}: {example}{texts[0]}"
            console.print(f"[{style}]{_literal(line)}[/{style}]")
