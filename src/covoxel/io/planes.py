"""Channels as writers of files need them: planes in an order, and steps by axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from covoxel.core.types import AnyArray
from covoxel.image.channel import Channel


def planes(channels: Sequence[Channel]) -> Iterator[AnyArray]:
    """Yield the planes of channels, read one at a time, in the order T Z C."""
    first = channels[0]
    depth = first.spatial_shape[0] if len(first.spatial_shape) > 2 else 0
    for t in range(first.n_frames):
        for z in range(depth or 1):
            plane = (slice(z, z + 1),) if depth else ()
            for channel in channels:
                yield channel.read(t, plane).reshape(first.shape[-2:])


def steps(channel: Channel) -> dict[str, float]:
    """Return the voxel size in µm by axis, nothing where it is unknown."""
    if channel.spacing is None:
        return {}
    return dict(zip(channel.spatial_axes, channel.spacing, strict=True))
