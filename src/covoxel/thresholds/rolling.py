"""A rolling-ball background, taken off plane by plane as planes are read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from covoxel.core.lazy import Computed
from covoxel.core.types import AnyArray
from covoxel.image.channel import Channel


class RollingBall(Computed):
    """Data of a channel less its rolling-ball background; sliceable as the data was."""

    def __init__(self, data: Any, radius: float) -> None:
        dtype = np.dtype(np.uint8 if data.dtype == np.bool_ else data.dtype)
        super().__init__(data.shape, dtype, 2)
        self._data = data
        self._radius = radius

    def _compute(self, index: tuple[int, ...]) -> AnyArray:
        from skimage.restoration import rolling_ball  # takes a while to load

        plane = np.asarray(self._data[index])
        return np.asarray(plane - rolling_ball(plane, radius=self._radius))


def without_rolling_ball(channel: Channel, radius: float) -> Channel:
    """Return a channel less its rolling-ball background of `radius` pixels, plane by plane.

    The filter changes Pearson's r, unlike a constant background.

    Raises
    ------
    ValueError
        If the radius is larger than a plane.

    References
    ----------
    Sternberg 1983, doi:10.1109/MC.1983.1654163
    """
    plane = channel.shape[-2:]
    if radius > max(plane):
        msg = f"background is rolling:{radius:g}; the radius is larger than a plane of {plane} px"
        raise ValueError(msg)
    return replace(channel, data=RollingBall(channel.data, radius))
