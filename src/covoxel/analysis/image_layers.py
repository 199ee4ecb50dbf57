"""Channels as image layers of napari."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel.analysis.result import LayerData
from covoxel.image.channel import Channel


def image_layer(channel: Channel, **look: Any) -> LayerData:
    """Return a channel as layer data, with its axes, voxel size and time step.

    Parameters
    ----------
    channel : Channel
    **look
        Further attributes of the layer, such as ``colormap``.
    """
    sizes: dict[str, tuple[float, str]] = dict.fromkeys(channel.axes, (1.0, "pixel"))
    if channel.spacing is not None:
        sizes |= {
            axis: (step, "um")
            for axis, step in zip(channel.spatial_axes, channel.spacing, strict=True)
        }
    if "T" in sizes and channel.time_step is not None:
        sizes["T"] = channel.time_step, "second"
    attributes = {
        "name": channel.name,
        "scale": tuple(size for size, _ in sizes.values()),
        "units": tuple(unit for _, unit in sizes.values()),
        "axis_labels": tuple(channel.axes.lower()),
    }
    return np.asarray(channel.data), attributes | look, "image"
