"""Columns of tables: name, unit, meaning and reference; their values as text."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.text import plain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    #: Empty for text and pure numbers.
    unit: str
    meaning: str
    #: The group of measures that it belongs to; empty for identity and settings.
    group: str = ""
    #: What it is read from: "sums" stream at any size, "levels" need one channel's histogram,
    #: "cells" the joint one.
    needs: str = "sums"
    #: Digits of the channels whose thresholds it needs.
    threshold: str = ""
    reference: str = ""
    #: Type of the column in pandas; empty for that of its values.
    dtype: str = ""
    #: Left out of tables in which no row has it.
    optional: bool = False

    def unit_in(self, unit: str) -> str:
        """Return the unit, in a table whose lengths or times have another one of two.

        Examples
        --------
        >>> Column("peak", "µm or px", "").unit_in("px"), Column("icq", "bit", "").unit_in("px")
        ('px', 'bit')
        """
        return unit if " or " in self.unit else self.unit


IDENTITY = (
    Column("file", "", "Name of the image file; of both, where the channels are in two"),
    Column("series", "", "Index of the series in the file, from 0"),
    Column("channel1", "", "Name of channel 1"),
    Column("channel2", "", "Name of channel 2"),
    Column("t", "frame", "Time point, from 0; empty where time is pooled", dtype="Int64"),
    Column("z", "plane", "Plane, from 0; empty where planes are taken together", dtype="Int64"),
    Column("label", "", "Label or number of the region; 1 for a mask or the whole image"),
)

#: The same of frames, which have no label.
FRAME_IDENTITY = IDENTITY[:-1]

LENGTH_UNIT = Column("unit", "", "Unit of lengths: µm, or px where the voxel size is unknown")


def axis_columns(name: str, unit: str, meaning: str, suffix: str = "") -> tuple[Column, ...]:
    """Return a column for each axis, whose name follows the meaning; only for axes of the image.

    Examples
    --------
    >>> [column.name for column in axis_columns("offset", "µm", "Offset along", "_um")]
    ['offset_z_um', 'offset_y_um', 'offset_x_um']
    """
    return tuple(
        Column(f"{name}_{axis}{suffix}", unit, f"{meaning} {axis}", optional=True) for axis in "zyx"
    )


def by_axis(name: str, axes: str, values: Iterable[Any], suffix: str = "") -> dict[str, Any]:
    """Return a value for each axis, by the names of the columns of `axis_columns`.

    Examples
    --------
    >>> by_axis("shift", "YX", (4.0, -3.0), "_um")
    {'shift_y_um': 4.0, 'shift_x_um': -3.0}
    """
    pairs = zip(axes.lower(), values, strict=True)
    return {f"{name}_{axis}{suffix}": value for axis, value in pairs}


def of_both(name: str, unit: str, meaning: str, **more: Any) -> tuple[Column, Column]:
    """Return a column for each channel.

    Its number replaces ``{0}``, that of the other channel ``{1}``; it follows a name that has no
    place for it.

    Examples
    --------
    >>> [column.meaning for column in of_both("mean", "", "Mean of channel {0}, not {1}")]
    ['Mean of channel 1, not 2', 'Mean of channel 2, not 1']
    """
    name = name if "{" in name else f"{name}{{}}"
    threshold = more.pop("threshold", "")
    one, other = (
        Column(
            name.format(own),
            unit,
            meaning.format(own, 3 - own),
            threshold=threshold.format(own, 3 - own),
            **more,
        )
        for own in (1, 2)
    )
    return one, other


WARNINGS = Column("warnings", "", "Cautions about the image or the region: code: message; …")


def record_columns(notes: str) -> tuple[Column, ...]:
    """Return the last columns of a table, whose notes have the meaning given."""
    return (
        Column("version", "", "Version of Covoxel"),
        Column("settings", "", "First 12 digits of the SHA-256 of the settings"),
        Column("notes", "", notes),
    )


def undefined(columns: Iterable[Column], axes: str) -> dict[str, float]:
    """Return NaN for each column of axes, or of pairs of them, that an image with `axes` has.

    Examples
    --------
    >>> undefined(axis_columns("shift", "px", "Shift along"), "YX")
    {'shift_y': nan, 'shift_x': nan}
    """
    present = set(axes.lower())
    return {
        one.name: math.nan
        for one in columns
        if one.optional and set(one.name.removesuffix("_um").rpartition("_")[2]) <= present
    }


SHIFTS = tuple(
    Column(
        f"shift_{axis}",
        "px",
        f"Shift along {axis} that registers channel 2 to channel 1",
        optional=True,
    )
    for axis in "zyx"
)


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
