"""Numbers of objects in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from covoxel.core.text import probability
from covoxel.gui.html import number_text, table_html

if TYPE_CHECKING:
    import pandas as pd


def found_text(row: pd.Series[Any], notes: str) -> str:
    """Return how many objects there are in a frame, and why there are none.

    Examples
    --------
    >>> import pandas as pd
    >>> row = pd.Series({"objects1": 3, "cut1": 1, "objects2": 0, "cut2": 0})
    >>> found_text(row, "objects2: flat")
    'Found 3 objects in channel 1 (1 at the border) and 0 in channel 2. objects2: flat'
    """
    counts = []
    for number in (1, 2):
        cut = int(row[f"cut{number}"])
        border = f" ({cut} at the border)" if cut else ""
        objects = " objects" if number == 1 else ""
        counts.append(f"{int(row[f'objects{number}'])}{objects} in channel {number}{border}")
    return f"Found {' and '.join(counts)}. {notes}".strip()


def summary_html(row: pd.Series[Any], title: str) -> str:
    """Return the numbers of a frame as a small table of both channels."""
    counts = (_whole(row[f"objects{i}"]) for i in (1, 2))
    known = (line for line in _lines(row) if {*line[1:]} != {"–"})
    lines = [("objects of channel 1, 2", *counts), *known]
    rows = (
        "<tr>" + "".join(f"<td style='padding-right: 4px'>{cell}</td>" for cell in line) + "</tr>"
        for line in lines
    )
    head = f"<b>{escape(title)}</b>" if title else ""
    return head + table_html(rows)


def _lines(row: pd.Series[Any]) -> Iterator[tuple[str, ...]]:
    unit = row["unit"]
    yield "overlapping", *(_part(row, "overlapping", i) for i in (1, 2))
    yield (
        f"matched within {row['max_distance']:.3g}\N{NO-BREAK SPACE}{unit}",
        *(f"{_whole(row['matches'])} ({number_text(row[f'matched_share{i}'])})" for i in (1, 2)),
    )
    if "coupled1" in row:
        yield "coupled, 95 %", *(_interval(row, i) for i in (1, 2))
        nulls = dict.fromkeys(row[f"null{i}"].replace("_", " ") for i in (1, 2))
        chance = ", ".join(one for one in nulls if one)
        yield f"p (z), {chance}".removesuffix(", "), *(_test(row, i) for i in (1, 2))
    yield f"nearest centre, edge ({unit})", *(_means(row, i) for i in (1, 2))
    if "cells" in row and not _missing(row["cells"]):
        yield f"positive of {_whole(row['cells'])} cells", *(_positive(row, i) for i in (1, 2))


def _positive(row: pd.Series[Any], number: int) -> str:
    both, only = row["cells_both"], row[f"cells_only{number}"]
    return "–" if _missing(both) else f"{_whole(both + only)} (both {_whole(both)})"


def _whole(value: Any) -> str:
    return "–" if _missing(value) else f"{int(value)}"


def _part(row: pd.Series[Any], name: str, number: int) -> str:
    n, part = row[f"objects{number}"], row[f"{name}{number}"]
    return f"{_whole(part)} ({number_text(part / n)})" if n and not _missing(part) else _whole(part)


def _means(row: pd.Series[Any], number: int) -> str:
    distances = (row[f"{what}_distance{number}"] for what in ("center", "edge"))
    return ", ".join(number_text(one) for one in distances)


def _interval(row: pd.Series[Any], number: int) -> str:
    share, low, high = (row[f"coupled{end}{number}"] for end in ("", "_low", "_high"))
    if not math.isfinite(share):
        return "–"
    return f"{share:.2f} ({low:.2f}–{high:.2f})"


def _test(row: pd.Series[Any], number: int) -> str:
    p, z = row[f"coupling_p{number}"], row[f"coupling_z{number}"]
    if not math.isfinite(p):
        return "–"
    return f"{escape(probability(p))} ({z:.1f})"


def object_text(row: pd.Series[Any]) -> str:
    """Return what is known of an object in a line."""
    unit = row["unit"]
    parts = [f"Object {row['object']} of channel {row['channel']}"]
    for text, name, of_unit in (
        ("diameter", "diameter", unit),
        ("overlap", "overlap", ""),
        ("nearest centre", "center_distance", unit),
        ("nearest edge", "edge_distance", unit),
    ):
        if math.isfinite(row[name]):
            parts.append(f"{text} {row[name]:.3g} {of_unit}".rstrip())
    matched = row["matched"]
    parts.append("not matched" if _missing(matched) else f"matched with {matched}")
    return ", ".join(parts)


def _missing(value: Any) -> bool:
    import pandas as pd  # loaded by the first result, not by opening the widget

    return bool(pd.isna(value))
