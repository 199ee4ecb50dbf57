"""How displacement fields are shown on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from covoxel.analysis.field_schema import FIT_COLUMNS
from covoxel.cli.printing import echo
from covoxel.cli.show import Layout, lines, print_table

if TYPE_CHECKING:
    from covoxel.analysis.fields import Fields

_ALL = [column.name for column in FIT_COLUMNS]
_COUNTS = ("tiles", "valid", "used", "rms")
_RESULTS = [*_ALL[_ALL.index("rms") + 1 : _ALL.index("version")]]
_MAIN = [name for name in _RESULTS if not name.startswith("a_")]


def _counts(row: pd.Series[Any]) -> Iterator[tuple[str, Any, str]]:
    return lines(row, _COUNTS)


def _results(row: pd.Series[Any]) -> Iterator[tuple[str, Any, str]]:
    return lines(row, [] if pd.isna(row["used"]) else _RESULTS)


_LAYOUT = Layout((*_COUNTS, *_MAIN), len(_COUNTS), (_counts, _results))


def show(fields: Fields) -> None:
    """Print the fits, how many tiles are not valid, and why."""
    print_table(fields.fits, _LAYOUT)
    tiles = fields.table
    notes = tiles.loc[~tiles["valid"], "notes"]
    reasons = Counter(note.partition("; ")[0].removeprefix("offset: ") for note in notes)
    for reason, number in reasons.most_common():
        echo(f"{number} of {len(tiles)} tiles left out: {reason}")
