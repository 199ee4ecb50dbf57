"""What a user hands over, checked and made into channels, and pairs of their frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

import numpy as np

from covoxel.core.checks import same_shape
from covoxel.core.files import distinct_names
from covoxel.core.types import BoolArray, Progress
from covoxel.image.channel import Channel, Slices, as_channel, frame_slices
from covoxel.image.placement import same_placement
from covoxel.image.regions import Regions


def checked_channels(
    images: Sequence[Any],
    axes: str | None,
    spacing: Sequence[float] | None,
    *,
    one_size: bool = True,
) -> list[Channel]:
    """Return images as channels of one grid, with names that differ.

    With `one_size` False their frames may differ in size, as those of a field and of a crop do.
    """
    channels = [as_channel(image, axes=axes, spacing=spacing) for image in images]
    first = channels[0]
    for i, channel in enumerate(channels, start=1):
        if one_size or channel.axes != first.axes or channel.n_frames != first.n_frames:
            same_shape("image1", first.shape, f"image{i}", channel.shape)
        same_placement(f"of image1 and image{i}", images[0], images[i - 1])
        if channel.axes != first.axes:
            msg = f"image1 has axes {first.axes}, but image{i} {channel.axes}"
            raise ValueError(msg)
        if not _close(channel.spacing, first.spacing):
            msg = (
                f"image1 has voxels of {first.spacing} µm, but image{i} of {channel.spacing}; "
                "resample one of them, or pass spacing= if the grids are the same"
            )
            raise ValueError(msg)
    return named_channels(channels)


def named_channels(channels: Sequence[Channel]) -> list[Channel]:
    """Return channels with names that differ."""
    named: list[Channel] = []
    for i, channel in enumerate(channels, start=1):
        name = channel.name or f"channel {i}"
        if any(name == other.name for other in named):
            name = f"{name} ({i})"
        named.append(as_channel(channel, name=name))
    return named


def origin_of(*channels: Channel) -> dict[str, Any]:
    """Return the columns that say where channels were read from."""
    sources = [channel.source for channel in channels]
    files = distinct_names([source.path for source in sources if source is not None])
    series = 0 if sources[0] is None else sources[0].series
    return {"file": " + ".join(files.values()), "series": series}


def _close(one: Sequence[float] | None, other: Sequence[float] | None) -> bool:
    if one is None or other is None:
        return True
    return bool(np.allclose(one, other, rtol=1e-4, atol=0))


def frames_of(channel: Channel, t: int | None, *, pool_time: bool) -> list[tuple[int, ...]]:
    """Return the groups of time points that make a row each."""
    every = tuple(range(channel.n_frames))
    if t is not None:
        return [(_place("t", t, "time points", channel.n_frames),)]
    return [every] if pool_time else [(frame,) for frame in every]


def planes_of(channel: Channel, z: int | None, *, per_plane: bool) -> list[int | None]:
    """Return the planes that make a row each; None takes all together."""
    if "Z" not in channel.axes:
        if z is None:
            return [None]
        msg = f"z is {z}, but the image has no planes (axes {channel.axes})"
        raise ValueError(msg)
    depth = channel.spatial_shape[0]
    if z is not None:
        return [_place("z", z, "planes", depth)]
    return list(range(depth)) if per_plane else [None]


def _place(name: str, given: int, what: str, size: int) -> int:
    if not (isinstance(given, int | np.integer) and 0 <= given < size):
        msg = f"{name} is {given}; {what} run from 0 to {size - 1}"
        raise ValueError(msg)
    return int(given)


@dataclass(frozen=True, slots=True, eq=False)
class FramePair:
    """A frame of two channels, or one plane of it.

    ``reference`` is the time point of channel 1, ``t`` that of channel 2; they differ where the
    drift of a channel is searched for. ``progress`` takes the steps of this frame; ``regions`` are
    those that `masks` returns.
    """

    channel1: Channel
    channel2: Channel
    t: int
    reference: int
    z: int | None
    progress: Progress | None = None
    regions: Regions = field(default_factory=Regions)

    @property
    def axes(self) -> str:
        """The axes, out of ``"ZYX"``."""
        axes = self.channel1.spatial_axes
        return axes if self.z is None else axes[1:]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of pixels of channel 1 along each axis."""
        return self.channel1.spatial_shape[-len(self.axes) :]

    def where(self, channel: Channel) -> Slices:
        """Return the slices of a channel that are read."""
        return frame_slices(channel.spatial_shape, self.z)

    def images(self) -> tuple[Channel, Channel]:
        """Read both channels."""
        return self._read(self.channel1, self.reference), self._read(self.channel2, self.t)

    def _read(self, channel: Channel, t: int) -> Channel:
        shape = channel.spatial_shape[-len(self.axes) :]
        data = channel.read(t, self.where(channel)).reshape(shape)
        spacing = channel.spacing and channel.spacing[-len(self.axes) :]
        return Channel(data, self.axes, spacing, name=channel.name)

    def masks(self) -> dict[str, Any]:
        """Return the masks, by the names that `covoxel.registration.register` gives them."""
        masks = {"mask2": self._mask(self.t)}
        if self.channel1.spatial_shape != self.channel2.spatial_shape:
            masks = {"mask1": masks["mask2"]}
        elif self.t == self.reference:
            masks = {"mask": masks["mask2"]}
        else:
            masks["mask1"] = self._mask(self.reference)
        return {name: mask for name, mask in masks.items() if mask is not None}

    def _mask(self, t: int) -> BoolArray | None:
        (region,) = self.regions.passes(self.channel1, (t,))
        inside = region.raw(t, self.where(self.channel1))
        if inside is None:
            return None
        flat = np.asarray(inside, np.bool_)
        return np.broadcast_to(flat, (*self._planes(), *self.shape[-2:])).reshape(self.shape)

    def _planes(self) -> tuple[int, ...]:
        return (1,) if self.z is not None else self.shape[:-2]

    def identity(self) -> dict[str, Any]:
        """Return the columns that identify a row."""
        return {
            **origin_of(self.channel1, self.channel2),
            "channel1": self.channel1.name,
            "channel2": self.channel2.name,
            "t": self.t,
            "z": self.z,
        }


def frame_pairs(
    channels: Sequence[Channel],
    *,
    t: int | None,
    z: int | None,
    per_plane: bool,
    drift: bool = False,
) -> Iterator[FramePair]:
    """Yield the frames of every pair of channels, or of one channel with its first time point."""
    grid = channels[0]
    frames = [group[0] for group in frames_of(grid, t, pool_time=False)]
    if drift and grid.n_frames < 2:
        msg = f"drift is on, but the image has one time point (axes {grid.axes})"
        raise ValueError(msg)
    pairs = [(grid, grid)] if drift else list(combinations(channels, 2))
    for (one, other), frame, plane in product(
        pairs, frames, planes_of(grid, z, per_plane=per_plane)
    ):
        yield FramePair(one, other, frame, 0 if drift else frame, plane)
