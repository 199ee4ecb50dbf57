"""Where the rows of a table lie in the image; no layer is touched, so a thread may do it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel._types import FloatArray, IntArray
from covoxel.image.channel import Channel, Slices, frame_blocks
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
    >>> from covoxel import as_channel, measure
    >>> a, labels = np.arange(12).reshape(3, 4), np.array([[5, 5, 9, 9]] * 3)
    >>> row_positions(measure(a, a * a, labels=labels), as_channel(a), labels=labels)
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
        if not passes or passes[0].timed:
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
    places = np.concatenate([_Sums(region, shape, z).centroids(frames) for region in passes])
    order = np.argsort(ids)
    return ids[order], places[order]


def _looked_up(ids: IntArray, places: FloatArray, wanted: IntArray) -> FloatArray:
    """Return the places of labels; NaN for one that was painted over since it was measured."""
    if not ids.size:
        return np.full((wanted.size, places.shape[1]), np.nan)
    at = np.minimum(np.searchsorted(ids, wanted), ids.size - 1)
    return np.where((ids[at] == wanted)[:, None], places[at], np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Centroids of the regions of one pass, over a frame or its plane `z`."""

    region: Region
    shape: tuple[int, ...]
    z: int | None

    def centroids(self, frames: Sequence[int]) -> FloatArray:
        """Return a row a region, NaN for one without pixels."""
        if self.region.image is None:
            return self._across_planes(np.array([[(n - 1) / 2 for n in self.shape]]))
        n = self.region.ids.size + 1
        counts, sums = np.zeros(n), np.zeros((len(self.shape), n))
        for t in frames if self.region.timed else frames[:1]:
            for where in self._blocks():
                index, places = self._pixels(t, where)
                counts += np.bincount(index, minlength=n)
                for total, place in zip(sums, places, strict=True):
                    total += np.bincount(index, place, minlength=n)
        with np.errstate(invalid="ignore"):
            found = (sums / counts).T[1:]
        return self._across_planes(found) if self.region.per_plane else found

    def _blocks(self) -> Iterator[Slices]:
        """Yield blocks; of a region that is the same in all planes, those of one plane."""
        if self.region.per_plane:
            return frame_blocks((1, *self.shape[1:]))
        return frame_blocks(self.shape, self.z)

    def _pixels(self, t: int, where: Slices) -> tuple[IntArray, list[IntArray]]:
        """Return the region index of the pixels inside, from 1, and their coordinates."""
        found = self.region.read(t, where)
        assert found is not None
        found = found.reshape([part.stop - part.start for part in where])
        inside = np.nonzero(found)
        places = [i + part.start for i, part in zip(inside, where, strict=True)]
        return found[inside].astype(np.int64), places

    def _across_planes(self, places: FloatArray) -> FloatArray:
        """Put what spans all planes into the middle one, or into the one that is meant."""
        if len(self.shape) > 2:
            places[:, 0] = (self.shape[0] - 1) / 2 if self.z is None else self.z
        return places
