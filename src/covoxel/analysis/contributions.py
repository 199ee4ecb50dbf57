"""Which voxels make associations, as channels that are computed where they are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from covoxel.analysis.distances import Distances
from covoxel.analysis.pieces import Piece
from covoxel.analysis.regional import Compared, regions_of
from covoxel.analysis.registrations import Registrations
from covoxel.core.lazy import Computed
from covoxel.core.types import AnyArray
from covoxel.distance.contribution import contribution_images
from covoxel.distance.record import Association
from covoxel.image.channel import Channel
from covoxel.registration.record import Registration

#: Time point, plane (None for all together) and label.
_Place = tuple[int, int | None, int]


def contribution_channels(
    distances: Distances,
    image1: Any,
    image2: Any,
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
) -> list[Channel]:
    """Show which voxels of two channels make the associations that were found.

    Parameters
    ----------
    distances : Distances
        What `distance_channels` found.
    image1, image2 : array-like, Channel or napari layer
        The channels that were measured, in the same order.
    mask, labels, axes, spacing, t, z, per_z, registration
        As they were given to `distance_channels`.

    Returns
    -------
    list of Channel
        One for each channel, of the time points and planes that were measured, computed frame
        by frame as they are read: `covoxel.contribution_images` in each region, 0 outside of
        them, and NaN in those where no association was found.

    Raises
    ------
    ValueError
        If no association was found in any region, or several pairs were measured.

    Examples
    --------
    >>> from covoxel import distance_channels, simulate_pair
    >>> pair = simulate_pair(n_spots_1=180, n_shared=120, association_distance=0.6, seed=4)
    >>> images = pair.channel_1, pair.channel_2
    >>> [one, two] = contribution_channels(distance_channels(*images), *images)
    >>> one.name, one.shape, one.spacing
    ('Channel 1 with Channel 2', (256, 256), (0.1, 0.1))
    """
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
    held = _held(distances)
    first, second = compared.channels
    planes = "Z" * (per_z and z is None and "Z" in first.axes)
    outer = "T" * ("T" in first.axes and t is None) + planes
    return [
        Channel(
            _Contributed(compared, held, number, outer),
            outer + compared.axes,
            first.spacing if planes else compared.spacing,
            first.time_step,
            f"{one.name} with {other.name}",
            one.color,
        )
        for number, (one, other) in enumerate(((first, second), (second, first)))
    ]


def _held(distances: Distances) -> dict[_Place, Association]:
    """Return the associations by their place."""
    table = distances.table
    if len(table[["channel_1", "channel_2"]].drop_duplicates()) > 1:
        msg = "several pairs of channels were measured; contributions are of one, choose two"
        raise ValueError(msg)
    planes = [
        None if missing else int(z)
        for z, missing in zip(table["z"], table["z"].isna(), strict=True)
    ]
    rows = zip(table["t"], planes, table["label"], distances.found, strict=True)
    held = {(int(t), z, int(label)): one for t, z, label, one in rows if one and one.components}
    if not held:
        reason = next((note for note in table["notes"] if note), "no association was asked for")
        msg = f"no voxel can be said to make an association: {reason}"
        raise ValueError(msg)
    return held


class _Contributed(Computed):
    """Data of one channel's contributions."""

    def __init__(
        self, compared: Compared, held: dict[_Place, Association], number: int, outer: str
    ) -> None:
        shape = compared.pieces[0].shape
        several = {
            "T": len({piece.t for piece in compared.pieces}),
            "Z": len({piece.z for piece in compared.pieces}),
        }
        whole = (*(several[axis] for axis in outer), *shape)
        super().__init__(whole, np.dtype(np.float32), len(shape))
        self._compared, self._held, self._number = compared, held, number

    def _compute(self, index: tuple[int, ...]) -> AnyArray:
        number = np.ravel_multi_index(index, self.shape[: len(index)]) if index else 0
        piece: Piece = self._compared.pieces[number]
        out = np.zeros(piece.shape, np.float32)
        passes = self._compared.regions.passes(piece.channel1, (piece.t,))
        for pair in regions_of(piece, passes):
            found = self._held.get((piece.t, piece.z, pair.label))
            inside = np.True_ if pair.mask is None else pair.mask
            values: Any = np.nan
            if found is not None:
                both = contribution_images(pair.channel1, pair.channel2, found, mask=pair.mask)
                values = both[self._number]
            box = out[pair.box]
            np.copyto(box, values, where=inside, casting="same_kind")
        return out
