"""A rolling-ball background, taken off plane by plane as planes are read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from skimage.restoration import rolling_ball

from covoxel._types import AnyArray
from covoxel.channel import Channel


class RollingBall:
    """Data of a channel less its rolling-ball background; sliceable as the data was.

    The last plane is kept, since blocks of a large plane are read one after another.
    """

    def __init__(self, data: Any, radius: float) -> None:
        self._data = data
        self._radius = radius
        self._last: tuple[tuple[int, ...], AnyArray] | None = None
        self.shape = tuple(int(n) for n in data.shape)
        self.dtype = np.dtype(np.uint8 if data.dtype == np.bool_ else data.dtype)
        self.ndim = len(self.shape)

    def _plane(self, index: tuple[int, ...]) -> AnyArray:
        if self._last is None or self._last[0] != index:
            plane = np.asarray(self._data[index])
            flat = plane - rolling_ball(plane, radius=self._radius)
            self._last = index, flat.astype(self.dtype)
        return self._last[1]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> AnyArray:
        return np.asarray(self[()], dtype)

    def __getitem__(self, key: Any) -> AnyArray:
        key = key if isinstance(key, tuple) else (key,)
        key = key + (slice(None),) * (self.ndim - len(key))
        outer, inner = key[:-2], key[-2:]
        indices = [
            [int(k)] if not isinstance(k, slice) else list(range(*k.indices(n)))
            for k, n in zip(outer, self.shape, strict=False)
        ]
        planes = [
            self._plane(tuple(ids[i] for ids, i in zip(indices, at, strict=True)))[inner]
            for at in np.ndindex(*(len(ids) for ids in indices))
        ]
        stacked = np.stack(planes) if outer else planes[0]
        kept = [len(ids) for ids, k in zip(indices, outer, strict=True) if isinstance(k, slice)]
        return stacked.reshape(*kept, *planes[0].shape) if outer else stacked


def without_rolling_ball(channel: Channel, radius: float) -> Channel:
    """Return a channel less its rolling-ball background of `radius` pixels, plane by plane.

    The filter changes Pearson's r, unlike a constant background.

    References
    ----------
    Sternberg 1983, doi:10.1109/MC.1983.1654163
    """
    return replace(channel, data=RollingBall(channel.data, radius))
