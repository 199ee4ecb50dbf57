"""The columns of the tables of `field_channels`: name, unit, meaning. In one place."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, combinations_with_replacement

from covoxel.analysis.register_schema import PAIR_IDENTITY, REGISTER_COLUMNS
from covoxel.analysis.schema import Column

_PIV = "Westerweel & Scarano 2005, doi:10.1007/s00348-005-0016-6"
_AXES = "zyx"
_LAST = (
    Column("version", "", "Version of Covoxel"),
    Column("settings", "", "First 12 digits of the SHA-256 of the settings"),
    Column("notes", "", "Why a tile is not valid, or cells are empty"),
)

TILE_COLUMNS = (
    *PAIR_IDENTITY,
    *(Column(f"center_{axis}", "px", f"Centre of the tile along {axis}") for axis in _AXES),
    *(
        Column(f"offset_{axis}", "px", f"Position of channel 2 relative to channel 1 along {axis}")
        for axis in _AXES
    ),
    *(Column(f"offset_{axis}_um", "µm", f"The same length along {axis}") for axis in _AXES),
    Column("length", "px", "Length of the offset"),
    Column("length_um", "µm", "The same in µm"),
    Column("correlation", "", "Pearson's r of the tile with where it was found"),
    Column("peak_ratio", "", "Correlation of the peak over the next one's; near 1 is ambiguous"),
    Column("uncertainty", "px", "Standard error of the offset along its worst axis"),
    Column("valid", "", "Whether the offset is to be believed", reference=_PIV),
    *(
        Column(f"residual_{axis}", "px", f"Offset less that of the fit along {axis}")
        for axis in _AXES
    ),
    *(
        Column(f"strain_{a}{b}", "", f"Stretch along {a}" if a == b else f"Shear of {a} and {b}")
        for a, b in combinations_with_replacement(_AXES, 2)
    ),
    *_LAST,
)

_MOVEMENT = tuple(column for column in REGISTER_COLUMNS if column.name.startswith(("shift_", "a_")))

FIT_COLUMNS = (
    *PAIR_IDENTITY,
    Column("tiles", "", "Number of tiles"),
    Column("valid", "", "Number of tiles that are to be believed"),
    Column("used", "", "Number of them that are near the fit"),
    Column("rms", "px", "Root mean square distance of these from the fit"),
    *_MOVEMENT,
    *(
        Column(f"stretch_{axis}", "", f"Stretch of channel 2 over channel 1 along {axis}")
        for axis in _AXES
    ),
    *(
        Column(f"turn_{a}{b}", "°", f"Turn of channel 2 on channel 1 from the {a} to the {b} axis")
        for a, b in combinations(_AXES, 2)
    ),
    Column("uncertainty", "px", "Standard error of the shift along its worst axis"),
    *_LAST,
)


def along(columns: Iterable[Column], axes: str) -> list[str]:
    """Return the names of the columns that images with `axes` have.

    Examples
    --------
    >>> along(FIT_COLUMNS, "YX")[10:16]
    ['shift_y', 'shift_x', 'shift_y_um', 'shift_x_um', 'a_yy', 'a_yx']
    """
    absent = set(_AXES) - set(axes.lower())
    names = [column.name for column in columns]
    return [name for name in names if not _of_axes(name) & absent]


def _of_axes(name: str) -> set[str]:
    """Return the axes that a column is about."""
    last = name.removesuffix("_um").rpartition("_")[2]
    return set(last) if "_" in name and set(last) <= set(_AXES) else set()
