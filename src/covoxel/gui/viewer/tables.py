"""Positions of table rows, and label images with a table; safe in a thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.image.channel import Channel, frame_blocks
from covoxel.image.extents import Extents
from covoxel.image.regions import Region, Regions

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

    `table`: from `covoxel.measure`.
    `channel`: one of the measured channels.
    `mask`, `labels`, `shapes`: as in `covoxel.measure`; read block by block.

    Returns
    -------
    (rows, axes) float array
        In the axes of `channel`, time included: the middle of the series where time is pooled.
        NaN along the spatial axes for a region without pixels.

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


def frame_positions(table: pd.DataFrame, channel: Channel) -> FloatArray:
    """Return the middle of the frame, or of the plane, that each row is of, (rows, axes)."""
    columns = {"T": "t", "Z": "z"}
    points = np.tile((np.array(channel.shape) - 1) / 2, (len(table), 1))
    for number, axis in enumerate(channel.axes):
        if axis in columns:
            middle = points[0, number]
            points[:, number] = table[columns[axis]].to_numpy(np.float64, na_value=middle)
    return points


def _frames(
    table: pd.DataFrame, channel: Channel
) -> Iterator[tuple[list[int], list[tuple[int | None, IntArray]]]]:
    """Yield time points, and for each plane the indices of its rows."""
    times = table["t"].to_numpy(np.int64, na_value=-1)
    planes = table["z"].to_numpy(np.int64, na_value=-1)
    for t in np.unique(times):
        frames = list(range(channel.n_frames)) if t < 0 else [int(t)]
        of_frame = times == t
        groups = [
            (None if z < 0 else int(z), np.flatnonzero(of_frame & (planes == z)))
            for z in np.unique(planes[of_frame])
        ]
        yield frames, groups


def _regions(
    passes: Sequence[Region], shape: tuple[int, ...], frames: Sequence[int], z: int | None
) -> tuple[IntArray, FloatArray]:
    """Return the labels of all passes, ascending, and their centroids."""
    ids = np.concatenate([region.ids for region in passes])
    places = np.concatenate([Extents(region, shape, frames, z).centroids for region in passes])
    order = np.argsort(ids)
    return ids[order], places[order]


def _looked_up(ids: IntArray, places: FloatArray, wanted: IntArray) -> FloatArray:
    """Return the positions of labels; NaN for one that has been painted over."""
    if not ids.size:
        return np.full((wanted.size, places.shape[1]), np.nan)
    at = np.minimum(np.searchsorted(ids, wanted), ids.size - 1)
    return np.where((ids[at] == wanted)[:, None], places[at], np.nan)


#: Labels are renumbered where their own numbers would leave more empty rows than this.
_EMPTY_ROWS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class LabelsTable:
    """A copy of a label image with the table of its labels."""

    #: Shape of the labels; 0 where nothing was measured.
    image: AnyArray
    #: Row 0 is the background, row i the label i. ``original_label`` is the label in the source;
    #: sparse labels are renumbered.
    features: pd.DataFrame


def labels_table(table: pd.DataFrame, labels: Any, channel: Channel) -> LabelsTable | None:
    """Return a copy of labels with their table, for one pair and one frame.

    None where a label has several rows (of pairs, time points or planes), or where its row pools
    several frames of a label image that changes. Arguments as in `row_positions`.
    """
    runs = table[["channel1", "channel2", "t", "z"]].drop_duplicates()
    if len(runs) != 1:
        return None
    (t,) = runs["t"].to_numpy(np.int64, na_value=-1)
    (z,) = runs["z"].to_numpy(np.int64, na_value=-1)
    frames = range(channel.n_frames) if t < 0 else [int(t)]
    (region,) = Regions(None, labels, None).passes(channel, frames)
    if region.timed and len(frames) > 1:
        return None
    ids = table["label"].to_numpy(np.int64)
    sparse = int(ids[-1]) > ids.size + _EMPTY_ROWS
    numbers = np.arange(1, ids.size + 1) if sparse else ids
    image = np.zeros(labels.shape, np.min_scalar_type(int(numbers[-1])))
    frame = image[frames[0]] if region.timed else image
    at = np.minimum(np.searchsorted(ids, region.ids), ids.size - 1)
    known = np.where(ids[at] == region.ids, numbers[at], 0)  # a label may not be in the table
    renumbered = np.append(0, known).astype(image.dtype)
    for where in frame_blocks(frame.shape, None if z < 0 or region.per_plane else int(z)):
        found = region.read(frames[0], (slice(0, 1), *where) if region.per_plane else where)
        assert found is not None
        frame[where] = renumbered[found]
    return LabelsTable(image, _by_number(table, numbers))


def _by_number(table: pd.DataFrame, numbers: IntArray) -> pd.DataFrame:
    """Return the table with row i for label i, empty where there is none."""
    whole = dict.fromkeys(table.select_dtypes("integer"), "Int64")  # they may be empty
    rows = table.astype(whole).assign(original_label=table["label"].to_numpy(), label=numbers)
    rows = rows.astype({"original_label": "Int64"}).set_index("label")
    rows = rows.reindex(range(int(numbers[-1]) + 1)).reset_index()
    first = ["label", "original_label"]
    return rows[[*first, *(name for name in rows if name not in first)]]
