"""Two channels and their joint histogram in one figure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from covoxel.core.checks import same_shape
from covoxel.image.channel import Channel
from covoxel.intensity.histogram import JointHistogram
from covoxel.report.channels import caption, draw_channels, name_merge, size_of
from covoxel.report.density import density
from covoxel.report.scatter import density_axes, short_name
from covoxel.report.theme import fixed_style

#: Measures of the figure in inches: 160 mm wide, two columns of panels.
_WIDTH, _MARGIN, _GAP, _TITLE, _NOTES = 6.3, 0.08, 0.14, 0.24, 0.52
#: Room around the histogram's axes within its panel: left, bottom, right, top.
_AROUND = 0.56, 0.4, 0.6, 0.18
#: A picture is at most, and the histogram's panel at least, this many times as high as wide.
_TALL, _FLAT = 1.4, 0.65
#: The histogram itself is at most this many times as high as wide.
_UPRIGHT = 1.25
#: Columns of a results table that are quoted: what they are called, and how they are written.
_QUOTED = {
    "pearson": ("r", ".3f"),
    "tm1": ("tM1", ".3f"),
    "tm2": ("tM2", ".3f"),
    "pixels": ("pixels", ".0f"),
}


def pair_figure(
    channel1: Channel,
    channel2: Channel,
    histogram: JointHistogram,
    *,
    t: int = 0,
    z: int | None = None,
    outlined: Any = None,
    line: tuple[float, float] | None = None,
    threshold1: float | None = None,
    threshold2: float | None = None,
    row: Mapping[str, Any] | None = None,
) -> Figure:
    """Draw both channels in greys, their merge in magenta and green, and the histogram.

    Each channel is stretched by itself, from its 1st to its 99.8th percentile. Stacks are
    shown as maximum projections unless `z` is given, and read plane by plane.

    `channel1`, `channel2`: the channels, ``(T)(Z)YX``, on one grid.
    `histogram`: their joint histogram; all of its regions are shown together.
    `t`: time point shown, from 0.
    `z`: plane shown, from 0.
    `outlined`: mask or labels to outline, (Z, Y, X) or (Y, X).
    `line`: the regression line, in raw units.
    `threshold1`, `threshold2`: thresholds in raw units.
    `row`: a row of the results table, whose key numbers are quoted below.

    Returns
    -------
    matplotlib Figure
        160 mm wide; to be saved with `save_figure`.

    Raises
    ------
    ValueError
        If shapes differ, or there is no such time point or plane.

    Examples
    --------
    >>> from covoxel.intensity.histogram import joint_histogram
    >>> from covoxel.simulate import simulate_pair
    >>> pair = simulate_pair(shape=(64, 64), n_spots1=20)
    >>> channels = pair.channel1, pair.channel2
    >>> figure = pair_figure(*channels, joint_histogram(*channels), row={"pearson": 0.5})
    >>> [axes.get_title() for axes in figure.axes][:3]
    ['Channel 1', 'Channel 2', '']
    """
    same_shape("channel1", channel1.shape, "channel2", channel2.shape)
    planes = channel1.spatial_shape[0] if len(channel1.spatial_shape) == 3 else 1
    _within("t", t, channel1.n_frames)
    if z is not None:
        _within("z", z, planes)
    size = size_of(channel1)
    names = short_name(channel1.name or "channel 1"), short_name(channel2.name or "channel 2")
    with fixed_style():
        figure, first, second, merge, scatter, bar = _panels(size)
        pair = channel1, channel2
        draw_channels((first, second, merge), pair, names, t=t, z=z, outlined=outlined)
        name_merge(figure, merge, names)
        artists = density_axes(
            scatter,
            density(histogram, region=None),
            line=line,
            threshold1=threshold1,
            threshold2=threshold2,
            names=names,
        )
        figure.colorbar(artists.image, cax=bar)
        bar.set_title("pixels", size=7)
        left = _MARGIN / _WIDTH
        figure.text(left, 0.28 / figure.get_figheight(), _quoted(row or {}))
        note = caption(channel1, t, z)
        figure.text(left, 0.1 / figure.get_figheight(), note, size=7, color="#666666")
    return figure


def _panels(size: tuple[float, float]) -> tuple[Figure, Axes, Axes, Axes, Axes, Axes]:
    """Return a figure with axes for three pictures, the histogram and its colour bar."""
    width = (_WIDTH - 2 * _MARGIN - _GAP) / 2
    height = width * min(size[0] / size[1], _TALL)
    lower = max(height, _FLAT * width)
    total = _NOTES + lower + height + 2 * _TITLE + _GAP
    figure = Figure(figsize=(_WIDTH, total))

    def axes(left: float, bottom: float, wide: float, high: float) -> Axes:
        place = left / _WIDTH, bottom / total, wide / _WIDTH, high / total
        return figure.add_axes(place, anchor="N")

    right, upper = _MARGIN + width + _GAP, _NOTES + lower + _TITLE + _GAP
    left, below, beside, above = _AROUND
    wide = width - left - beside
    high = min(lower + _TITLE - below - above, _UPRIGHT * wide)
    bottom = _NOTES + lower + _TITLE - above - high
    return (
        figure,
        axes(_MARGIN, upper, width, height),
        axes(right, upper, width, height),
        axes(_MARGIN, _NOTES + lower - height, width, height),
        axes(right + left, bottom, wide, high),
        axes(right + left + wide + 0.24, bottom, 0.08, high),
    )


def _within(name: str, index: int, count: int) -> None:
    if not 0 <= index < count:
        msg = f"{name} is {index}; allowed are 0 to {count - 1}"
        raise ValueError(msg)


def _quoted(row: Mapping[str, Any]) -> str:
    """Return the key numbers of a row of results, r with its interval and M with its chance."""
    parts = []
    for column, (name, style) in _QUOTED.items():
        if row.get(column) is None:
            continue
        low, high, chance = (row.get(f"{column}_{end}") for end in ("low", "high", "chance"))
        text = format(row[column], style) if math.isfinite(row[column]) else "undefined"
        if chance is not None and math.isfinite(chance):
            text += f" (chance {chance:.2f})"
        elif low is not None and math.isfinite(low):
            text += f" ({low:.2f} to {high:.2f})"
        parts.append(f"{name} = {text}")
    return "   ".join(parts)
