"""The pixels above both thresholds, as an image that is computed where it is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel._types import AnyArray, BoolArray
from covoxel.analysis.inputs import Regions, checked_channels
from covoxel.channel import Channel, Slices
from covoxel.intensity.blocks import Region

if TYPE_CHECKING:
    import pandas as pd


def colocalized(
    table: pd.DataFrame,
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    labels: Any = None,
    shapes: Sequence[Any] | None = None,
    axes: str | None = None,
) -> Channel:
    """Return where both channels are above their thresholds, within the regions of a table.

    Parameters
    ----------
    table : pandas.DataFrame
        What `measure` returned; each row's thresholds hold in its region, plane and time.
    image1, image2 : array-like, Channel or napari layer
        The channels that were measured, in the table's order.
    mask, labels, shapes, axes
        As they were given to `measure`.

    Returns
    -------
    Channel
        Of the shape of the channels: 255 where both are above, else 0, also where a
        threshold was not found. It is computed block by block as it is read.

    Examples
    --------
    >>> from covoxel import measure
    >>> a, b = np.array([[1, 5], [6, 7]]), np.array([[6, 1], [8, 9]])
    >>> table = measure(a, b, threshold_1=4, threshold_2=4, measures="tm1")
    >>> colocalized(table, a, b).read()
    array([[  0,   0],
           [255, 255]], dtype=uint8)
    """
    first, second = checked_channels([image1, image2], axes, None)
    pair = (table["channel_1"] == first.name) & (table["channel_2"] == second.name)
    data = _Colocalized(table[pair], first, second, Regions(mask, labels, shapes))
    return Channel(data, first.axes, first.spacing, first.time_step, "Colocalized", "#ffffff")


class _Colocalized:
    """Sliceable data of the mask."""

    def __init__(
        self, table: pd.DataFrame, channel1: Channel, channel2: Channel, regions: Regions
    ) -> None:
        self._table = table
        self._channels = channel1, channel2
        self._regions = regions
        self._passes: tuple[int, list[Region]] | None = None
        self.shape = channel1.shape
        self.ndim = len(self.shape)
        self.dtype = np.dtype(np.uint8)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> AnyArray:
        return np.asarray(self[()], dtype)

    def __getitem__(self, key: Any) -> AnyArray:
        key = key if isinstance(key, tuple) else (key,)
        key = key + (slice(None),) * (self.ndim - len(key))
        timed = "T" in self._channels[0].axes
        if not timed:
            return self._frame(0, key).astype(np.uint8) * np.uint8(255)
        if isinstance(key[0], slice):
            frames = range(*key[0].indices(self.shape[0]))
            return np.stack([self[(t, *key[1:])] for t in frames])
        return self._frame(int(key[0]), key[1:]).astype(np.uint8) * np.uint8(255)

    def _frame(self, t: int, key: tuple[Any, ...]) -> BoolArray:
        """Return part of one frame; an index is taken as a slice of one and dropped after."""
        where = tuple(k if isinstance(k, slice) else slice(int(k), int(k) + 1) for k in key)
        dropped = tuple(0 if not isinstance(k, slice) else slice(None) for k in key)
        spatial = self._channels[0].spatial_shape
        full = tuple(slice(*part.indices(size)) for part, size in zip(where, spatial, strict=True))
        rows = self._table[self._table["t"].isna() | (self._table["t"] == t)]
        values = [channel.read(t, full) for channel in self._channels]
        out = np.zeros(values[0].shape, np.bool_)
        for region in self._regions_at(t):
            out |= self._above(rows, region, t, full, values)
        return out[dropped]

    def _regions_at(self, t: int) -> list[Region]:
        if self._passes is None or self._passes[0] != t:
            self._passes = t, self._regions.passes(self._channels[0], [t])
        return self._passes[1]

    @staticmethod
    def _above(
        rows: pd.DataFrame, region: Region, t: int, where: Slices, values: list[AnyArray]
    ) -> BoolArray:
        found = region.read(t, where)
        shape = values[0].shape
        index = np.broadcast_to(1 if found is None else found, shape).astype(np.intp)
        out = np.zeros(shape, np.bool_)
        for z, at_plane in rows.groupby("z", dropna=False):
            limits = [_by_label(at_plane, region, i) for i in (1, 2)]
            planes: Any = slice(None)
            if isinstance(z, int | np.integer):
                planes = np.arange(where[0].start, where[0].stop) == z
            here = [
                value[planes] > limit[index[planes]]
                for value, limit in zip(values, limits, strict=True)
            ]
            out[planes] |= here[0] & here[1]
        return out


def _by_label(rows: pd.DataFrame, region: Region, channel: int) -> Any:
    """Return the threshold of each region index, infinite outside and where there is none."""
    found = dict(zip(rows["label"], rows[f"threshold_{channel}"], strict=True))
    limits = np.array([np.inf, *(found.get(label, np.inf) for label in region.ids)])
    return np.where(np.isnan(limits), np.inf, limits)
