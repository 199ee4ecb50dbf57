"""Where the rows of a table lie in the image; no layer is touched, so a thread may do it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import FloatArray, IntArray
from covoxel.image.channel import Channel
from covoxel.image.extents import Extents
from covoxel.image.region import Region
from covoxel.image.regions import Regions

if TYPE_CHECKING:
    import pandas as pd


def row_positions(
    table: pd.DataFrame,
    channel: Channel,
    *,
    mask: Any = None,
    labels: Any = None,
    shapes: Sequence[Any] | None = None,
) -> FloatArray:
    """Return the centroid of each row's region, in pixels.

    Parameters
    ----------
    table : pandas.DataFrame
        What `covoxel.measure` returned.
    channel : Channel
        One of the channels that were measured.
    mask, labels, shapes
        As they were given to `covoxel.measure`. Read block by block.

    Returns
    -------
    (rows, axes) float array
        In the axes of `channel`, time included; where time is pooled, the middle of the
        series. NaN along the spatial axes for a region without pixels.

    Examples
    --------
    >>> from covoxel import measure
    >>> from covoxel.image import as_channel
    >>> a, labels = np.arange(12).reshape(3, 4), np.array([[5, 5, 9, 9]] * 3)
    >>> row_positions(measure(a, a * a, labels=labels).table, as_channel(a), labels=labels)
    array([[1. , 0.5],
           [1. , 2.5]])
    """
    regions = Regions(mask, labels, shapes)
    out = np.empty((len(table), len(channel.axes)))
    spatial = out[:, 1:] if "T" in channel.axes else out
    wanted = table["label"].to_numpy()
    passes: list[Region] = []
    known: dict[int | None, tuple[IntArray, FloatArray]] = {}
    for frames, groups in _frames(table, channel):
        if not passes or passes[0].changes:
            passes, known = regions.passes(channel, frames), {}
        for z, rows in groups:
            if z not in known:
                known[z] = _regions(passes, channel.spatial_shape, frames, z)
            spatial[rows] = _looked_up(*known[z], wanted[rows])
    if "T" in channel.axes:
        out[:, 0] = table["t"].to_numpy(np.float64, na_value=(channel.n_frames - 1) / 2)
    return out


def _frames(
    table: pd.DataFrame, channel: Channel
) -> Iterator[tuple[list[int], list[tuple[int | None, IntArray]]]]:
    """Yield time points, and for each plane among their rows the rows' numbers."""
    times = table["t"].to_numpy(np.int64, na_value=-1)
    planes = table["z"].to_numpy(np.int64, na_value=-1)
    for t in np.unique(times):
        frames = list(range(channel.n_frames)) if t < 0 else [int(t)]
        of_frame = times == t
        yield (
            frames,
            [
                (None if z < 0 else int(z), np.flatnonzero(of_frame & (planes == z)))
                for z in np.unique(planes[of_frame])
            ],
        )


def _regions(
    passes: Sequence[Region], shape: tuple[int, ...], frames: Sequence[int], z: int | None
) -> tuple[IntArray, FloatArray]:
    """Return the labels of all passes, ascending, and their centroids."""
    ids = np.concatenate([region.ids for region in passes])
    places = np.concatenate([Extents(region, shape, frames, z).centroids for region in passes])
    order = np.argsort(ids)
    return ids[order], places[order]


def _looked_up(ids: IntArray, places: FloatArray, wanted: IntArray) -> FloatArray:
    """Return the places of labels; NaN for one that was painted over since it was measured."""
    if not ids.size:
        return np.full((wanted.size, places.shape[1]), np.nan)
    at = np.minimum(np.searchsorted(ids, wanted), ids.size - 1)
    return np.where((ids[at] == wanted)[:, None], places[at], np.nan)
