"""One sentence on a result: its main numbers with interval, chance and spread, no adjectives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from covoxel.analysis.schema import CHANCE, HIGH, LOW, UNDEFINED, cell, unit_of
from covoxel.core.text import counted

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.schema import Column

#: Columns that identify rows, and what each of their values is.
_COUNTED = {"label": "region", "t": "time point", "z": "plane"}
_ANSWERS = ("yes", "no", "undecided")
#: A sentence has so many numbers.
_MOST = 4


def verdict(analysis: Any, table: pd.DataFrame) -> str:
    """Return what a table says in a sentence: values of one row, the range of several.

    `analysis`: its ``printed.headline`` names the columns.
    `table`: its main table.

    Examples
    --------
    >>> import numpy as np
    >>> from covoxel import measure
    >>> from covoxel.analysis.registry import analysis
    >>> steps = np.arange(64.0).reshape(8, 8)
    >>> table = measure(steps, steps[::-1], measures="pearson").table
    >>> verdict(analysis("measure"), table)
    "channel 1 and channel 2 – Pearson's r of all pixels: -0.969."
    """
    known: Mapping[str, Column] = analysis.main.by_name
    subject = ", ".join([channels_text(table), *_counts(table)])
    if not len(table):
        return f"{subject} – nothing was measured."
    wanted = analysis.printed.headline or analysis.printed.results
    names = [name for name in wanted if name in table][:_MOST]
    items = [_item(table, known[name]) for name in names]
    text = "; ".join(_with_names(item, table) for item in items)
    return f"{subject} – {text}."


def channels_text(table: pd.DataFrame) -> str:
    """Return the names of the channels of a table in words."""
    if "channel" in table:
        return listed([str(one) for one in table["channel"].unique()])
    pairs = table[["channel1", "channel2"]].drop_duplicates().to_numpy().tolist()
    names = dict.fromkeys(str(name) for pair in pairs for name in pair)
    return listed([*names]) if len(pairs) < 2 else f"{len(pairs)} pairs of {listed([*names])}"


def listed(words: list[str]) -> str:
    """Return words with commas and an and.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    *most, last = words or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _counts(table: pd.DataFrame) -> Iterator[str]:
    if "image" in table:  # labels of several images are not the same regions
        yield counted(table["image"].nunique(), "image")
        yield counted(len(table), "row")
        return
    for name, noun in _COUNTED.items():
        n = table[name].nunique() if name in table else 0
        if n > 1:
            yield counted(n, noun)


def _item(table: pd.DataFrame, column: Column) -> str:
    """Return a column in words: its meaning, value or range, and what belongs to it."""
    meaning, values = _meaning(column), table[column.name]
    if column.dtype == "boolean":
        answers = values.map({True: "yes", False: "no"}).fillna("undecided")
        if len(table) == 1:
            return f"{meaning}: {answers.iloc[0]}"
        found = [(answer, int((answers == answer).sum())) for answer in _ANSWERS]
        return f"{meaning}: " + ", ".join(f"{answer} in {n}" for answer, n in found if n)
    unit = f" {column.unit_in(unit_of(table))}".rstrip()
    known = values.dropna()
    if known.empty:
        return f"{meaning}: undefined"
    if len(table) == 1:
        return f"{meaning}: {cell(column, values.iloc[0])}{unit}{_beside(table, column)}"
    low, middle, high = (cell(column, float(known.quantile(q))) for q in (0, 0.5, 1))
    of = "" if len(known) == len(table) else f" in {len(known)} of {len(table)} rows"
    by_chance = table[column.name + CHANCE].median() if column.name + CHANCE in table else None
    chance = "" if by_chance is None else f", median by chance {cell(column, float(by_chance))}"
    spread = f"{middle}{unit} in all" if low == high else f"{low} to {high}{unit}, median {middle}"
    return f"{meaning}: {spread}{chance}{of}"


def _beside(table: pd.DataFrame, column: Column) -> str:
    """Return interval and value by chance of a single row, in brackets."""
    interval, chance = interval_and_chance(table.iloc[0], column)
    parts = [f"95 % interval {interval}"] if interval else []
    parts += [f"by chance {chance}"] if chance else []
    return f" ({'; '.join(parts)})" if parts else ""


def interval_and_chance(row: pd.Series[Any], column: Column) -> tuple[str, str]:
    """Return the 95 % interval of a value and its value by chance; empty where there is none."""
    low, high, chance = (
        cell(column, row.get(_sibling(column.name, end))) for end in (LOW, HIGH, CHANCE)
    )
    interval = "" if UNDEFINED in (low, high) else f"{low} to {high}"
    return interval, "" if chance == UNDEFINED else chance


def _sibling(name: str, ending: str) -> str:
    """Return the column of a bound, whose ending stands before the number of the channel."""
    stem = name.rstrip("12")
    number = name[len(stem) :]
    return f"{stem}{ending}{number}" if name.startswith("coupled") else name + ending


def _meaning(column: Column) -> str:
    """Return the meaning of a column as it stands within a sentence."""
    text = re.split("[;:]", column.meaning)[0].removeprefix("True if ").removeprefix("Whether ")
    first = text.partition(" ")[0]
    named = first.endswith(("'s", "s'")) or not first[1:].islower()
    return text if named else text[0].lower() + text[1:]


def _with_names(text: str, table: pd.DataFrame) -> str:
    """Return text with the names of the channels, where there is one pair."""
    for name in ("channel1", "channel2"):
        if name in table and table[name].nunique() == 1:
            text = text.replace(f"{name[:-1]} {name[-1]}", str(table[name].iloc[0]))
    return text
