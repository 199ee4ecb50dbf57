"""The columns of the table of `register_channels`: name, unit, meaning. In one place."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import product

from covoxel.analysis.schema import IDENTITY, SHIFTS, Column

_PADFIELD = "Padfield 2012, doi:10.1109/TIP.2011.2181402"

#: The shift in µm.
LENGTHS = tuple(
    Column(f"shift_{axis}_um", "µm", f"The same length along {axis}", optional=True)
    for axis in "zyx"
)

MATRIX = tuple(
    Column(
        f"a_{to}{of}",
        "",
        f"Matrix about the image's centre: {to} after for {of} before",
        optional=True,
    )
    for to, of in product("zyx", repeat=2)
)

#: In images of two axes.
PLANE = (
    Column("rotation", "°", "Rotation from the y axis to the x axis", optional=True),
    Column("scale", "", "Magnification", optional=True),
)

QUALITY = (
    Column(
        "registrable",
        "",
        "Whether the channels correlate by more than unrelated ones would at some shift; empty "
        "where that is unknown",
        dtype="boolean",
    ),
    Column(
        "ambiguous",
        "",
        "True if another shift correlates nearly as well, as in a lattice",
        dtype="boolean",
    ),
    Column(
        "undetermined",
        "",
        "Directions, in pixels along the axes, along which any shift fits as well, as along a "
        "fibre; the shift along them is 0",
    ),
    Column("ncc_before", "", "Pearson's r where the channels overlap, before", reference=_PADFIELD),
    Column("ncc_after", "", "The same after", reference=_PADFIELD),
    Column("overlap", "", "Share of the pixels of mask 1 that channel 2 covers afterwards"),
    Column("peak_ratio", "", "Correlation of the peak over the next one's; near 1 is ambiguous"),
    Column("uncertainty", "px", "Standard error of the shift along its worst axis"),
)

_SETTINGS = (
    Column("transform", "", "Kind of transform of channel 2"),
    Column("method", "", "Method that found the shift"),
    Column("max_shift", "px", "Largest shift that was searched", dtype="object"),
    Column("min_overlap", "", "Share of the largest overlap that a shift must leave"),
    Column("version", "", "Version of Covoxel"),
    Column("settings", "", "First 12 digits of the SHA-256 of the settings"),
    Column("notes", "", "Reasons for empty cells, and remarks on the registration"),
)

#: What `label` says in a table of regions has no place here.
PAIR_IDENTITY = tuple(column for column in IDENTITY if column.name != "label")

REGISTER_COLUMNS = (*PAIR_IDENTITY, *SHIFTS, *LENGTHS, *MATRIX, *PLANE, *QUALITY, *_SETTINGS)


def undefined(columns: Iterable[Column], axes: str) -> dict[str, float]:
    """Return NaN for each optional column about axes that images with `axes` have.

    Examples
    --------
    >>> list(undefined(REGISTER_COLUMNS, "YX"))[:5]
    ['shift_y', 'shift_x', 'shift_y_um', 'shift_x_um', 'a_yy']
    """
    present = set(axes.lower())
    return {
        one.name: math.nan
        for one in columns
        if one.optional and set(one.name.removesuffix("_um").rpartition("_")[2]) <= present
    }
