"""What a user hands over, checked and made into channels, frames and regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from covoxel._checks import same_shape
from covoxel.analysis.shapes import shape_passes
from covoxel.channel import Channel, as_channel
from covoxel.intensity.blocks import Region, as_region
from covoxel.thresholds.rolling import without_rolling_ball
from covoxel.thresholds.spec import Spec

#: What places a napari layer in the world.
_PLACEMENT = ("scale", "translate", "rotate", "shear", "affine")


class Regions:
    """The mask, labels or shapes that were given, for channels of one grid."""

    def __init__(self, mask: Any = None, labels: Any = None, shapes: Any = None) -> None:
        if sum(given is not None for given in (mask, labels, shapes)) > 1:
            msg = "of mask, labels and shapes only one can be given"
            raise ValueError(msg)
        self._mask, self._labels, self._shapes = mask, labels, shapes
        self._lasting: list[Region] | None = None

    def passes(self, channel: Channel, frames: Sequence[int]) -> list[Region]:
        """Return the regions of frames; more than one only where shapes overlap."""
        if self._lasting is not None:
            return self._lasting
        shape, n_frames = channel.spatial_shape, channel.n_frames
        if self._shapes is not None:
            found = shape_passes(self._shapes, shape)
        else:
            region = as_region(self._mask, self._labels, shape, n_frames=n_frames, frames=frames)
            found = [region]
        if not any(region.timed for region in found):
            self._lasting = found
        return found

    def same_placement(self, layer: Any) -> None:
        """Refuse a mask or labels layer that lies elsewhere than an image layer."""
        for name, given in (("mask", self._mask), ("labels", self._labels)):
            same_placement(f"of image1 and {name}", layer, given)


def checked_channels(
    images: Sequence[Any], axes: str | None, spacing: Sequence[float] | None
) -> list[Channel]:
    """Return images as channels of one grid, with names that differ.

    Raises
    ------
    ValueError
        If shapes, axes, voxel sizes or the placement of layers differ.
    """
    channels = [as_channel(image, axes=axes, spacing=spacing) for image in images]
    first = channels[0]
    named: list[Channel] = []
    for i, channel in enumerate(channels, start=1):
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
        name = channel.name or f"channel {i}"
        if any(name == other.name for other in named):
            name = f"{name} ({i})"
        named.append(as_channel(channel, name=name))
    return named


def _close(one: Sequence[float] | None, other: Sequence[float] | None) -> bool:
    if one is None or other is None:
        return True
    return bool(np.allclose(one, other, rtol=1e-4, atol=0))


def same_placement(layers: str, one: Any, other: Any) -> None:
    """Refuse napari layers that lie in different places of the world, axis by axis from the last.

    What is no layer lies where it is put. `layers` names both in the message.
    """
    for what in _PLACEMENT:
        if not (hasattr(one, what) and hasattr(other, what)):
            continue
        own, their = (np.asarray(getattr(layer, what), np.float64) for layer in (one, other))
        n = min(len(own), len(their))
        own, their = (place[(slice(len(place) - n, None),) * place.ndim] for place in (own, their))
        if not np.allclose(own, their, rtol=1e-4, atol=1e-9):
            msg = (
                f"the layers {layers} differ in their {what}; "
                "pixels would be paired that do not lie on each other: resample one of them"
            )
            raise ValueError(msg)


def frames_of(channel: Channel, t: int | None, *, pool_time: bool) -> list[tuple[int, ...]]:
    """Return the groups of time points that make a row each."""
    every = tuple(range(channel.n_frames))
    if t is not None:
        return [(_place("t", t, "time points", channel.n_frames),)]
    return [every] if pool_time else [(frame,) for frame in every]


def planes_of(channel: Channel, z: int | None, *, per_z: bool) -> list[int | None]:
    """Return the planes that make a row each; None takes all together."""
    if "Z" not in channel.axes:
        if z is None:
            return [None]
        msg = f"z is {z}, but the image has no planes (axes {channel.axes})"
        raise ValueError(msg)
    depth = channel.spatial_shape[0]
    if z is not None:
        return [_place("z", z, "planes", depth)]
    return list(range(depth)) if per_z else [None]


def _place(name: str, given: int, what: str, size: int) -> int:
    if not (isinstance(given, int | np.integer) and 0 <= given < size):
        msg = f"{name} is {given}; {what} run from 0 to {size - 1}"
        raise ValueError(msg)
    return int(given)


def filtered(channel: Channel, background: Spec) -> Channel:
    """Return a channel less its rolling-ball background, if that is what is asked for."""
    if background.kind != "rolling":
        return channel
    return without_rolling_ball(channel, background.number)
