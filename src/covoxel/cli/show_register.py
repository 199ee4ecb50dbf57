"""How registrations are shown on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from covoxel.analysis.register_schema import REGISTER_COLUMNS
from covoxel.cli.show import Layout, lines

if TYPE_CHECKING:
    import pandas as pd

#: What is one and the same for all translations.
_MATRIX = ("rotation", "scale", *(f"a_{to}{of}" for to in "zyx" for of in "zyx"))
_SETTINGS = ("transform", "method", "max_shift")
_ALL = [column.name for column in REGISTER_COLUMNS]
_QUALITY = tuple(_ALL[_ALL.index("registrable") : _ALL.index("uncertainty") + 1])
_SHIFTS = tuple(name for name in _ALL if name.startswith("shift_"))


def _settings(row: pd.Series[Any]) -> Iterator[tuple[str, Any, str]]:
    return lines(row, [name for name in _SETTINGS if row[name] is not None])


def _results(row: pd.Series[Any]) -> Iterator[tuple[str, Any, str]]:
    matrix = () if row["transform"] == "translation" else _MATRIX
    return lines(row, [*_SHIFTS, *matrix, *_QUALITY])


LAYOUT = Layout((*_SHIFTS[:3], *_QUALITY, *_SHIFTS[3:], *_MATRIX), 0, (_settings, _results))
