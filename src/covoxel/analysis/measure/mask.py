"""The pixels above both thresholds, as an image that is computed where it is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.inputs import checked_channels, filtered
from covoxel.analysis.measure.bleed import bleed_of_rows
from covoxel.analysis.moved import laid
from covoxel.analysis.registrations import Registrations
from covoxel.core.types import AnyArray, BoolArray
from covoxel.image.channel import Channel, Slices
from covoxel.image.region import Region
from covoxel.image.regions import Regions
from covoxel.thresholds.spec import parse_background

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

    Raises
    ------
    ValueError
        If the table has no rows of this pair, or several pairs and the images no names.

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
    named = all(getattr(image, "name", "") for image in (image1, image2))
    rows = _rows_of(table, (first.name, second.name) if named else None)
    one, two = as_measured(rows, first, second)
    regions = Regions(mask, labels, shapes)
    regions.place_on(image1)
    data = _Colocalized(rows, one, two, regions)
    return Channel(data, first.axes, first.spacing, first.time_step, "Colocalized", "#ffffff")


def _rows_of(table: pd.DataFrame, names: tuple[str, str] | None) -> pd.DataFrame:
    """Return the rows of a pair; images without names are taken for the only one."""
    pairs = list(dict.fromkeys(zip(table["channel_1"], table["channel_2"], strict=True)))
    if names is None and len(pairs) < 2:
        return table
    if pairs and names not in pairs:
        listed = ", ".join(" with ".join(pair) for pair in pairs)
        wanted = "images without names" if names is None else " with ".join(names)
        msg = f"image1 and image2 are {wanted}; the table holds {listed}"
        raise ValueError(msg)
    return table[
        [pair == names for pair in zip(table["channel_1"], table["channel_2"], strict=True)]
    ]


def as_measured(rows: pd.DataFrame, first: Channel, second: Channel) -> tuple[Channel, Channel]:
    """Return a pair as it was measured: unmixed, filtered, channel 2 registered to channel 1.

    Raises
    ------
    ValueError
        If the rows were registered but no longer say how.
    """
    if rows.empty:
        return first, second
    bleed = bleed_of_rows(rows)
    if bleed is not None:
        first, second = bleed.subtracted((first, second))
    one, two = (
        filtered(
            channel, parse_background("background", str(rows[f"background_method_{i}"].iat[0]))
        )
        for i, channel in ((1, first), (2, second))
    )
    if "pearson_before" not in rows:
        return one, two
    record = rows.attrs.get("covoxel", {}).get("options", {}).get("registration")
    if record is None:
        msg = "table was measured with a registration that it no longer holds; measure again"
        raise ValueError(msg)
    return one, laid(two, Registrations.from_dict(record), dropped=True)


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
    found = dict(zip(rows["label"], rows[f"threshold_{channel}"], strict=True))
    limits = np.array([np.inf, *(found.get(label, np.inf) for label in region.ids)])
    return np.where(np.isnan(limits), np.inf, limits)
