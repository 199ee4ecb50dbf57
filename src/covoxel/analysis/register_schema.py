"""The columns of the table of `register_channels`: name, unit, meaning. In one place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from covoxel.analysis.schema import IDENTITY, SHIFTS, Column

_PADFIELD = "Padfield 2012, doi:10.1109/TIP.2011.2181402"

_SHIFTS = (
    *SHIFTS,
    *(Column(f"shift_{axis}_um", "µm", f"The same length along {axis}") for axis in "zyx"),
)

_MATRIX = tuple(
    Column(f"a_{to}{of}", "", f"Matrix about the image's centre: {to} after for {of} before")
    for to, of in product("zyx", repeat=2)
)

_PLANE = (
    Column("rotation", "°", "Rotation from the y axis to the x axis"),
    Column("scale", "", "Magnification"),
)

_QUALITY = (
    Column(
        "registrable",
        "",
        "Whether the channels correlate by more than unrelated ones would at some shift; empty "
        "where that is unknown",
    ),
    Column("ambiguous", "", "Whether another shift correlates nearly as well, as in a lattice"),
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
    Column("transform", "", "How channel 2 may be moved"),
    Column("method", "", "What the shift was found by"),
    Column("max_shift", "px", "Largest shift that was looked for"),
    Column("min_overlap", "", "Share of the largest overlap that a shift must leave"),
    Column("version", "", "Version of Covoxel"),
    Column("settings", "", "First 12 digits of the SHA-256 of the settings"),
    Column("notes", "", "Why cells are empty, and what to know of the registration"),
)

#: What `label` says in a table of regions has no place here.
PAIR_IDENTITY = tuple(column for column in IDENTITY if column.name != "label")

REGISTER_COLUMNS = (*PAIR_IDENTITY, *_SHIFTS, *_MATRIX, *_PLANE, *_QUALITY, *_SETTINGS)


def register_columns(axes: str) -> tuple[Column, ...]:
    """Return the columns of a table of registrations along `axes`, out of ``"ZYX"``.

    Examples
    --------
    >>> [column.name for column in register_columns("YX")][6:10]
    ['shift_y', 'shift_x', 'shift_y_um', 'shift_x_um']
    """
    return tuple(_kept(axes.lower()))


def _kept(axes: str) -> Iterator[Column]:
    for column in REGISTER_COLUMNS:
        kind, _, along = column.name.removesuffix("_um").partition("_")
        if kind in ("shift", "a") and not set(along) <= set(axes):
            continue
        if column in _PLANE and len(axes) != 2:
            continue
        yield column
