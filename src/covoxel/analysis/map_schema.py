"""The columns of the tables of `map_channels` and `map_means`: name, unit, meaning."""

from __future__ import annotations

from covoxel.analysis.schema import IDENTITY, SHIFTS, Column

_MAP = Column("map", "", "Name of the map")
_T = Column("t", "frame", "Time point, from 0")
_LABEL = Column("label", "", "Label of the region")
_NUMBERS = (
    Column("pixels", "px", "Pixels or voxels of the region on which the map is defined"),
    Column("undefined", "px", "Pixels of the region on which the map is NaN"),
    Column("mean", "map", "Mean of the map over the region"),
    Column("standard_deviation", "map", "Standard deviation of the map over the region"),
    Column("minimum", "map", "Smallest value of the map in the region"),
    Column("maximum", "map", "Largest value of the map in the region"),
)
_VERSION = Column("version", "", "Version of Covoxel")
_NOTES = Column("notes", "", "Why cells are empty")

#: Of `map_means`, which has no channels.
MEANS_COLUMNS = (_MAP, _T, _LABEL, *_NUMBERS, _VERSION, _NOTES)
#: Of `map_channels`.
MAP_COLUMNS = (
    *IDENTITY,
    *SHIFTS,
    _MAP,
    *_NUMBERS,
    Column(
        "threshold",
        "",
        "Largest magnitude of Pearson's r that displaced copies reach",
        optional=True,
    ),
    _VERSION,
    Column("settings", "", "First 12 digits of the SHA-256 of the settings"),
    Column("notes", "", "Reasons for empty cells, and remarks on others"),
)
