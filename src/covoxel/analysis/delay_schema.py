"""The columns of the tables of `measure_delay`: name, unit, meaning. In one place."""

from __future__ import annotations

from covoxel.analysis.schema import IDENTITY, SHIFTS, Column

_UNIT = Column("unit", "", "Unit of times: s, or frames where the time step is unknown")

DELAYS = (
    Column("delay", "s or frames", "Delay of channel 2 after channel 1"),
    Column("delay_low", "s or frames", "Lower end of its 95 % interval"),
    Column("delay_high", "s or frames", "Upper end of its 95 % interval"),
    Column("correlation", "", "Pearson's r of both traces at the delay"),
    Column("null", "", "95th percentile of r of independent traces of the same smoothness"),
)

DELAY_COLUMNS = (
    *IDENTITY,
    Column("frames", "", "Time points at which both channels have an intensity"),
    *DELAYS,
    _UNIT,
    Column("time_step", "s", "Time between frames"),
    *SHIFTS,
    Column("version", "", "Version of Covoxel"),
    Column("settings", "", "First 12 digits of the SHA-256 of the settings"),
    Column("notes", "", "Why cells are empty"),
)

DELAY_CURVE_COLUMNS = (
    *IDENTITY,
    Column("delay", "s or frames", "Delay of channel 2 that is considered"),
    Column("correlation", "", "Pearson's r of both traces there"),
    _UNIT,
)

TRACE_COLUMNS = (
    *IDENTITY,
    Column("mean1", "intensity", "Mean intensity of channel 1 in the region"),
    Column("mean2", "intensity", "Mean intensity of channel 2 in the region"),
)
