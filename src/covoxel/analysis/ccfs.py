"""ccf_channels: channel pairs × time × labels in, van Steensel's curves and their tables out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.analysis.ccf_options import CcfOptions
from covoxel.analysis.ccf_schema import CCF_COLUMNS, CCF_CURVE_COLUMNS
from covoxel.analysis.needs import refuse_curves
from covoxel.analysis.options import changed
from covoxel.analysis.regional import (
    Compared,
    RegionPair,
    joined_notes,
    long_table,
    reason,
    table_of_rows,
)
from covoxel.analysis.registrations import Registrations
from covoxel.core.types import Progress
from covoxel.correlation.bounds import reach_of
from covoxel.correlation.correlogram import correlogram
from covoxel.correlation.van_steensel import VanSteensel, van_steensel
from covoxel.intensity.reading import NO_PIXELS
from covoxel.registration.record import Registration

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS = ("peak", "offset", "fwhm", "baseline", "r_squared", "unit")
#: How far JACoP looks, in pixels.
_MAX_LAG = 20
_POINTS = ("displacement", "correlation", "fit")


@dataclass(frozen=True, slots=True, eq=False)
class Ccfs:
    """What `ccf_channels` found.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a curve; see `ccf_channels`.
    curves : pandas.DataFrame
        The points of the curves.
    found : tuple of VanSteensel or None
        The curve of each row; None where there is none.
    """

    table: pd.DataFrame
    curves: pd.DataFrame
    found: tuple[VanSteensel | None, ...]


def ccf_channels(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    labels: Any = None,
    shapes: Sequence[Any] | None = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    z: int | None = None,
    per_z: bool = False,
    registration: Registration | Registrations | str | Path | None = None,
    options: CcfOptions | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> Ccfs:
    """Read van Steensel's curves along each axis and of all directions together.

    Parameters
    ----------
    image1, image2 : array-like, Channel or napari layer
        Two channels on one grid; or a list of channels as `image1` alone, of which every pair is
        compared. Arrays are (Z)YX unless `axes` says otherwise.
    mask : bool array-like, optional
        Where to look, in both channels: of the shape of a frame, of its planes, or of the series.
    labels : array-like, optional
        Each label by itself: bool, integers or whole floats; 0 is outside. With a mask, pixels
        lie in both.
    shapes : sequence of (N, 2) array-like or napari Shapes layer, optional
        Instead of labels: polygons, each by itself, vertices (y, x) in pixels. They may overlap.
    axes : str, optional
        Letters out of ``"TZYX"``; needed for 4-D arrays.
    spacing : sequence of float, optional
        Voxel size in µm for each spatial axis; wins over what the images say.
    t, z : int, optional
        One time point or plane, from 0.
    per_z : bool
        Whether each plane makes a row of its own.
    registration : Registration, Registrations or path, optional
        What `covoxel.register` found or the file of a saved one: channel 2 is laid on channel 1
        first. What it does not cover is left out.
    options : CcfOptions, optional
        How far to look, and what to fit.
    progress : callable, optional
        Called with (done, total); it may raise `Cancelled`.
    **changes
        Single options by name: ``max_lag=10``, ``extreme="dip"``, …

    Returns
    -------
    Ccfs
        Its tables have the columns of `covoxel.analysis.ccf_schema`; NaN with the reason in
        ``notes`` where a curve cannot be read or fitted.

    Raises
    ------
    ValueError, TypeError
        If an option or an input is not as above, or no region can be measured that way; the
        message names it.

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(offset=(0, 3), shared_fraction=0.9, seed=1)
    >>> table = ccf_channels(pair.channel_1, pair.channel_2).table
    >>> table[["axis", "offset", "unit"]].round(1).to_numpy().tolist()[0]
    ['x', 0.3, 'µm']
    """
    options = changed(options or CcfOptions(), changes, "ccf_channels")
    compared = Compared(
        image1,
        image2,
        mask=mask,
        labels=labels,
        shapes=shapes,
        axes=axes,
        spacing=spacing,
        t=t,
        z=z,
        per_z=per_z,
        registration=registration,
    )
    shape = compared.pieces[0].shape
    if options.max_lag is not None:
        reach_of("max_lag", options.max_lag, shape)
    if mask is None and labels is None:
        refuse_curves(shape, _reach(options, shape))
    unit = "px" if compared.spacing is None else "µm"
    rows: list[dict[str, Any]] = []
    found: list[VanSteensel | None] = []
    refused: list[ValueError] = []
    for pair in compared.pairs(progress):
        empty = compared.apart and pair.empty
        try:
            curves = dict(_curves(pair, options))
        except ValueError as error:
            if not empty:
                refused.append(error)
            error = ValueError(NO_PIXELS) if empty else error
            note = reason("peak", error)
            rows.append(pair.identity() | {"axis": "", "unit": unit, "notes": note})
            found.append(None)
            continue
        rows += [pair.identity() | {"axis": axis} | _row(one) for axis, one in curves.items()]
        found += curves.values()
    if refused and len(refused) == len(rows):
        raise refused[0]  # what holds for every region is the request's fault
    table = table_of_rows(rows, CCF_COLUMNS, compared.settings(options.as_dict()))
    points = [{name: getattr(one, name) for name in _POINTS} if one else None for one in found]
    return Ccfs(table, long_table(table, points, CCF_CURVE_COLUMNS), tuple(found))


def _curves(pair: RegionPair, options: CcfOptions) -> Iterator[tuple[str, VanSteensel]]:
    shape = pair.channel1.spatial_shape
    reach = _reach(options, shape)
    sums = correlogram(pair.channel1, pair.channel2, mask=pair.mask, max_lag=reach)
    ways: dict[str, Any] = {axis: axis for axis in "xyz"[: len(shape)]} | {"radial": None}
    if options.direction is not None:
        ways[",".join(f"{step:g}" for step in options.direction)] = options.direction
    for name, way in ways.items():
        if not isinstance(way, str) or sums.max_lag["zyx"[-len(shape) :].index(way)] > 0:
            yield name, van_steensel(sums, way, extreme=options.extreme)  # type: ignore[arg-type]


def _reach(options: CcfOptions, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the largest displacement along each axis, as far as the image goes."""
    reach = _MAX_LAG if options.max_lag is None else options.max_lag
    return tuple(min(reach, n - 1) for n in shape) if isinstance(reach, int) else reach


def _row(found: VanSteensel) -> dict[str, Any]:
    out: dict[str, Any] = {name: getattr(found, name) for name in _NUMBERS}
    for name in ("highest", "lowest"):
        out[f"{name}_at"], out[name] = getattr(found, name)
    return out | {"notes": joined_notes(found.notes)}
