"""The frames of two channels, or planes of them, that are analysed one pair at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

import numpy as np

from covoxel.analysis.channels import frames_of, origin_of, planes_of
from covoxel.core.types import BoolArray, Progress
from covoxel.image.channel import Channel, Slices, frame_slices
from covoxel.image.regions import Regions


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
