"""The numbers of compared groups, as a table to read; no Qt."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from html import escape
from typing import Any

from covoxel.analysis.groups import GroupComparison
from covoxel.core.text import probability
from covoxel.gui.html import notes_html, number_text, row_html, table_html

#: Pairs that are listed, and what a difference is of on each scale.
_MOST = 6
_SCALES = {"fisher": "of atanh", "logit": "of logits", "none": ""}


def comparison_html(found: GroupComparison) -> str:
    """Return a row for each pair of groups, and a line for each note."""
    pairs = found.table
    scale = _SCALES[str(pairs["scale"].iloc[0])]
    percent = f"({100 * found.options.confidence:g} %)"
    p = "p" if len(pairs) == 1 or found.options.correction == "none" else "adjusted p"
    lines = [row_html("", (f"difference {scale}".strip() + f" {percent}", p), bold=False)]
    lines += [_pair(one) for one in pairs.head(_MOST).to_dict("records")]
    more = [f"and {len(pairs) - _MOST} more pairs"] if len(pairs) > _MOST else []
    said = notes_html(dict.fromkeys(filter(None, pairs["notes"])))
    return table_html(lines) + "<br>".join([*more, *_groups(found), *said])


def _pair(one: dict[Hashable, Any]) -> str:
    style = ".3g" if one["scale"] == "none" else ".2f"
    difference = number_text(one["difference"], style)
    if math.isfinite(one["low"]):
        low, high = (number_text(one[end], style) for end in ("low", "high"))
        difference += f" ({low} to {high})"
    return row_html(
        escape(f"{one['group1']}, {one['group2']}"), (difference, _p(one["p_adjusted"]))
    )


def _p(value: float) -> str:
    return escape(probability(value)) if math.isfinite(value) else "–"


def _groups(found: GroupComparison) -> Iterator[str]:
    """Yield the mean and the size of each group."""
    pairs = found.table
    means = dict(zip(pairs["group1"], pairs["mean1"], strict=True))
    means |= dict(zip(pairs["group2"], pairs["mean2"], strict=True))
    counts = found.replicates.groupby("group", sort=False)["values"].agg(["size", "sum"])
    for name, replicates, values in counts.itertuples():
        mean = f": mean {number_text(means[name], '.3g')}, " if name in means else ": "
        yield f"{escape(str(name))}{mean}{replicates} replicates, {values} values"
