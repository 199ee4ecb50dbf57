"""The numbers of compared groups, as a table to read; no Qt."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from html import escape
from typing import Any

from covoxel.analysis.groups import GroupComparison
from covoxel.core.text import probability

#: Pairs that are listed, and what a difference is of on each scale.
_MOST = 6
_SCALES = {"fisher": "of atanh", "logit": "of logits", "none": ""}


def comparison_html(found: GroupComparison) -> str:
    """Return a row for each pair of groups, and a line for each note."""
    table = found.table
    scale = _SCALES[str(table["scale"].iloc[0])]
    percent = f"({100 * found.options.confidence:g} %)"
    p = "p" if len(table) == 1 or found.options.correction == "none" else "adjusted p"
    head = ("", f"difference {scale}".strip() + f" {percent}", p)
    lines = [_row(head, bold=False)]
    lines += [_row(_cells(row), bold=True) for row in table.head(_MOST).to_dict("records")]
    more = [f"and {len(table) - _MOST} more pairs"] if len(table) > _MOST else []
    notes = dict.fromkeys(filter(None, table["notes"]))
    below = [*more, *_groups(found), *(f"⚠ <i>{escape(note)}</i>" for note in notes)]
    return f"<table cellspacing=0 cellpadding=1>{''.join(lines)}</table>" + "<br>".join(below)


def _cells(row: dict[Hashable, Any]) -> tuple[str, ...]:
    style = ".3g" if row["scale"] == "none" else ".2f"
    difference = _number(row["difference"], style)
    if math.isfinite(row["low"]):
        low, high = (_number(row[end], style) for end in ("low", "high"))
        difference += f" ({low} to {high})"
    return f"{row['group1']}, {row['group2']}", difference, _p(row["p_adjusted"])


def _p(value: float) -> str:
    return probability(value) if math.isfinite(value) else "–"


def _row(cells: tuple[str, ...], *, bold: bool) -> str:
    name, *values = (escape(cell).replace(" ", "&nbsp;") for cell in cells)
    mark = ("<b>", "</b>") if bold else ("", "")
    texts = "".join(f"<td align=right>&nbsp;{mark[0]}{cell}{mark[1]}</td>" for cell in values)
    return f"<tr><td>{name}</td>{texts}</tr>"


def _groups(found: GroupComparison) -> Iterator[str]:
    """Yield the mean and the size of each group."""
    pairs = found.table
    means = dict(zip(pairs["group1"], pairs["mean1"], strict=True))
    means |= dict(zip(pairs["group2"], pairs["mean2"], strict=True))
    counts = found.replicates.groupby("group", sort=False)["values"].agg(["size", "sum"])
    for name, replicates, values in counts.itertuples():
        mean = f": mean {_number(means[name], '.3g')}, " if name in means else ": "
        yield f"{escape(str(name))}{mean}{replicates} replicates, {values} values"


def _number(value: float, style: str) -> str:
    return format(value, style).replace("-", "−") if math.isfinite(value) else "–"
