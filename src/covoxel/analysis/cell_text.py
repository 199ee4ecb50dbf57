"""Cells of tables as people read them: rounded, with the interval and the value by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.schema import Column
from covoxel.core.text import plain

if TYPE_CHECKING:
    import pandas as pd

#: Coefficients that may be of any magnitude.
_ANY_SIZE = ("slope", "k1", "k2", "k1_above", "k2_above")
#: Units of coefficients and displacements, which have as many digits after the point.
_FIXED = ("", "bit", "px", "µm", "°", "µm or px", "s or frames")
#: Digits after the point of a coefficient in a list and in a wide table.
LIST_DIGITS, TABLE_DIGITS = 4, 3
#: Ending of the columns that hold what a measure is expected to be by chance, and their digits in
#: a wide table.
CHANCE, _CHANCE_DIGITS = "_chance", 2
#: Endings of the columns that are p-values, which are never 0.
_PROBABILITY = ("_p", "_p1", "_p2", "_p_fine", "_p_shift")
#: Endings of the columns that bound the interval of a measure.
LOW, HIGH = "_low", "_high"
_LIMITS = ("threshold1", "threshold2")
UNDEFINED = "–"


def cell(column: Column, value: Any, digits: int = TABLE_DIGITS) -> str:
    """Return a value as it is shown: coefficients with as many digits, others shortened.

    Examples
    --------
    >>> cell(Column("pearson", "", ""), 0.48712), cell(Column("mean1", "intensity", ""), 1234.56)
    ('0.487', '1235')
    """
    if value is None or str(value) in ("nan", "<NA>"):
        return UNDEFINED
    if not isinstance(value, float):
        return plain(str(value))
    if abs(value) >= 1000:
        return f"{value:.0f}" if abs(value) < 1e9 else f"{value:.3g}"
    if column.name.endswith(_PROBABILITY) and value < 10**-digits:
        return f"<{10**-digits:.{digits}f}"
    fixed = column.unit in _FIXED and column.name not in _ANY_SIZE
    return f"{round(value, digits) + 0.0:.{digits}f}" if fixed else f"{value:.5g}"


def cells(table: pd.DataFrame, column: Column, *, intervals: bool = False) -> list[str]:
    """Return the cells of a column, with what is by chance; words where a threshold is lost.

    The interval stands beside a value if `intervals` is set.
    """
    name = column.name
    texts = [cell(column, value) for value in table[name]]
    if name + CHANCE in table:
        chances = [cell(column, value, _CHANCE_DIGITS) for value in table[name + CHANCE]]
        texts = [f"{text} ({chance})" for text, chance in zip(texts, chances, strict=True)]
    if intervals and name + LOW in table:
        bounds = [
            [cell(column, value, _CHANCE_DIGITS) for value in table[name + end]]
            for end in (LOW, HIGH)
        ]
        texts = [
            text if low == high == UNDEFINED else f"{text} {low} to {high}"
            for text, low, high in zip(texts, *bounds, strict=True)
        ]
    for i in column.threshold if name not in _LIMITS else name[-1]:
        if f"threshold_method{i}" not in table:
            continue
        methods = table[f"threshold_method{i}"]
        for row in np.flatnonzero(table[f"threshold{i}"].isna()):
            if (method := methods.iloc[row]) != "none":
                texts[row] = f"{method} failed" if name in _LIMITS else "no threshold"
    return texts


def unit_of(table: pd.DataFrame) -> str:
    """Return the unit of the lengths or times of a table; empty where it has none."""
    return str(table["unit"].iloc[0]) if "unit" in table and len(table) else ""
