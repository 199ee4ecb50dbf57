"""The columns of the table of `measure_distance`: name, unit, meaning. In one place."""

from __future__ import annotations

from covoxel.analysis.schema import (
    IDENTITY,
    LENGTH_UNIT,
    SHIFTS,
    WARNINGS,
    Column,
    of_both,
    record_columns,
)

_CCC = "McCall 2024, doi:10.1186/s12859-024-05804-1"
_AXES = "zyx"

DISTANCES = (
    Column("distance", "µm or px", "Distance of associated particles", reference=_CCC),
    Column("distance_low", "µm or px", "Lower end of its 95 % interval"),
    Column("distance_high", "µm or px", "Upper end of its 95 % interval"),
    Column("spread", "µm or px", "Standard deviation of the distance among particles"),
    Column(
        "combined", "µm or px", "√(distance² + spread²), defined where the two cannot be separated"
    ),
    Column("amplitude", "", "Height of what is fitted, as a correlation; in intensities with like"),
    Column("associated_fraction", "", "Share of particles with a partner, if all are as bright"),
    Column(
        "associated",
        "",
        "True if the fit explains more than at every null displacement; empty if undecided",
        dtype="boolean",
    ),
    Column("p_value", "", "Share of displacements, null and observed, that fit as well"),
    Column("bleed", "", "Height of bleed-through at displacement 0, as a correlation"),
    Column("bleed_1to2", "", "Share of channel 1's light in channel 2 that would make all of it"),
    Column("bleed_2to1", "", "Share of channel 2's light in channel 1 that would make all of it"),
    Column("r_squared", "", "Share of the profile's variance that the fit explains"),
    Column(
        "confidence", "", "Share of the raw correlation that the shell makes up", reference=_CCC
    ),
)

_PSF = tuple(
    Column(
        f"psf{i}{suffix}",
        "µm or px",
        f"Standard deviation of PSF {i}, {along}",
        optional=suffix == "_z",
    )
    for i in (1, 2)
    for suffix, along in (("", "in the plane"), ("_z", "along z"))
)

_NEIGHBOURS = of_both(
    "neighbours",
    "particles",
    "Neighbours of a particle of channel {} in its own channel, beyond chance, within 4 FWHMs of "
    "the PSF",
)

_OFFSETS = tuple(
    Column(
        f"offset_{axis}",
        "µm or px",
        f"Centre of the shell along {axis}; not modelled",
        optional=axis == "z",
    )
    for axis in _AXES
)

_SETTINGS = (
    LENGTH_UNIT,
    *_OFFSETS,
    Column("fit_low", "µm or px", "Nearest distance that was fitted"),
    Column("fit_high", "µm or px", "Farthest distance that was fitted"),
    Column("model", "", "What was fitted"),
    *SHIFTS,
    WARNINGS,
    *record_columns("Reasons for empty cells, and remarks on the distance"),
)

DISTANCE_COLUMNS = (
    *IDENTITY,
    Column("component", "", "Number of the distance of a region, from 1"),
    *DISTANCES,
    *_PSF,
    *_NEIGHBOURS,
    *_SETTINGS,
)

PROFILE_COLUMNS = (
    *IDENTITY,
    Column("distance", "µm or px", "Mean length of the displacements of a point"),
    Column("correlation", "", "Covariance over both standard deviations, at that distance"),
    Column("low", "", "Lower end of its 95 % interval"),
    Column("high", "", "Upper end of its 95 % interval"),
    Column("fit", "", "The fitted model with its baseline"),
    Column("baseline", "", "The baseline alone"),
    Column("bleed", "", "Bleed-through alone"),
    Column("null_low", "", "Below it are 2.5 % of the profiles about null displacements"),
    Column("null_high", "", "Above it are 2.5 % of the profiles about null displacements"),
    LENGTH_UNIT,
)
