"""The pixels above both thresholds as an image, and the figure of a pair of channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.lazy import Sliceable
from covoxel.core.types import AnyArray, BoolArray
from covoxel.image.channel import Channel, Slices, block_slices, frame_slices
from covoxel.image.regions import Region
from covoxel.intensity.histogram import JointHistogram, frame_histogram
from covoxel.report import pair_figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from covoxel.analysis.measure.options import Settings
    from covoxel.image.regions import Regions


def colocalized(
    rows: pd.DataFrame,
    settings: Settings,
    pair: tuple[Channel, Channel],
    regions: Regions,
    *,
    intensities: bool,
) -> Channel:
    """Return where both channels of a pair are above their thresholds.

    See `MeasureResult.colocalized`.
    """
    first, second, _ = settings.prepared(pair)
    data = _Colocalized(rows, first, second, regions, intensities=intensities)
    grid = pair[0]
    return Channel(data, grid.axes, grid.spacing, grid.time_step, "Colocalized", "#ffffff")


class _Colocalized(Sliceable):
    """Sliceable data of the mask, or of the intensities in it."""

    def __init__(
        self,
        table: pd.DataFrame,
        channel1: Channel,
        channel2: Channel,
        regions: Regions,
        *,
        intensities: bool,
    ) -> None:
        dtype = np.dtype(np.float32 if intensities else np.uint8)
        super().__init__(channel1.shape, dtype, len(channel1.spatial_shape))
        self._intensities = intensities
        self._table, self._channels, self._regions = table, (channel1, channel2), regions

    def _part(self, index: tuple[int, ...], inner: tuple[Any, ...]) -> AnyArray:
        """Return part of a frame; an index is taken as a slice of one and dropped after."""
        t, spatial = index[0] if index else 0, self._channels[0].spatial_shape
        where = tuple(
            slice(*part.indices(size)) if isinstance(part, slice) else slice(int(part), part + 1)
            for part, size in zip(inner, spatial, strict=True)
        )
        dropped = tuple(slice(None) if isinstance(part, slice) else 0 for part in inner)
        rows = self._table[self._table["t"].isna() | (self._table["t"] == t)]
        values = [channel.read(t, where) for channel in self._channels]
        out = np.zeros(values[0].shape, np.bool_)
        for region in self._regions.passes(self._channels[0], [t]):
            out |= self._above(rows, region, t, where, values)
        if not self._intensities:
            return np.where(out[dropped], np.uint8(255), np.uint8(0))
        one, other = (np.where(out, value, 0).astype(np.float64) for value in values)
        return np.sqrt(np.maximum(one * other, 0)).astype(np.float32)[dropped]

    @staticmethod
    def _above(
        rows: pd.DataFrame, region: Region, t: int, where: Slices, values: list[AnyArray]
    ) -> BoolArray:
        index = region.index(t, where)
        out = np.zeros(index.shape, np.bool_)
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


#: Bytes of cells held for the figure; more go to disk or, of 32 and 64 bits, are graded.
_BUDGET = 1 << 26
#: Grades of intensity, for the figure alone.
_GRADES = 1024


def figure_of_rows(
    rows: pd.DataFrame,
    settings: Settings,
    pair: tuple[Channel, Channel],
    regions: Regions,
    *,
    t: int | None,
    z: int | None,
) -> Figure:
    """Draw a pair at the first time point that was measured.

    Thresholds are drawn where the rows of that time point share them, the line and the numbers
    where it has one row.
    """
    first, second, _ = settings.prepared(pair)
    frame = t or 0
    pooled = rows["t"].isna()
    shown = rows[pooled | (rows["t"] == frame)]
    row = shown.iloc[0].to_dict() if len(shown) == 1 else {}
    frames = range(first.n_frames) if pooled.any() else [frame]
    region = regions.passes(first, frames)[0]
    line = row.get("slope", math.nan), row.get("intercept", math.nan)
    threshold1, threshold2 = (_shared(shown[f"threshold{i}"]) for i in (1, 2))
    return pair_figure(
        first,
        second,
        _histogram(first, second, region, frames, z),
        t=frame,
        z=z,
        outlined=region.raw(frame, frame_slices(first.spatial_shape)),
        line=line if all(map(math.isfinite, line)) else None,
        threshold1=threshold1,
        threshold2=threshold2,
        row={str(name): value for name, value in row.items()},
    )


def _shared(limits: pd.Series[float]) -> float | None:
    """Return the threshold that all rows have; None where they differ or have none."""
    found = limits.unique()
    return float(found[0]) if len(found) == 1 and math.isfinite(found[0]) else None


def _histogram(
    first: Channel, second: Channel, region: Region, frames: Sequence[int], z: int | None
) -> JointHistogram:
    try:
        return frame_histogram(first, second, region, frames=frames, z=z, memory_budget=_BUDGET)
    except MemoryError:
        graded = _graded(first, frames), _graded(second, frames)
        return frame_histogram(*graded, region, frames=frames, z=z)


def _graded(channel: Channel, frames: Sequence[int]) -> Channel:
    """Return a channel whose intensities are rounded to grades, far finer than a figure."""
    low, high = math.inf, -math.inf
    for t in frames:
        for where in block_slices(channel.spatial_shape):
            block = channel.read(t, where)
            finite = block[np.isfinite(block)]
            low = min(low, float(finite.min(initial=math.inf)))
            high = max(high, float(finite.max(initial=-math.inf)))
    if not high > low:
        return channel
    return channel.with_data(_Graded(channel, low, (high - low) / _GRADES))


class _Graded(Sliceable):
    """Data of a channel in steps above its lowest intensity."""

    def __init__(self, channel: Channel, low: float, step: float) -> None:
        super().__init__(channel.shape, np.dtype(np.float32), len(channel.spatial_shape))
        self._channel, self._low, self._step = channel, low, step

    def _part(self, index: tuple[int, ...], inner: tuple[Any, ...]) -> AnyArray:
        block = self._channel.read(index[0] if index else 0, inner)
        grades = np.rint((block - self._low) / self._step)
        return (self._low + grades * self._step).astype(np.float32)
