"""What a user hands over, checked and made into channels, frames and regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from covoxel.core.checks import same_shape
from covoxel.core.files import distinct_names
from covoxel.image.channel import Channel, as_channel
from covoxel.image.placement import same_placement
from covoxel.thresholds.rolling import without_rolling_ball
from covoxel.thresholds.spec import Spec


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
    files = distinct_names(source.path for source in sources if source is not None)
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


def filtered(channel: Channel, background: Spec) -> Channel:
    """Return a channel less its rolling-ball background, if there is one."""
    if background.kind != "rolling":
        return channel
    return without_rolling_ball(channel, background.number)
