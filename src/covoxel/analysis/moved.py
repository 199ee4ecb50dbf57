"""A channel laid on another, moved where it is read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from covoxel.analysis.registrations import Registrations
from covoxel.core.checks import one_of
from covoxel.core.lazy import Computed
from covoxel.core.resample import Order, inside, moved
from covoxel.core.types import AnyArray
from covoxel.image.channel import Channel


def laid(
    channel: Channel,
    registrations: Registrations,
    *,
    dropped: bool = False,
    order: Order = 3,
) -> Channel:
    """Return a channel moved as registered, frame by frame or plane by plane as it is read.

    Parameters
    ----------
    channel : Channel
    registrations : Registrations
    dropped : bool
        Whether what lies outside of the channel is NaN, which a channel of integers becomes
        real for; else it is 0 there.
    order : int
        Degree of the interpolating spline, from 0 (nearest pixel) to 5.

    Raises
    ------
    ValueError
        If the registrations do not fit the channel, or the channels are not registrable.
    """
    one_of("order", order, range(6))
    registrations.check(channel)
    return replace(channel, data=_Moved(channel, registrations, order, dropped=dropped))


class _Moved(Computed):
    """Data of a moved channel."""

    def __init__(
        self, channel: Channel, registrations: Registrations, order: Order, *, dropped: bool
    ) -> None:
        dtype = np.dtype(np.uint8) if channel.dtype == np.bool_ else channel.dtype
        ndim = registrations.ndim
        first = next(iter(registrations.held.values()))
        shape = (*channel.shape[:-ndim], *first.target(channel.shape[-ndim:]))
        super().__init__(shape, _real(dtype) if dropped else dtype, ndim)
        self._channel, self._registrations, self._order = channel, registrations, order

    def _compute(self, index: tuple[int, ...]) -> AnyArray:
        timed = "T" in self._channel.axes
        t = index[0] if timed else 0
        planes = index[1:] if timed else index
        z = planes[0] if planes else None
        frame = self._channel.read(t, () if z is None else (slice(z, z + 1),))
        frame = frame if z is None else frame[0]
        registration = self._registrations.at(t, z)
        mapping, shape = registration.mapping(frame.shape), registration.target(frame.shape)
        out: Any = moved(frame, mapping, order=self._order, shape=shape)
        if self.dtype != out.dtype and out.dtype.kind != "f":
            out = out.astype(self.dtype)
            out[~inside(frame.shape, mapping, shape)] = np.nan
        return np.asarray(out)


def _real(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return a type of reals that holds all values of a type and NaN."""
    if dtype.kind == "f":
        return dtype
    return np.dtype(np.float32 if dtype.itemsize < 3 else np.float64)
