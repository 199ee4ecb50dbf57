"""How association distances, van Steensel's curves and delays are shown on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from covoxel.analysis.ccf_schema import CCF_COLUMNS, CURVES
from covoxel.analysis.delay_schema import DELAY_COLUMNS, DELAYS
from covoxel.analysis.distance_schema import DISTANCE_COLUMNS, DISTANCES
from covoxel.analysis.schema import SHIFTS, Column
from covoxel.cli.show import Layout

if TYPE_CHECKING:
    import pandas as pd

_Section = Callable[["pd.Series[Any]"], Iterator[tuple[str, Any, str]]]


def _section(columns: Sequence[Column], names: Sequence[str]) -> _Section:
    """Return what lists columns of a row with their meaning, lengths and times in their unit."""
    known = {column.name: column for column in columns}

    def lines(row: pd.Series[Any]) -> Iterator[tuple[str, Any, str]]:
        for name in names:
            if name in row and row[name] is not None:
                column = known[name]
                unit = row["unit"] if " or " in column.unit else column.unit
                yield name, row[name], f"{column.meaning} [{unit}]" if unit else column.meaning

    return lines


def _layout(
    columns: Sequence[Column], settings: Sequence[str], results: Sequence[str], first: Sequence[str]
) -> Layout:
    """Return a layout; `first` are the columns that a wide table begins with."""
    main = tuple(dict.fromkeys([*first, *results]))
    sections = _section(columns, settings), _section(columns, results)
    return Layout(main, len(first), sections)


_SHIFTS = tuple(column.name for column in SHIFTS)
_PSF = ("psf_1", "psf_1_z", "psf_2", "psf_2_z")

DISTANCE = _layout(
    DISTANCE_COLUMNS,
    ("model", "fit_low", "fit_high", *_SHIFTS),
    ("component", *(column.name for column in DISTANCES), *_PSF),
    ("component", "distance", "distance_low", "distance_high", "spread", "associated", "unit"),
)
CCF = _layout(
    CCF_COLUMNS,
    ("axis", *_SHIFTS),
    [column.name for column in CURVES],
    ("axis", "peak", "offset", "fwhm", "r_squared", "unit"),
)
DELAY = _layout(
    DELAY_COLUMNS,
    ("frames", "time_step", *_SHIFTS),
    [column.name for column in DELAYS],
    ("delay", "delay_low", "delay_high", "correlation", "null", "frames", "unit"),
)
