"""The columns of the tables of `measure_field`: name, unit, meaning. In one place."""

from __future__ import annotations

from itertools import combinations, combinations_with_replacement

from covoxel.analysis.register.schema import REGISTER_COLUMNS
from covoxel.analysis.schema import FRAME_IDENTITY, WARNINGS, Column, axis_columns, record_columns

_PIV = "Westerweel & Scarano 2005, doi:10.1007/s00348-005-0016-6"
_AXES = "zyx"
_LAST = record_columns("Why a tile is not valid, or cells are empty")

TILE_COLUMNS = (
    *FRAME_IDENTITY,
    *axis_columns("center", "px", "Centre of the tile along"),
    *axis_columns("offset", "px", "Position of channel 2 relative to channel 1 along"),
    *axis_columns("offset", "µm", "The same length along", "_um"),
    Column("length", "px", "Length of the offset"),
    Column("length_um", "µm", "The same in µm"),
    Column("correlation", "", "Pearson's r of the tile and its match"),
    Column("peak_ratio", "", "Correlation of the peak over the next one's; near 1 is ambiguous"),
    Column("uncertainty", "px", "Standard error of the offset along its worst axis"),
    Column("valid", "", "True if the offset is valid", reference=_PIV),
    *axis_columns("residual", "px", "Offset less that of the fit along"),
    *(
        Column(
            f"strain_{a}{b}",
            "",
            f"Stretch along {a}" if a == b else f"Shear of {a} and {b}",
            optional=True,
        )
        for a, b in combinations_with_replacement(_AXES, 2)
    ),
    *_LAST,
)

_MOVEMENT = tuple(column for column in REGISTER_COLUMNS if column.name.startswith(("shift_", "a_")))

FIT_COLUMNS = (
    *FRAME_IDENTITY,
    Column("tiles", "", "Number of tiles"),
    Column("valid", "", "Number of valid tiles"),
    Column("used", "", "Number of valid tiles near the fit", dtype="Int64"),
    Column("rms", "px", "Root mean square distance of these from the fit"),
    *_MOVEMENT,
    *axis_columns("stretch", "", "Stretch of channel 2 over channel 1 along"),
    *(
        Column(
            f"turn_{a}{b}",
            "°",
            f"Rotation of channel 2 relative to channel 1 from the {a} to the {b} axis",
            optional=True,
        )
        for a, b in combinations(_AXES, 2)
    ),
    Column("uncertainty", "px", "Standard error of the shift along its worst axis"),
    WARNINGS,
    *_LAST,
)
