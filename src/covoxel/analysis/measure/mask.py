"""The pixels above both thresholds, as an image that is computed where it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray
from covoxel.image.channel import Channel, Slices
from covoxel.image.region import Region
from covoxel.image.regions import Regions

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.measure.options import Settings


def colocalized(
    rows: pd.DataFrame, settings: Settings, pair: tuple[Channel, Channel], regions: Regions
) -> Channel:
    """Return where both channels of a pair are above their thresholds.

    See `MeasureResult.colocalized`.
    """
    first, second, _ = settings.prepared(pair)
    data = _Colocalized(rows, first, second, regions)
    grid = pair[0]
    return Channel(data, grid.axes, grid.spacing, grid.time_step, "Colocalized", "#ffffff")


class _Colocalized:
    """Sliceable data of the mask."""

    def __init__(
        self, table: pd.DataFrame, channel1: Channel, channel2: Channel, regions: Regions
    ) -> None:
        self._table = table
        self._channels = channel1, channel2
        self._regions = regions
        self.shape = channel1.shape
        self.ndim = len(self.shape)
        self.dtype = np.dtype(np.uint8)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> AnyArray:
        return np.asarray(self[()], dtype)

    def __getitem__(self, key: Any) -> AnyArray:
        key = key if isinstance(key, tuple) else (key,)
        key = key + (slice(None),) * (self.ndim - len(key))
        if "T" not in self._channels[0].axes:
            return self._frame(0, key)
        if isinstance(key[0], slice):
            frames = range(*key[0].indices(self.shape[0]))
            return np.stack([self._frame(t, key[1:]) for t in frames])
        return self._frame(int(key[0]), key[1:])

    def _frame(self, t: int, key: tuple[Any, ...]) -> AnyArray:
        """Return part of one frame; an index is taken as a slice of one and dropped after."""
        spatial = self._channels[0].spatial_shape
        where = tuple(
            slice(*part.indices(size)) if isinstance(part, slice) else slice(int(part), part + 1)
            for part, size in zip(key, spatial, strict=True)
        )
        dropped = tuple(slice(None) if isinstance(part, slice) else 0 for part in key)
        rows = self._table[self._table["t"].isna() | (self._table["t"] == t)]
        values = [channel.read(t, where) for channel in self._channels]
        out = np.zeros(values[0].shape, np.bool_)
        for region in self._regions.passes(self._channels[0], [t]):
            out |= self._above(rows, region, t, where, values)
        return np.where(out[dropped], np.uint8(255), np.uint8(0))

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
    found = dict(zip(rows["label"], rows[f"threshold{channel}"], strict=True))
    limits = np.array([np.inf, *(found.get(label, np.inf) for label in region.ids)])
    return np.where(np.isnan(limits), np.inf, limits)
