"""A map of two channels in its colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from covoxel.core.types import AnyArray, FloatArray
from covoxel.image.channel import Channel
from covoxel.report.channels import size_of
from covoxel.report.pictures import draw_scale_bar
from covoxel.report.theme import fixed_style

_WIDTH, _TALL, _LOW = 4.4, 1.4, 0.15


def middle_plane(frame: AnyArray) -> tuple[AnyArray, str]:
    """Return an image, or the middle plane of a stack; and which plane that is, in words."""
    if frame.ndim < 3:
        return frame, ""
    middle = len(frame) // 2
    return frame[middle], f", plane {middle} of {len(frame)}"


def map_figure(
    grid: Channel,
    plane: AnyArray,
    colormap: str,
    contrast_limits: tuple[float, float],
    arrows: FloatArray | None = None,
    length: float = 1.0,
) -> Figure:
    """Draw a plane of a map with its scale of colours and a scale bar; grey is undefined.

    `grid`: whose size the plane has.
    `colormap`: a colormap of matplotlib.
    `contrast_limits`: the values of its ends.
    `arrows`: where each begins, and its vector, (y, x) in pixels, (K, 2, 2).
    `length`: how many times as long arrows are drawn.
    """
    height, width = size = size_of(grid)
    with fixed_style():
        high = _WIDTH * min(max(height / width, _LOW), _TALL)
        figure = Figure(figsize=(_WIDTH + 0.8, high), layout="constrained")
        axes = figure.add_subplot()
        shown = axes.imshow(
            plane,
            cmap=colormaps[colormap].with_extremes(bad="#bbbbbb"),
            vmin=contrast_limits[0],
            vmax=contrast_limits[1],
            extent=(0, width, height, 0),
        )
        if arrows is not None:
            starts, steps = np.swapaxes(arrows, 0, 1)
            step = np.array(size) / np.shape(plane)
            (y, x), (dy, dx) = ((starts + 0.5) * step).T, (steps * step * length).T
            style: dict[str, Any] = {
                "angles": "xy",
                "scale_units": "xy",
                "scale": 1,
                "color": "white",
            }
            axes.quiver(x, y, dx, dy, edgecolor="black", linewidth=0.4, **style)
        axes.set_axis_off()
        draw_scale_bar(axes, size, microns=grid.spacing is not None)
        figure.colorbar(shown, ax=axes)
        figure.draw_without_rendering()
    return figure
