"""The columns of the tables of `measure_ccf`: name, unit, meaning. In one place."""

from __future__ import annotations

from covoxel.analysis.schema import IDENTITY, SHIFTS, Column

_STEENSEL = "van Steensel et al. 1996, doi:10.1242/jcs.109.4.787"
_AXIS = Column("axis", "", "Along which axis or direction; radial is the mean of all directions")
_UNIT = Column("unit", "", "Unit of lengths: µm, or px where the voxel size is unknown")

CURVES = (
    Column("peak", "", "Pearson's r at the top of the fitted peak or dip", reference=_STEENSEL),
    Column("offset", "µm or px", "Displacement there; 0 if channel 2 is not shifted"),
    Column("fwhm", "µm or px", "Full width of the peak or dip at half of its height"),
    Column("baseline", "", "Pearson's r far from it, as fitted"),
    Column("r_squared", "", "Share of the curve's variance that the fit explains"),
    Column("highest", "", "Highest r of the curve itself"),
    Column("highest_at", "µm or px", "Displacement of the highest r"),
    Column("lowest", "", "Lowest r of the curve itself"),
    Column("lowest_at", "µm or px", "Displacement of the lowest r"),
)

CCF_COLUMNS = (
    *IDENTITY,
    _AXIS,
    *CURVES,
    _UNIT,
    *SHIFTS,
    Column("version", "", "Version of Covoxel"),
    Column("settings", "", "First 12 digits of the SHA-256 of the settings"),
    Column("notes", "", "Reasons for empty cells, and remarks on the curve"),
)

CCF_CURVE_COLUMNS = (
    *IDENTITY,
    _AXIS,
    Column("displacement", "µm or px", "Position of channel 2 relative to channel 1"),
    Column("correlation", "", "Pearson's r there", reference=_STEENSEL),
    Column("fit", "", "The fitted Gaussian on its baseline"),
    _UNIT,
)
