"""How comparisons are shown on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from covoxel.analysis.compare_schema import COMPARE_COLUMNS, COMPARE_MEASURES
from covoxel.cli.show import Layout

if TYPE_CHECKING:
    import pandas as pd

_TOLD = {column.name: column.meaning for column in COMPARE_COLUMNS}
_MEASURES = tuple(column.name for column in COMPARE_MEASURES)
_FIRST = ("mse", "psnr", "ssim", "pearson", "hellinger", "mutual_information", "nmi")
_SETTINGS = ("pixels", "data_range", "data_range_source", "fit", "shift_z", "shift_y", "shift_x")


def _settings(row: pd.Series[Any]) -> Iterator[tuple[str, Any, str]]:
    names = [*_SETTINGS[:1], *(["dropped"] if row["dropped"] else []), *_SETTINGS[1:]]
    yield from ((name, row[name], _TOLD[name]) for name in names if name in row)


def _results(row: pd.Series[Any]) -> Iterator[tuple[str, Any, str]]:
    yield from ((name, row[name], _TOLD[name]) for name in _MEASURES if name in row)


LAYOUT = Layout(tuple(dict.fromkeys([*_FIRST, *_MEASURES])), len(_FIRST), (_settings, _results))
