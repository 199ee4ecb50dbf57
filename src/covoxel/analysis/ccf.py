"""Van Steensel's cross-correlation function, along each axis and of all directions together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from covoxel.analysis.analysis import Analysis, Printed
from covoxel.analysis.analysis_inputs import AnalysisInputs, RegionPair
from covoxel.analysis.ccf_options import CcfOptions
from covoxel.analysis.ccf_schema import CCF_COLUMNS, CCF_CURVE_COLUMNS, CURVES
from covoxel.analysis.function import function_of
from covoxel.analysis.needs import refuse_curves
from covoxel.analysis.result import Result
from covoxel.analysis.schema import SHIFTS
from covoxel.analysis.tables import Row, Table, reason

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from covoxel.correlation.ccf_curve import VanSteensel
    from covoxel.correlation.cross_correlogram import Correlogram

#: The largest displacement that JACoP looks at, in pixels.
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


class CcfAnalysis(Analysis[CcfOptions, "dict[str, VanSteensel]", CcfResult]):
    """Read van Steensel's curves along each axis and of all directions together.

    Returns
    -------
    CcfResult
        Its ``table`` has one row for each curve, with the columns of `covoxel.analysis.ccf_schema`;
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
    widget = "Distance"
    progress_text = "correlating"
    options = CcfOptions
    unit = "region"
    tables = (Table("ccf", CCF_COLUMNS), Table("ccf_curve", CCF_CURVE_COLUMNS, points=True))
    result = CcfResult
    printed = Printed(
        settings=("axis", *(one.name for one in SHIFTS)),
        results=tuple(one.name for one in CURVES),
        first=("axis", "peak", "offset", "fwhm", "r_squared", "unit"),
    )
    has_figure = True

    def refuse(self, inputs: AnalysisInputs, options: CcfOptions) -> None:
        """Refuse displacements beyond the image, and what does not fit into memory."""
        from covoxel.correlation.bounds import reach_of

        if options.max_shift is not None:
            reach_of("max_shift", options.max_shift, inputs.shape)
        if not inputs.masked:
            refuse_curves(inputs.shape, _reach(options, inputs.shape))

    def compute(self, unit: RegionPair, options: CcfOptions) -> dict[str, VanSteensel]:
        """Read the curves of a region, by axis or direction."""
        return curves_of(correlogram_of(unit, options), options)

    def rows(
        self, unit: RegionPair, found: dict[str, VanSteensel] | ValueError, options: CcfOptions
    ) -> Iterator[Row]:
        """Yield a row for each curve; one that is empty where there is none."""
        del options
        identity = unit.identity()
        if isinstance(found, ValueError):
            spacing = unit.channel1.spacing
            empty = {"axis": "", "unit": "px" if spacing is None else "µm"}
            yield Row(identity | empty, [reason("peak", found)])
            return
        for axis, one in found.items():
            points = {name: getattr(one, name) for name in _POINTS}
            yield Row(
                identity | {"axis": axis} | _values(one), one.notes, one, {"ccf_curve": points}
            )

    def figure(self, result: CcfResult) -> Figure:
        """Draw the curves."""
        from covoxel.report.curves import ccf_figure

        return ccf_figure(result.table, result.found)


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
