"""The columns of the table of `map_means`: name, unit, meaning. In one place."""

from __future__ import annotations

from covoxel.analysis.schema import Column

MAP_COLUMNS = (
    Column("map", "", "Name of the map"),
    Column("t", "frame", "Time point, from 0"),
    Column("label", "", "Label of the region"),
    Column("pixels", "px", "Pixels or voxels of the region on which the map is defined"),
    Column("undefined", "px", "Pixels of the region on which the map is NaN"),
    Column("mean", "map", "Mean of the map over the region"),
    Column("standard_deviation", "map", "Standard deviation of the map over the region"),
    Column("minimum", "map", "Smallest value of the map in the region"),
    Column("maximum", "map", "Largest value of the map in the region"),
    Column("version", "", "Version of Covoxel"),
    Column("notes", "", "Why cells are empty"),
)
