"""Registrations by time point and plane, and how they are applied."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Self

import numpy as np

from covoxel.analysis.schema import by_axis
from covoxel.core.checks import one_of
from covoxel.core.files import Recorded
from covoxel.core.lazy import Computed
from covoxel.core.resample import SplineOrder, inside, moved
from covoxel.core.types import AnyArray
from covoxel.image.channel import Channel
from covoxel.registration.record import Registration

_KIND = "covoxel registrations"
#: Pixel sizes that differ by less than this share are one.
_SAME_SPACING = 1e-2
#: Why a row of a table that was moved has no shift.
SHIFT_DIFFERS = "it differs within the row"

#: Time point and plane; None holds for all.
FrameAndPlane = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True, eq=False)
class Registrations(Recorded):
    """Registrations of one pair of channels, or of one channel's drift.

    Attributes
    ----------
    held : mapping
        A registration for each (time point, plane); None in its place holds for all of them.
    drift : bool
        Whether time points are registered to the first one, so that all channels move alike;
        else channel 2 is registered to channel 1.
    """

    held: Mapping[FrameAndPlane, Registration]
    drift: bool = False

    def __post_init__(self) -> None:
        if len({len(registration.shape) for registration in self.held.values()}) != 1:
            msg = "at least one registration is needed, all of images with one number of axes"
            raise ValueError(msg)

    @property
    def ndim(self) -> int:
        """Number of axes that are registered."""
        return len(next(iter(self.held.values())).shape)

    def at(self, t: int, z: int | None = None) -> Registration:
        """Return the registration of a time point, and plane.

        Raises
        ------
        ValueError
            If there is none.
        """
        for place in ((t, z), (t, None), (None, z), (None, None)):
            if place in self.held:
                return self.held[place]
        where = f"time point {t}" + ("" if z is None else f", plane {z}")
        msg = f"the registration holds nothing for {where}"
        raise ValueError(msg)

    def shift(self, frames: Iterable[int], planes: Iterable[int | None]) -> tuple[float, ...]:
        """Return the shift that time points and planes share; NaN where they differ."""
        shifts = {self.at(t, z).shift for t, z in product(frames, planes)}
        return shifts.pop() if len(shifts) == 1 else (math.nan,) * self.ndim

    def columns(
        self, channel: Channel, frames: Iterable[int], z: int | None = None
    ) -> dict[str, float]:
        """Return the shift of frames of a channel, or of one plane of them, as columns of a table.

        Planes that are registered one by one have one shift where they share it, else NaN.
        """
        shape = channel.spatial_shape
        planes = range(shape[0]) if z is None and self.ndim < len(shape) else [z]
        return by_axis("shift", "zyx"[-self.ndim :], self.shift(frames, planes))

    @property
    def warning(self) -> str:
        """What to warn of before channels are moved: shifts that may be chance; else empty."""
        unsure = [found for found in self.held.values() if found.unverified]
        if not unsure:
            return ""
        count = f"{len(unsure)} of {len(self.held)} registrations are " * (len(self.held) > 1)
        return count + unsure[0].doubt

    def refuse(self) -> None:
        """Raise ValueError if the channels are not registrable at a time point or plane."""
        for (t, z), registration in self.held.items():
            try:
                registration.refuse()
            except ValueError as error:
                place = [f"time point {t}"] * (t is not None) + [f"plane {z}"] * (z is not None)
                raise ValueError(": ".join([*place, str(error)])) from error

    def check(self, channel: Channel) -> None:
        """Raise ValueError for a channel that cannot be moved as registered."""
        self.refuse()
        shape, spacing = channel.spatial_shape, channel.spacing
        if len(shape) < self.ndim:
            msg = f"the image has axes {channel.axes}, but the registration {'ZYX'[-self.ndim :]}"
            raise ValueError(msg)
        planes = range(shape[0]) if len(shape) > self.ndim else [None]
        for t in range(channel.n_frames):
            for z in planes:
                registration = self.at(t, z)
                registration.mapping(shape[-self.ndim :])
                own = registration.spacing
                if spacing and own and not np.allclose(spacing[-self.ndim :], own, _SAME_SPACING):
                    msg = (
                        f"the image has voxels of {spacing} µm, but the registration was made "
                        f"with {own} µm; register images of one voxel size"
                    )
                    raise ValueError(msg)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able record; of a single registration its own."""
        if list(self.held) == [(None, None)] and not self.drift:
            return self.held[None, None].as_dict()
        records = [{"t": t, "z": z, **found.as_dict()} for (t, z), found in self.held.items()]
        return {"kind": _KIND, "drift": self.drift, "registrations": records}

    @classmethod
    def from_dict(cls, record: Any) -> Self:
        """Return the registrations of a record, or of that of a single one.

        Raises
        ------
        ValueError
            If it is none.
        """
        if not isinstance(record, dict) or record.get("kind") != _KIND:
            return cls({(None, None): Registration.from_dict(record)})
        try:
            held = {}
            for entry in record["registrations"]:
                values = dict(entry)
                place = values.pop("t"), values.pop("z")
                held[place] = Registration.from_dict(values)
            return cls(held, bool(record["drift"]))
        except (KeyError, TypeError) as error:
            msg = f"the registrations are damaged: {error}"
            raise ValueError(msg) from error

    def apply(self, channel: Channel, *, order: SplineOrder = 3, fill_nan: bool = False) -> Channel:
        """Return a channel moved as registered, frame by frame or plane by plane as it is read.

        Parameters
        ----------
        channel : Channel
        order : int
            Degree of the interpolating spline, from 0 (nearest pixel) to 5; see
            `Registration.apply`.
        fill_nan : bool
            Whether integers become floats that are NaN outside of the channel, as other floats
            are; else they are 0 there.

        Raises
        ------
        ValueError
            If the registrations do not fit the channel, or the channels are not registrable.
        """
        one_of("order", order, range(6))
        self.check(channel)
        return replace(channel, data=_Moved(channel, self, order, fill_nan=fill_nan))

    @property
    def interpolates(self) -> bool:
        """Whether pixels fall between pixels, so that a spline is needed."""
        return not all(found.mapping(found.shape).whole() for found in self.held.values())


def as_registrations(given: Registrations | Registration | str | Path) -> Registrations:
    """Return what was given, or the file that is named, as registrations."""
    if isinstance(given, Registrations):
        return given
    if isinstance(given, Registration):
        return Registrations({(None, None): given})
    if not isinstance(given, str | Path):
        msg = f"registration is {given!r}; a Registration or the file of a saved one is needed"
        raise TypeError(msg)
    return Registrations.load(given)


def registration_of_pair(
    given: Registrations | Registration | str | Path, channels: Sequence[Channel]
) -> Registrations:
    """Return what was given as the registration of two channels."""
    registrations = as_registrations(given)
    if registrations.drift:
        msg = "registration is the drift of one channel; one of channel 2 on channel 1 is needed"
        raise ValueError(msg)
    if len(channels) > 2:
        msg = f"registration is of one pair, but there are {len(channels)} channels; choose two"
        raise ValueError(msg)
    return registrations


class _Moved(Computed):
    """Data of a moved channel."""

    def __init__(
        self, channel: Channel, registrations: Registrations, order: SplineOrder, *, fill_nan: bool
    ) -> None:
        dtype = np.dtype(np.uint8) if channel.dtype == np.bool_ else channel.dtype
        ndim = registrations.ndim
        first = next(iter(registrations.held.values()))
        shape = (*channel.shape[:-ndim], *first.target(channel.shape[-ndim:]))
        super().__init__(shape, _real(dtype) if fill_nan else dtype, ndim)
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
