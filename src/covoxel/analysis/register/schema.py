"""The columns of the table of `register_channels`: name, unit, meaning. In one place."""

from __future__ import annotations

from itertools import product

from covoxel.analysis.schema import (
    FRAME_IDENTITY,
    SHIFTS,
    WARNINGS,
    Column,
    axis_columns,
    record_columns,
)

_PADFIELD = "Padfield 2012, doi:10.1109/TIP.2011.2181402"

#: The shift in µm.
LENGTHS = axis_columns("shift", "µm", "The same length along", "_um")

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
    WARNINGS,
    *record_columns("Reasons for empty cells, and remarks on the registration"),
)

REGISTER_COLUMNS = (*FRAME_IDENTITY, *SHIFTS, *LENGTHS, *MATRIX, *PLANE, *QUALITY, *_SETTINGS)
