"""Van Steensel's cross-correlation function, along each axis and of all directions together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from covoxel.analysis.analysis import Analysis, Printed
from covoxel.analysis.function import function_of
from covoxel.analysis.inputs import AnalysisInputs, RegionPair
from covoxel.analysis.memory_needs import PAIR, refuse_memory
from covoxel.analysis.options import Options, option
from covoxel.analysis.result import Result
from covoxel.analysis.schema import (
    IDENTITY,
    LENGTH_UNIT,
    SHIFTS,
    WARNINGS,
    Column,
    of_both,
    record_columns,
)
from covoxel.analysis.tables import Row, Table, found_in_points
from covoxel.thresholds.spec import BACKGROUND_LEVELS, parse_background_level

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from covoxel.correlation.ccf_curve import VanSteensel
    from covoxel.correlation.cross_correlogram import Correlogram
    from covoxel.distance.spectroscopy import ColocalizedFractions

_STEENSEL = "van Steensel et al. 1996, doi:10.1242/jcs.109.4.787"
_AXIS = Column("axis", "", "Along which axis or direction; radial is the mean of all directions")

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

_MODELS = {
    "iccs": (
        "image cross-correlation spectroscopy",
        "Comeau, Costantino & Wiseman 2006, doi:10.1529/biophysj.106.089441",
    ),
    "ppi": ("the protein proximity index", "Wu et al. 2010, doi:10.1016/j.bpj.2009.10.037"),
}


def _fraction_columns() -> Iterator[Column]:
    for model, (method, source) in _MODELS.items():
        for i in (1, 2):
            name, meaning = f"{model}{i}", f"Colocalized share of channel {i} by {method}"
            yield Column(name, "", meaning, reference=source, optional=True)
            yield Column(f"{name}_low", "", f"95 % interval of {name}: lower bound", optional=True)
            yield Column(f"{name}_high", "", f"95 % interval of {name}: upper bound", optional=True)
    meaning = "Background of channel {}, below which intensity counts as no particles"
    yield from of_both("background", "intensity", meaning, optional=True)


#: Of the region, the same in the row of each of its curves; only where they are asked for.
FRACTIONS = tuple(_fraction_columns())

CCF_COLUMNS = (
    *IDENTITY,
    _AXIS,
    *CURVES,
    LENGTH_UNIT,
    *FRACTIONS,
    *SHIFTS,
    WARNINGS,
    *record_columns("Reasons for empty cells, and remarks on the curve"),
)

CCF_CURVE_COLUMNS = (
    *IDENTITY,
    _AXIS,
    Column("displacement", "µm or px", "Position of channel 2 relative to channel 1"),
    Column("correlation", "", "Pearson's r there", reference=_STEENSEL),
    Column("fit", "", "The fitted Gaussian on its baseline"),
    LENGTH_UNIT,
)


EXTREMES = {
    "peak": "The largest correlation: structures lie on each other there.",
    "dip": "The smallest correlation: structures exclude each other there.",
}


@dataclass(frozen=True, kw_only=True)
class CcfOptions(Options):
    """Options of `measure_ccf`."""

    max_shift: int | tuple[int, ...] | None = option(
        None,
        "Largest lag",
        "largest displacement, along all axes or along each, such as 5,20,20; 20 by default",
        unit="px",
        low=0,
        empty="20",
    )
    extreme: str | None = option(
        None,
        "Extreme",
        "fit a peak or a dip; by default whichever fits better",
        choices=EXTREMES,
        empty="either",
    )
    direction: tuple[float, ...] | None = option(
        None,
        "Direction",
        "an additional curve along this direction, in µm, such as 0,1,1",
        empty="none",
    )
    fractions: bool = option(
        False,
        "Colocalized fractions",
        "also the colocalized share of each channel, by ICCS and as the protein proximity index",
    )
    background1: str | float = option(
        "percentile:50",
        "Background 1",
        "level of channel 1 without particles, for these shares: "
        f"{', '.join(BACKGROUND_LEVELS)} or a number",
        methods=BACKGROUND_LEVELS,
        bare="constant",
        advanced=True,
    )
    background2: str | float = option(
        "percentile:50",
        "Background 2",
        "level of channel 2, as of channel 1",
        methods=BACKGROUND_LEVELS,
        bare="constant",
        advanced=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_shift == 0:
            msg = "max_shift is 0; it must be at least 1"
            raise ValueError(msg)
        for name in ("background1", "background2"):
            parse_background_level(name, getattr(self, name))


#: The largest displacement that JACoP evaluates, in pixels.
_MAX_SHIFT = 20
_NUMBERS = ("peak", "offset", "fwhm", "baseline", "r_squared", "unit")
_POINTS = ("displacement", "correlation", "fit")


@dataclass(frozen=True, eq=False, repr=False)
class CcfResult(Result):
    """Van Steensel's curves; ``found`` holds the `VanSteensel` of each row, or None."""

    @property
    def curves(self) -> pd.DataFrame:
        """The points of the curves."""
        return self.tables["ccf_curve"]


@dataclass(frozen=True, slots=True)
class CcfFound:
    """What is read in a region: its curves by axis or direction, and the colocalized shares."""

    curves: dict[str, VanSteensel]
    fractions: ColocalizedFractions | None


class CcfAnalysis(Analysis[CcfOptions, CcfFound, CcfResult]):
    """Read van Steensel's curves along each axis and of all directions together.

    Returns
    -------
    CcfResult
        Its ``table`` has one row for each curve, with the columns of `covoxel.analysis.ccf`;
        NaN with the reason in ``notes`` where a curve cannot be read or fitted.

    Examples
    --------
    >>> from covoxel import measure_ccf, simulate_pair
    >>> pair = simulate_pair(offset=(0, 3), shared_fraction=0.9, rng=1)
    >>> table = measure_ccf(pair.channel1, pair.channel2).table
    >>> table[["axis", "offset", "unit"]].round(1).to_numpy().tolist()[0]
    ['x', 0.3, 'µm']
    """

    name = "ccf"
    function = "measure_ccf"
    title = "Van Steensel's cross-correlation function"
    page = "measures/van-steensel"
    widget = "Distance"
    progress_text = "correlating"
    options = CcfOptions
    unit = "region"
    aspects = "correlation", "distance"
    tables = (Table("ccf", CCF_COLUMNS), Table("ccf_curve", CCF_CURVE_COLUMNS, points=True))
    result = CcfResult
    printed = Printed(
        settings=("axis", *(one.name for one in SHIFTS)),
        results=tuple(one.name for one in (*CURVES, *FRACTIONS)),
        first=(
            *("axis", "peak", "offset", "fwhm", "r_squared"),
            *(f"{model}{i}" for model in _MODELS for i in (1, 2)),
            "unit",
        ),
        headline=("peak", "offset"),
    )
    methods = (
        "Van Steensel's cross-correlation functions of {channels} were computed: Pearson's r "
        "against the displacement of one channel, with a Gaussian fitted to the peak or dip."
    )
    has_figure = True

    def refuse(self, inputs: AnalysisInputs, options: CcfOptions) -> None:
        """Refuse displacements beyond the image, and what does not fit into memory."""
        from covoxel.correlation.blocks import overlap_bytes
        from covoxel.correlation.frames import shift_bound
        from covoxel.correlation.overlaps import Lags

        if options.max_shift is not None:
            shift_bound(options.max_shift, inputs.shape)
        if not inputs.masked:
            shape = inputs.shape
            lags = Lags.around((0,) * len(shape), _reach(options, shape))
            sums = overlap_bytes(shape, shape, lags, "f8", masked=False)
            refuse_memory("ccf", shape, PAIR, sums)

    def compute(self, unit: RegionPair, options: CcfOptions) -> CcfFound:
        """Read the curves of a region, by axis or direction, and the shares if asked for."""
        curves = curves_of(correlogram_of(unit, options), options)
        return CcfFound(curves, fractions_of(unit, options))

    def rows(self, unit: RegionPair, found: CcfFound, options: CcfOptions) -> Iterator[Row]:
        """Yield a row for each curve."""
        given = found.fractions
        reasons = () if given is None else given.notes
        shares = {} if given is None else {one.name: getattr(given, one.name) for one in FRACTIONS}
        for axis, one in found.curves.items():
            values = unit.identity() | {"axis": axis} | _values(one) | shares
            points = {name: getattr(one, name) for name in _POINTS}
            yield Row(values, (*one.notes, *reasons), one, {"ccf_curve": points})

    def empty_rows(self, unit: RegionPair, error: ValueError, options: CcfOptions) -> Iterator[Row]:
        """Yield a row with the reason."""
        values = unit.identity() | {"axis": "", "unit": unit.unit}
        notes = [("peak", str(error))]
        if options.fractions:
            values |= {one.name: math.nan for one in FRACTIONS}
        yield Row(values, notes)

    def figures(self, result: CcfResult) -> Iterator[tuple[str, Figure]]:
        """Yield the curves."""
        from covoxel.report.curves import ccf_figure

        title = "Pearson's r against the displacement of channel 2"
        yield title, ccf_figure(result.table, result.found)

    def found_in(self, tables: Mapping[str, pd.DataFrame]) -> list[VanSteensel | None]:
        """Return the curves."""
        return found_in_points(tables["ccf"], tables["ccf_curve"], _read_back, ["axis"])


def _read_back(rows: pd.DataFrame, points: pd.DataFrame) -> VanSteensel:
    """Return a curve from its row and its points."""
    from covoxel.correlation.ccf_curve import VanSteensel

    row = rows.iloc[0]
    values: dict[str, Any] = {name: points[name].to_numpy() for name in _POINTS}
    return VanSteensel(
        **values,
        **{name: row[name] for name in _NUMBERS},
        sigma=math.nan,
        highest=(row["highest_at"], row["highest"]),
        lowest=(row["lowest_at"], row["lowest"]),
    )


def correlogram_of(unit: RegionPair, options: CcfOptions) -> Correlogram:
    """Return the correlogram from which the curves of a region are read."""
    from covoxel.correlation.cross_correlogram import correlogram

    reach = _reach(options, unit.channel1.spatial_shape)
    return correlogram(unit.channel1, unit.channel2, mask=unit.mask, max_shift=reach)


def curves_of(sums: Correlogram, options: CcfOptions) -> dict[str, VanSteensel]:
    """Return the curves of a correlogram, by axis or direction."""
    from covoxel.correlation.ccf_curve import van_steensel

    lags = dict(zip("zyx"[-len(sums.max_shift) :], sums.max_shift, strict=True))
    ways: dict[str, Any] = {axis: axis for axis in "xyz" if lags.get(axis, 0) > 0}
    ways["radial"] = None
    if options.direction is not None:
        ways[",".join(f"{step:g}" for step in options.direction)] = options.direction
    extreme: Any = options.extreme
    return {name: van_steensel(sums, way, extreme=extreme) for name, way in ways.items()}


def fractions_of(unit: RegionPair, options: CcfOptions) -> ColocalizedFractions | None:
    """Return the colocalized shares of a region; None where they are not asked for."""
    from covoxel.distance.spectroscopy import colocalized_fractions

    if not options.fractions:
        return None
    return colocalized_fractions(
        unit.channel1,
        unit.channel2,
        mask=unit.mask,
        background1=options.background1,
        background2=options.background2,
    )


def _reach(options: CcfOptions, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the largest displacement along each axis, as far as the image goes."""
    reach = _MAX_SHIFT if options.max_shift is None else options.max_shift
    return tuple(min(reach, n - 1) for n in shape) if isinstance(reach, int) else reach


def _values(found: VanSteensel) -> dict[str, Any]:
    out: dict[str, Any] = {name: getattr(found, name) for name in _NUMBERS}
    for name in ("highest", "lowest"):
        out[f"{name}_at"], out[name] = getattr(found, name)
    return out


CCF = CcfAnalysis()
measure_ccf = function_of(CCF)
