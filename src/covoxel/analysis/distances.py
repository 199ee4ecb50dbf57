"""distance_channels: channel pairs × time × labels in, association distances and a table out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.analysis.distance_layers import LayerData, profile_layers
from covoxel.analysis.distance_options import DistanceOptions
from covoxel.analysis.distance_rows import distance_rows, distance_table, profile_table
from covoxel.analysis.needs import refuse_distance
from covoxel.analysis.options import changed
from covoxel.analysis.regional import Compared, RegionPair
from covoxel.analysis.registrations import Registrations
from covoxel.core.types import Progress
from covoxel.distance.association import association_distance
from covoxel.distance.record import Association
from covoxel.intensity.reading import NO_PIXELS
from covoxel.registration.record import Registration

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """What `distance_channels` found.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a region, or one for each of its components; see `distance_channels`.
    profiles : pandas.DataFrame
        The points of the profiles, correlation against distance.
    found : tuple of Association or None
        The association of each row; None where nothing can be measured.
    step : float
        Pixel size in the plane, in the unit of the table's lengths.
    time_step : float or None
        Seconds between time points.
    """

    table: pd.DataFrame
    profiles: pd.DataFrame
    found: tuple[Association | None, ...]
    step: float
    time_step: float | None

    def layers(self) -> list[LayerData]:
        """Return an image layer of napari for each pair of channels: time × z × label × distance.

        Time points, planes and labels are axes where there are several. Columns are a pixel apart;
        what a profile does not reach is NaN.
        """
        return profile_layers(self.table, self.found, self.step, self.time_step)


def distance_channels(
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
    options: DistanceOptions | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> Distances:
    """Measure how far apart associated particles are, each time point and label apart.

    Parameters
    ----------
    image1, image2 : array-like, Channel or napari layer
        Two channels on one grid; or a list of channels as `image1` alone, of which every pair is
        measured. Arrays are (Z)YX unless `axes` says otherwise.
    mask : bool array-like, optional
        Where particles may be: of the shape of a frame, of its planes, or of the series.
    labels : array-like, optional
        One row a label: bool, integers or whole floats; 0 is outside. With a mask, pixels lie in
        both.
    shapes : sequence of (N, 2) array-like or napari Shapes layer, optional
        Instead of labels: polygons, a row each, vertices (y, x) in pixels. They may overlap.
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
    options : DistanceOptions, optional
        What to fit, and where.
    progress : callable, optional
        Called with (done, total); it may raise `Cancelled`.
    **changes
        Single options by name: ``max_distance=1.5``, ``model="gaussian"``, …

    Returns
    -------
    Distances
        Its ``table`` has the columns of `covoxel.analysis.distance_schema`. Where no association
        is found, or nothing can be measured, numbers are NaN with the reason in ``notes``.

    Raises
    ------
    ValueError, TypeError
        If an option or an input is not as above, or no region can be measured that way; the
        message names it.

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(n_spots_1=180, n_shared=120, association_distance=0.6, seed=4)
    >>> result = distance_channels(pair.channel_1, pair.channel_2)
    >>> result.table[["distance", "unit", "associated"]].round(2).to_numpy().tolist()
    [[0.6, 'µm', True]]
    """
    options = changed(options or DistanceOptions(), changes, "distance_channels")
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
    if mask is None and labels is None:
        refuse_distance(compared.pieces[0].shape, intervals=options.intervals)
    unit = "px" if compared.spacing is None else "µm"
    rows: list[dict[str, Any]] = []
    kept: list[Association | None] = []
    refused: list[ValueError] = []
    # CCC's correlogram is relative to the whole image
    for pair in compared.pairs(progress, cropped=options.like is None):
        empty = compared.apart and pair.empty
        found = ValueError(NO_PIXELS) if empty else _association(pair, options)
        if isinstance(found, ValueError) and not empty:
            refused.append(found)
        told = list(distance_rows(pair.identity(), found, unit))
        rows += told
        kept += [None if isinstance(found, ValueError) else found] * len(told)
    if refused and len(refused) == len(rows):
        raise refused[0]  # what holds for every region is the request's fault
    step = 1.0 if compared.spacing is None else min(compared.spacing[-2:])
    table = distance_table(rows, compared.settings(options.as_dict()))
    profiles = profile_table(table, kept)
    return Distances(table, profiles, tuple(kept), step, compared.channels[0].time_step)


def _association(pair: RegionPair, options: DistanceOptions) -> Association | ValueError:
    """Return the association of a region, or the reason why there is none."""
    try:
        return association_distance(
            pair.channel1,
            pair.channel2,
            mask=pair.mask,
            model=options.fitted,  # type: ignore[arg-type]
            like=options.like,  # type: ignore[arg-type]
            psf_1=options.psf_1,
            psf_2=options.psf_2,
            max_distance=options.max_distance,
            fit_range=options.fit_range,
            components=options.components,
            bleed=options.bleed,
            intervals=options.intervals,
            progress=pair.progress,
        )
    except ValueError as error:
        return error
