"""Groups compared by replicates, in a report: sentences, SuperPlots, tables, methods."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from covoxel.analysis.groups import GROUP_COLUMNS
from covoxel.analysis.reporting.sections import grid_of
from covoxel.core.text import probability
from covoxel.report.page import PageBlock, Picture, Text

if TYPE_CHECKING:
    import pandas as pd

#: What a value is of; a batch compares several.
_OF = ("table", "value", "part")
#: Columns that are left out where all rows have the same.
_ALIKE = ("table", "part", "notes")
_TESTS = {"t": "Welch's t test", "permutation": "an exact permutation test"}
_PAIRED = {"t": "a paired t test", "permutation": "an exact permutation test of pairs"}
_CORRECTIONS = {
    "holm": "p-values were adjusted by Holm's method",
    "bh": "p-values were adjusted by Benjamini and Hochberg's method",
    "none": "p-values were not adjusted",
}
_LORD = "Lord et al. 2020, https://doi.org/10.1083/jcb.202001064"


def group_blocks(groups: pd.DataFrame, pictures: Sequence[Picture]) -> Iterator[PageBlock]:
    """Yield sentences on groups that were compared, SuperPlots and the table."""
    for row in groups.to_dict("records"):
        yield Text(_sentence({str(name): value for name, value in row.items()}), stands_out=True)
    yield from pictures
    alike = {name for name in _ALIKE if name in groups and groups[name].nunique() < 2}
    wanted = (*_OF, *GROUP_COLUMNS)
    names = [name for name in wanted if name in groups and name not in alike]
    yield grid_of(groups, {}, "Groups compared by replicates", names)


def _sentence(row: Mapping[str, Any]) -> str:
    """Return a comparison of two groups in words."""
    part = f" of {row['part']}" if row.get("part") else ""
    value = f"{row.get('value', 'value')}{part}"
    difference, low, high, p = (row[name] for name in ("difference", "low", "high", "p_adjusted"))
    if math.isnan(difference):
        return f"{value}: not compared, {row['notes']}."
    means = ", ".join(
        f"{row[f'group{i}']} {row[f'mean{i}']:.3f} ({row[f'replicates{i}']:.0f} replicates)"
        for i in (1, 2)
    )
    scale = "" if row["scale"] == "none" else f" on the scale {row['scale']}"
    interval = "" if math.isnan(low) else f" (interval {low:.3f} to {high:.3f})"
    test = row["notes"] or "no test" if math.isnan(p) else f"p {probability(p)}"
    return f"{value}: {means}; difference{scale} {difference:.3f}{interval}; {test}."


def group_methods(options: Mapping[str, Any], group: str, replicate: str) -> str:
    """Return how groups were compared, as a paragraph of methods."""
    names = _PAIRED if options["paired"] else _TESTS
    control = f" with {options['control']}" if options["control"] else ""
    return (
        f"Groups ({group}) were compared{control} by the means of replicates ({replicate}), never "
        f"of single cells, by {names[options['test']]}, with {100 * options['confidence']:g} % "
        f"intervals; "
        f"{_CORRECTIONS[options['correction']]} ({_LORD})."
    )
