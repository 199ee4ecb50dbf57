"""Channels as pictures side by side, in greys and merged, and a map in its colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from covoxel.core.types import AnyArray, FloatArray
from covoxel.image.channel import Channel
from covoxel.report.pictures import (
    CONTRAST,
    draw_outline,
    draw_scale_bar,
    outline,
    picture,
    show_grey,
    show_merge,
    stretched,
)
from covoxel.report.scatter import short_name
from covoxel.report.theme import LIGHT, fixed_style, literal

#: Width of a figure in inches, 160 mm; room between its pictures, for titles and for the note.
_WIDTH, _GAP, _TITLE, _NOTE = 6.3, 0.1, 0.24, 0.26
_COLUMNS, _TALL = 3, 2.0


def draw_channels(
    panels: Sequence[Axes],
    channels: Sequence[Channel],
    names: Sequence[str],
    *,
    t: int = 0,
    z: int | None = None,
    outlined: Any = None,
) -> None:
    """Draw each channel in greys, and, of two, their merge with a scale bar into the last axes."""
    sizes = [size_of(channel) for channel in channels]
    greys = [stretched(picture(channel, t=t, z=z)) for channel in channels]
    for axes, grey, name, size in zip(panels, greys, names, sizes, strict=False):
        show_grey(axes, grey, size)
        axes.set_title(literal(name))
    if len(panels) > len(channels):
        show_merge(panels[-1], greys[0], greys[1], sizes[0])
    if outlined is not None:
        inside = outline(outlined, channels[0].spatial_shape, z=z)
        for axes in panels:
            draw_outline(axes, inside, sizes[0])
    draw_scale_bar(panels[-1], sizes[-1], microns=channels[0].spacing is not None)


def channels_figure(
    channels: Sequence[Channel], *, t: int = 0, z: int | None = None, outlined: Any = None
) -> Figure:
    """Draw channels in rows of three pictures; with two of one size goes their merge.

    `channels`: ``(T)(Z)YX``.
    `t`: time point, from 0.
    `z`: plane, from 0; stacks are shown as maximum projections without it.
    `outlined`: mask or labels to outline, (Z, Y, X) or (Y, X).

    Returns
    -------
    matplotlib Figure
        160 mm wide.

    Examples
    --------
    >>> from covoxel.simulate import simulate_pair
    >>> pair = simulate_pair(shape=(64, 64), n_spots1=20)
    >>> figure = channels_figure([pair.channel1, pair.channel2])
    >>> [axes.get_title() for axes in figure.axes]
    ['Channel 1', 'Channel 2', '']
    """
    merged = len(channels) == 2 and channels[0].shape == channels[1].shape
    n = len(channels) + merged
    lines = -(-n // _COLUMNS)
    tall = max(height / width for height, width in map(size_of, channels))
    wide = (_WIDTH - _GAP * (_COLUMNS - 1)) / _COLUMNS
    high = wide * min(tall, _TALL)
    total = lines * (high + _TITLE) + _NOTE
    with fixed_style():
        figure = Figure(figsize=(_WIDTH, total))
        panels = []
        for place in range(n):
            line, column = divmod(place, _COLUMNS)
            bottom = total - (line + 1) * (high + _TITLE)
            left = column * (wide + _GAP)
            box = (left / _WIDTH, bottom / total, wide / _WIDTH, high / total)
            panels.append(figure.add_axes(box, anchor="N"))
        names = [short_name(channel.name) for channel in channels]
        draw_channels(panels, channels, names, t=t, z=z, outlined=outlined)
        if merged:
            name_merge(figure, panels[-1], names)
        note = caption(channels[0], t, z)
        figure.text(0.005, 0.08 / total, note, size=7, color="#666666")
    return figure


def name_merge(figure: Figure, merge: Axes, names: Sequence[str]) -> None:
    """Write the names of two channels in their colours over their merge, side by side."""
    panel = merge.get_position(original=True)
    height = panel.y1 + 0.08 / figure.get_figheight()
    middle, half_gap = (panel.x0 + panel.x1) / 2, 0.05 / figure.get_figwidth()
    first, second = map(literal, names)
    figure.text(middle - half_gap, height, first, color=LIGHT.channel1, ha="right")
    figure.text(middle + half_gap, height, second, color=LIGHT.channel2, ha="left")


def size_of(channel: Channel) -> tuple[float, float]:
    """Return height and width of a plane, in µm or pixels."""
    height, width = (1, *channel.spatial_shape)[-2:]
    y, x = (1.0, 1.0) if channel.spacing is None else (channel.spacing[0], *channel.spacing)[-2:]
    return height * y, width * x


def caption(channel: Channel, t: int, z: int | None) -> str:
    """Return what pictures show of the data, and how."""
    planes = channel.spatial_shape[0] if len(channel.spatial_shape) == 3 else 1
    frames = channel.n_frames
    parts = [f"time point {t} of {frames}, counted from 0"] if frames > 1 else []
    if planes > 1 and z is None:
        parts.append(f"maximum projection of {planes} planes")
    elif planes > 1:
        parts.append(f"plane {z} of {planes}, counted from 0")
    parts.append(f"grey levels from the {CONTRAST[0]:g}st to the {CONTRAST[1]:g}th percentile")
    return f"Pictures: {'; '.join(parts)}."


#: Width of a map in inches, without its scale; how many times as tall as wide it is at most, and at
#: least.
_MAP_WIDTH, _TALLEST, _LOWEST = 4.4, 1.4, 0.15


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
        high = _MAP_WIDTH * min(max(height / width, _LOWEST), _TALLEST)
        figure = Figure(figsize=(_MAP_WIDTH + 0.8, high), layout="constrained")
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
