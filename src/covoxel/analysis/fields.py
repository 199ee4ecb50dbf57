"""field_channels: channel pairs × time in, displacement fields and their tables out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.field_options import FieldOptions
from covoxel.analysis.field_rows import fit_table, tile_table
from covoxel.analysis.inputs import checked_channels
from covoxel.analysis.needs import refuse_field
from covoxel.analysis.options import changed
from covoxel.analysis.pieces import Piece, pieces
from covoxel.analysis.registrations import Registrations, held_by
from covoxel.core.lazy import Computed
from covoxel.core.progress import Steps
from covoxel.core.types import AnyArray, Progress
from covoxel.image.channel import Channel
from covoxel.image.regions import Regions
from covoxel.registration.field.field import displacement_field
from covoxel.registration.field.fit import FieldFit
from covoxel.registration.field.record import DisplacementField

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """What `field_channels` found.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a tile.
    fits : pandas.DataFrame
        One row a field, with the movement that was fitted through its tiles.
    found : tuple of DisplacementField
        The fields, one for each row of `fits`.
    fitted : tuple of FieldFit or None
        The fits; None where the valid tiles are too few.
    time_step : float or None
        Time from one field to the next, in s.
    """

    table: pd.DataFrame
    fits: pd.DataFrame
    found: tuple[DisplacementField, ...]
    fitted: tuple[FieldFit | None, ...]
    time_step: float | None = None

    def registrations(self) -> Registrations:
        """Return the fitted movements, to be saved or applied.

        Raises
        ------
        ValueError
            If there is none.
        """
        found = [None if fit is None else fit.registration for fit in self.fitted]
        return held_by(self.fits, found)

    def magnitude(self) -> Channel:
        """Return how far each pixel is displaced, on the grid of the channels.

        Returns
        -------
        Channel
            float32, in µm, or in pixels where the voxel size is unknown, as its name says; NaN
            where no valid tile lies. With a time axis if there are several fields. It is computed
            field by field as it is read.
        """
        first = self.found[0]
        several = len(self.found) > 1
        name = f"Displacement of {first.names[0]} and {first.names[1]} ({first.unit})"
        return Channel(
            _Magnitudes(self.found),
            "T" * several + first.axes,
            first.spacing,
            self.time_step if several else None,
            name,
        )


class _Magnitudes(Computed):
    """Lengths of displacements, computed as they are read."""

    def __init__(self, fields: Sequence[DisplacementField]) -> None:
        times = (len(fields),) if len(fields) > 1 else ()
        shape = fields[0].shape
        super().__init__((*times, *shape), np.dtype(np.float32), len(shape))
        self._fields = fields

    def _compute(self, index: tuple[int, ...]) -> AnyArray:
        return self._fields[index[0] if index else 0].image("magnitude")


def field_channels(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    z: int | None = None,
    options: FieldOptions | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> Fields:
    """Find how far channel 2 is displaced, tile by tile, at each time point.

    Parameters
    ----------
    image1, image2 : array-like, Channel or napari layer
        Two channels on one grid. Arrays are (Z)YX unless `axes` says otherwise.
    mask : bool array-like, optional
        Where to look: of the shape of a frame, of its planes, or of the series.
    axes : str, optional
        Letters out of ``"TZYX"``; needed for 4-D arrays.
    spacing : sequence of float, optional
        Voxel size in µm for each spatial axis; wins over what the images say.
    t, z : int, optional
        One time point or plane, from 0.
    options : FieldOptions, optional
        What to look for and how.
    progress : callable, optional
        Called with (done, total); it may raise `Cancelled`.
    **changes
        Single options by name: ``tile=64``, ``overlap=0.5``, …

    Returns
    -------
    Fields
        Its tables have the columns of `covoxel.analysis.field_schema`.

    Raises
    ------
    ValueError, TypeError
        If an option or an input is not as above; the message names it.

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(structure="textures", shared_fraction=1, offset=(2, -1), grain=0.2)
    >>> fields = field_channels(pair.channel_1, pair.channel_2)
    >>> fields.fits[["shift_y", "shift_x"]].round(1).to_numpy().tolist()
    [[-2.0, 1.0]]
    """
    options = changed(options or FieldOptions(), changes, "field_channels")
    regions = Regions(mask)
    channels = checked_channels([image1, image2], axes, spacing)
    regions.place_on(image1)
    todo = list(pieces(channels, t=t, z=z, per_z=False))
    if mask is None:
        refuse_field(todo[0].shape)
    found: list[DisplacementField] = []
    steps = Steps(progress, len(todo))
    for piece in todo:
        found.append(_field(piece, regions, options, steps))
        steps.next()
    fits = [_fit(field, options.transform) for field in found]
    return Fields(
        tile_table(todo, found, fits, options),
        fit_table(todo, found, fits, options),
        tuple(found),
        tuple(None if isinstance(fit, str) else fit for fit in fits),
        channels[0].time_step,
    )


def _field(
    piece: Piece, regions: Regions, options: FieldOptions, progress: Progress
) -> DisplacementField:
    return displacement_field(
        *piece.images(),
        tile=options.tile,
        overlap=options.overlap,
        max_shift=options.max_shift,
        progress=progress,
        **piece.masks(regions),
    )


def _fit(field: DisplacementField, transform: str) -> FieldFit | str:
    """Return the movement through the tiles, or why there is none."""
    try:
        return field.fit(transform)
    except ValueError as error:
        return str(error)
