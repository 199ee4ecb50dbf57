"""What a terminal and a report show of a measurement: which columns, and what was done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from covoxel.analysis.measure.schema import ALL_COLUMNS, BLEED_COLUMNS, SIZE
from covoxel.analysis.schema import SHIFTS
from covoxel.core.types import Note

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.analysis import ListedLine

#: The first columns of a wide table, as far as they were measured.
FIRST = (
    *("pixels", "pearson_before", "pearson", "pearson_p_fine"),
    *("tm1", "tm2", "tm1_own", "tm2_own", "spearman", "icq"),
    *("threshold1", "threshold2", "m1", "m2"),
)
_MEANING = {one.name: one.meaning for one in ALL_COLUMNS}


def circumstances(row: pd.Series[Any], notes: Sequence[Note]) -> Iterator[ListedLine]:
    """Yield what was measured and how, as far as it is not what it is by default."""
    reasons = dict(reversed(notes))
    for column in SIZE:
        if column.name in row and (column.name == "pixels" or row[column.name] > 0):
            yield column.name, row[column.name], _with_unit(column.name)
    for i in (1, 2):
        method = f"{row[f'threshold_method{i}']}, of the {row['threshold_scope']}"
        asked = row[f"threshold_method{i}"] != "none"
        reason = reasons.get(f"threshold{i}", "") if asked else ""
        meaning = f"Threshold of channel {i}: {method}{reason and f': {reason}'}"
        yield f"threshold{i}", row[f"threshold{i}"], meaning
    for i in (1, 2):
        method = row[f"background_method{i}"]
        if method != "none":
            yield f"background{i}", row[f"background{i}"], f"Background of channel {i}: {method}"
    like = ["like"] if row["like"] != "covoxel" else []
    for name in (*(one.name for one in BLEED_COLUMNS), *like, *(one.name for one in SHIFTS)):
        if name in row:
            yield name, row[name], _with_unit(name)


def _with_unit(name: str) -> str:
    unit = next(one.unit for one in ALL_COLUMNS if one.name == name)
    shown = unit if unit not in ("px", "intensity") else ""
    return f"{_MEANING[name]} [{shown}]" if shown else _MEANING[name]
