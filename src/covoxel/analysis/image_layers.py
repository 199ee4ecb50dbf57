"""Channels, also moved ones, as image layers of napari."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.result import LayerData
from covoxel.core.types import AnyArray, FloatArray, Progress
from covoxel.image.channel import Channel

if TYPE_CHECKING:
    from covoxel.analysis.registrations import Registrations


def image_layer(channel: Channel, **look: Any) -> LayerData:
    """Return a channel as layer data, with its axes, voxel size and time step."""
    attributes = {"name": channel.name, **placed(channel)}
    return np.asarray(channel.data), attributes | look, "image"


def placed(channel: Channel) -> dict[str, Any]:
    """Return scale, units and axis labels of layers that lie on a channel."""
    sizes: dict[str, tuple[float, str]] = dict.fromkeys(channel.axes, (1.0, "pixel"))
    if channel.spacing is not None:
        sizes |= {
            axis: (step, "um")
            for axis, step in zip(channel.spatial_axes, channel.spacing, strict=True)
        }
    if "T" in sizes and channel.time_step is not None:
        sizes["T"] = channel.time_step, "second"
    return {
        "scale": tuple(size for size, _ in sizes.values()),
        "units": tuple(unit for _, unit in sizes.values()),
        "axis_labels": tuple(channel.axes.lower()),
    }


def symmetric_look(values: AnyArray, beyond: float = 0.0) -> dict[str, Any]:
    """Return colours with 0 in the middle; a share of the pixels may be `beyond` the last ones."""
    known = np.abs(values[np.isfinite(values)])
    largest = (np.quantile(known, 1 - beyond), known.max()) if known.size else ()
    limit = next((float(one) for one in largest if one > 0), 1.0)
    return {"colormap": "PiYG", "contrast_limits": (-limit, limit)}


def rings_look(size: float, drawn: tuple[int, int], color: Any = "white") -> dict[str, Any]:
    """Return the look of points as rings, which hide nothing; `drawn` bounds their pixels seen."""
    return {
        "size": size,
        "canvas_size_limits": drawn,
        "face_color": "transparent",
        "border_color": color,
        "border_width": 0.2,
    }


def place_of(channel: Channel, t: int | None, z: int | None) -> FloatArray:
    """Return where the first pixel of a time point and plane lies, in pixels of a channel."""
    place = np.zeros(len(channel.axes))
    for axis, index in (("T", t), ("Z", z)):
        if axis in channel.axes and index is not None:
            place[channel.axes.index(axis)] = index
    return place


def moved_layers(
    channels: Sequence[Channel], registrations: Registrations, progress: Progress | None = None
) -> list[LayerData]:
    """Return channels, moved as registered, as layer data."""
    suffix = "drift corrected" if registrations.drift else "registered"
    total, done, layers = sum(channel.n_frames for channel in channels), 0, []
    for channel in channels:
        moved = registrations.apply(channel)
        data = np.empty(moved.shape, moved.dtype)
        for t in range(moved.n_frames):
            if progress is not None:
                progress(done, total)
            (data[t] if "T" in moved.axes else data)[...] = moved.read(t)
            done += 1
        layers.append(image_layer(replace(moved, data=data), name=f"{channel.name} {suffix}"))
    return layers
