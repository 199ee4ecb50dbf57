"""register_channels: channel pairs × time × planes in, registrations and their table out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.inputs import checked_channels
from covoxel.analysis.needs import refuse_registration
from covoxel.analysis.options import changed
from covoxel.analysis.pieces import Piece, pieces
from covoxel.analysis.register_options import RegisterOptions
from covoxel.analysis.register_rows import register_table
from covoxel.analysis.registrations import Registrations, held_by
from covoxel.core.types import Progress
from covoxel.correlation.bounds import reach_of
from covoxel.image.regions import Regions
from covoxel.registration.estimate import register
from covoxel.registration.record import Registration

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """What `register_channels` found.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a registration; see `register_channels`.
    found : tuple of Registration or None
        The registrations of the rows, without a shift where the channels are not registrable;
        None where there is nothing to register by.
    """

    table: pd.DataFrame
    found: tuple[Registration | None, ...]

    def registrations(self) -> Registrations:
        """Return the registrations of the one pair of channels, to be saved or applied.

        Raises
        ------
        ValueError
            If there are several pairs, or nothing was found.
        """
        drift = bool(self.table.attrs["covoxel"]["options"]["drift"])
        return held_by(self.table, self.found, drift=drift)


def register_channels(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    z: int | None = None,
    options: RegisterOptions | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> Registered:
    """Register channel 2 on channel 1 at each time point, whole stacks or plane by plane.

    Parameters
    ----------
    image1, image2 : array-like, Channel or napari layer
        Two channels with pixels of one size, of which one may be a crop; or a list of channels as
        `image1` alone, of which every pair is registered. Arrays are (Z)YX unless `axes` says
        otherwise. For the drift one is enough.
    mask : bool array-like, optional
        Where to look, in both channels, or in channel 1 where channel 2 has another size: of the
        shape of a frame, of its planes, or of the series.
    axes : str, optional
        Letters out of ``"TZYX"``; needed for 4-D arrays.
    spacing : sequence of float, optional
        Voxel size in µm for each spatial axis; wins over what the images say.
    t, z : int, optional
        One time point or plane, from 0.
    options : RegisterOptions, optional
        What to look for and how.
    progress : callable, optional
        Called with (done, total); it may raise `Cancelled`.
    **changes
        Single options by name: ``max_shift=10``, ``each="plane"``, …

    Returns
    -------
    Registered
        Its ``table`` has one row a pair of channels, time point and plane, with the columns of
        `covoxel.analysis.register_schema`: the shift that is added to channel 2 to lay it on
        channel 1, and whether they are ``registrable``. Where they are not, or there is nothing
        to register by, the shift is NaN with the reason in ``notes``.

    Raises
    ------
    ValueError, TypeError
        If an option or an input is not as above; the message names it.

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(offset=(4, -3), n_frames=2, seed=1)
    >>> result = register_channels(pair.channel_1, pair.channel_2, max_shift=10)
    >>> result.table[["t", "shift_y", "shift_x"]].round(1).to_numpy().tolist()
    [[0, -4.0, 3.0], [1, -4.0, 3.0]]
    """
    options = changed(options or RegisterOptions(), changes, "register_channels")
    regions = Regions(mask)
    images = _several(image1, image2, drift=options.drift)
    channels = checked_channels(images, axes, spacing, one_size=False)
    regions.place_on(images[0])
    if options.method != "ncc" and mask is not None:
        msg = f"method is {options.method!r}, which knows no masks; use 'ncc'"
        raise ValueError(msg)
    per_z = options.each == "plane"
    largest = tuple(np.max([channel.spatial_shape for channel in channels], axis=0).tolist())
    if (per_z or z is not None) and len({channel.spatial_shape[0] for channel in channels}) > 1:
        msg = "the images have different numbers of planes; planes cannot be registered one by one"
        raise ValueError(msg)
    todo = list(pieces(channels, t=t, z=z, per_z=per_z, drift=options.drift))
    shape = largest[-len(todo[0].axes) :]
    reach_of("max_shift", options.max_shift, shape)
    if mask is None:
        refuse_registration(options.transform, shape, options.max_shift)
    found: list[Registration | str] = []
    for piece in todo:
        if progress is not None:
            progress(len(found), len(todo))
        found.append(_registered(piece, regions, options))
    if progress is not None:
        progress(len(todo), len(todo))
    registrations = tuple(one if isinstance(one, Registration) else None for one in found)
    return Registered(register_table(todo, found, options), registrations)


def _several(image1: Any, image2: Any, *, drift: bool) -> list[Any]:
    images = list(image1) if isinstance(image1, list | tuple) else [image1]
    images += [image2] * (image2 is not None)
    if drift:
        return images[:1]
    if len(images) < 2:
        msg = "image2 is missing; two channels are needed, or a list of two or more as image1"
        raise ValueError(msg)
    return images


def _registered(piece: Piece, regions: Regions, options: RegisterOptions) -> Registration | str:
    """Return the registration of a piece, or why there is none."""
    image1, image2 = piece.images()
    masks = piece.masks(regions)
    try:
        return register(
            image1,
            image2,
            max_shift=options.max_shift,
            transform=options.transform,
            method=options.method,
            subpixel=options.subpixel,
            min_overlap=options.min_overlap,
            **masks,
        )
    except ValueError as error:
        return str(error)
