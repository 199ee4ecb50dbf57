"""Columns of tables: name, unit, meaning and reference; those that all tables share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    name : str
    unit : str
        Empty for text and pure numbers.
    meaning : str
    group : str
        The group of measures that it belongs to; empty for identity and settings.
    needs : str
        What it is read from: "sums" stream at any size, "levels" need one channel's histogram,
        "cells" the joint one.
    threshold : str
        Digits of the channels whose thresholds it needs.
    reference : str
    dtype : str
        Type of the column in pandas; empty for that of its values.
    optional : bool
        Left out of tables in which no row has it.
    """

    name: str
    unit: str
    meaning: str
    group: str = ""
    needs: str = "sums"
    threshold: str = ""
    reference: str = ""
    dtype: str = ""
    optional: bool = False


IDENTITY = (
    Column("file", "", "Name of the image file; of both, where the channels are in two"),
    Column("series", "", "Index of the series in the file, from 0"),
    Column("channel1", "", "Name of channel 1"),
    Column("channel2", "", "Name of channel 2"),
    Column("t", "frame", "Time point, from 0; empty where time is pooled", dtype="Int64"),
    Column("z", "plane", "Plane, from 0; empty where planes are taken together", dtype="Int64"),
    Column("label", "", "Label or number of the region; 1 for a mask or the whole image"),
)

SHIFTS = tuple(
    Column(
        f"shift_{axis}",
        "px",
        f"Shift along {axis} that registers channel 2 to channel 1",
        optional=True,
    )
    for axis in "zyx"
)
