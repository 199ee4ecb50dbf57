"""What a user hands over, checked and made into channels, frames and regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel._checks import same_shape
from covoxel.analysis.options import Settings
from covoxel.analysis.shapes import shape_passes
from covoxel.channel import Channel, as_channel
from covoxel.intensity.blocks import Region, as_region
from covoxel.thresholds.rolling import without_rolling_ball

#: What places a napari layer in the world.
_PLACEMENT = ("scale", "translate", "rotate", "shear", "affine")


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """The mask, labels or shapes that were given, for channels of one grid."""

    mask: Any
    labels: Any
    shapes: Any

    def passes(self, channel: Channel, frames: Sequence[int]) -> list[Region]:
        """Return the regions of frames; more than one only where shapes overlap."""
        if self.shapes is not None:
            return shape_passes(self.shapes, channel.spatial_shape)
        shape, n_frames = channel.spatial_shape, channel.n_frames
        return [as_region(self.mask, self.labels, shape, n_frames=n_frames, frames=frames)]


def checked_channels(
    images: Sequence[Any], axes: str | None, spacing: Sequence[float] | None
) -> list[Channel]:
    """Return images as channels of one grid, with names that differ.

    Raises
    ------
    ValueError
        If shapes, axes, voxel sizes or the placement of layers differ.
    """
    for i, image in enumerate(images[1:], start=2):
        _same_placement(images[0], image, i)
    channels = [as_channel(image, axes=axes, spacing=spacing) for image in images]
    first = channels[0]
    named = []
    for i, channel in enumerate(channels, start=1):
        same_shape("image1", first.shape, f"image{i}", channel.shape)
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


def _same_placement(first: Any, other: Any, number: int) -> None:
    """Refuse napari layers that lie in different places of the world."""
    for name in _PLACEMENT:
        if not (hasattr(first, name) and hasattr(other, name)):
            continue
        one, two = (np.asarray(getattr(image, name), np.float64) for image in (first, other))
        if one.shape != two.shape or not np.allclose(one, two, rtol=1e-4, atol=1e-9):
            msg = (
                f"the layers of image1 and image{number} differ in their {name}; "
                "pixels would be paired that do not lie on each other: resample one of them"
            )
            raise ValueError(msg)


def frames_of(channel: Channel, t: int | None, *, pool_time: bool) -> list[tuple[int, ...]]:
    """Return the groups of time points that make a row each."""
    every = tuple(range(channel.n_frames))
    if t is not None:
        if not 0 <= t < channel.n_frames:
            msg = f"t is {t}; time points run from 0 to {channel.n_frames - 1}"
            raise ValueError(msg)
        return [(t,)]
    return [every] if pool_time else [(frame,) for frame in every]


def planes_of(channel: Channel, z: int | None, *, per_z: bool) -> list[int | None]:
    """Return the planes that make a row each; None takes all together."""
    if z is None and not per_z:
        return [None]
    if len(channel.spatial_shape) < 3 or "Z" not in channel.axes:
        if z in (None, 0):
            return [None]
        msg = f"z is {z}, but the image has no planes (axes {channel.axes})"
        raise ValueError(msg)
    depth = channel.spatial_shape[0]
    if z is None:
        return list(range(depth))
    if not 0 <= z < depth:
        msg = f"z is {z}; planes run from 0 to {depth - 1}"
        raise ValueError(msg)
    return [z]


def without_background_filter(channel: Channel, settings: Settings, number: int) -> Channel:
    """Return a channel less its rolling-ball background, if that is asked for."""
    spec = settings.background[number - 1]
    if spec.kind != "rolling":
        return channel
    return without_rolling_ball(channel, spec.number)
