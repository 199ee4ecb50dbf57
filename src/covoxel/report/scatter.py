"""The joint histogram as a picture: density, regression line and thresholds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, to_rgb
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from covoxel.report.density import Density
from covoxel.report.theme import LIGHT, Theme, literal

#: Longer names are cut short.
_NAME = 22
#: A label this near an end of the axes, as a share of them, is pushed inwards.
_NEAR = 0.15
#: How opaque a highlighted bin with a single pixel is.
_FAINTEST = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class HistogramArtists:
    """What was drawn, so that a widget can move it."""

    #: The density on a logarithmic scale, for a colour bar.
    image: AxesImage
    #: None where there is nothing to draw.
    line: Line2D | None
    threshold1: Line2D | None
    threshold2: Line2D | None
    #: The values of the thresholds, outside the axes above and beside their lines.
    label1: Text | None
    label2: Text | None


def density_axes(
    axes: Axes,
    binned: Density,
    *,
    line: tuple[float, float] | None = None,
    threshold1: float | None = None,
    threshold2: float | None = None,
    names: tuple[str, str] = ("channel 1", "channel 2"),
    theme: Theme = LIGHT,
) -> HistogramArtists:
    """Draw a joint histogram into axes: intensity 1 to the right, intensity 2 upwards.

    `axes`: where to draw. Its place and size are left alone.
    `binned`: what to draw.
    `line`: the regression line, in raw units.
    `threshold1`, `threshold2`: thresholds in raw units. What is None or NaN is not drawn.
    `names`: names of the channels.
    `theme`: colours.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from covoxel.intensity.histogram import joint_histogram
    >>> from covoxel.report.density import density
    >>> image = np.arange(12).reshape(3, 4)
    >>> binned = density(joint_histogram(image, image))
    >>> artists = density_axes(Figure().add_subplot(), binned, threshold1=5)
    >>> artists.label1.get_text(), artists.threshold2
    ('T1 = 5', None)
    """
    image = _draw_density(axes, binned, theme)
    _limit(axes, binned, threshold1, threshold2)
    axes.set_xlabel(f"intensity of {literal(names[0])}", color=theme.ink)
    axes.set_ylabel(f"intensity of {literal(names[1])}", color=theme.ink)
    axes.set_facecolor(theme.background)
    axes.tick_params(colors=theme.ink)
    axes.spines[:].set_color(theme.ink)
    vertical, label1 = _threshold(axes, 1, threshold1, theme)
    horizontal, label2 = _threshold(axes, 2, threshold2, theme)
    regression = _regression(axes, line, theme)
    return HistogramArtists(image, regression, vertical, horizontal, label1, label2)


def short_name(name: str) -> str:
    """Return a channel's name, without the begin, as of a file, where it would leave the figure."""
    return name if len(name) <= _NAME else f"…{name[1 - _NAME :]}"


def _draw_density(axes: Axes, binned: Density, theme: Theme) -> AxesImage:
    counts = np.ma.masked_equal(binned.counts.T, 0)
    return axes.imshow(
        counts,
        interpolation="nearest",
        norm=LogNorm(1, max(10, int(binned.counts.max()))),
        cmap=theme.density_colormap(),
        **_place(binned),
    )


def _place(binned: Density) -> dict[str, Any]:
    """Return where and how the bins lie in axes."""
    extent = binned.edges1[0], binned.edges1[-1], binned.edges2[0], binned.edges2[-1]
    return {"origin": "lower", "extent": extent, "aspect": "auto"}


def _limit(axes: Axes, binned: Density, *thresholds: float | None) -> None:
    """Set limits that show all pixels and both thresholds, with a little room around."""
    limits = []
    for edges, threshold in zip((binned.edges1, binned.edges2), thresholds, strict=True):
        shown = [edges[0], edges[-1], np.nan if threshold is None else threshold]
        low, high = np.nanmin(shown), np.nanmax(shown)
        room = 0.02 * (high - low)
        limits.append((low - room, high + room))
    axes.set(xlim=limits[0], ylim=limits[1])


def _threshold(
    axes: Axes, channel: int, value: float | None, theme: Theme
) -> tuple[Line2D | None, Text | None]:
    if value is None or not math.isfinite(value):
        return None, None
    return draw_threshold(axes, channel, value, theme)


def draw_threshold(axes: Axes, channel: int, value: float, theme: Theme) -> tuple[Line2D, Text]:
    """Draw the threshold of channel 1 upright or that of channel 2 level; return line, label."""
    if channel == 1:
        line = axes.axvline(value, color=theme.channel1, linestyle=(0, (5, 2)), **_over(theme))
        label = axes.text(value, 1.01, "", va="bottom", color=theme.channel1)
        label.set_transform(axes.get_xaxis_transform())
    else:
        line = axes.axhline(value, color=theme.channel2, linestyle=(0, (2, 1.5)), **_over(theme))
        label = axes.text(1.01, value, "", rotation=270, color=theme.channel2)
        label.set_transform(axes.get_yaxis_transform())
    move_threshold(channel, value, line, label)
    return line, label


def move_threshold(channel: int, value: float, line: Line2D, label: Text) -> None:
    """Move a threshold that was drawn by `draw_threshold`; its label stays beside the axes."""
    label.set_text(f"T{channel} = {value:.5g}")
    axes = line.axes
    assert axes is not None
    low, high = axes.get_xlim() if channel == 1 else axes.get_ylim()
    share = (value - low) / (high - low)
    end = 0 if share < _NEAR else 2 if share > 1 - _NEAR else 1
    if channel == 1:
        line.set_xdata([value, value])
        label.set_x(value)
        label.set_horizontalalignment(("left", "center", "right")[end])
    else:
        line.set_ydata([value, value])
        label.set_y(value)
        label.set_verticalalignment(("bottom", "center", "top")[end])


def draw_highlight(axes: Axes, binned: Density, theme: Theme) -> AxesImage:
    """Draw a density over another one in the accent colour, the fuller the more opaque."""
    shade = np.log1p(binned.counts.T)
    rgba = np.empty((*shade.shape, 4))
    rgba[..., :3] = to_rgb(theme.accent)
    rgba[..., 3] = np.where(shade > 0, _FAINTEST + (1 - _FAINTEST) * shade / max(shade.max(), 1), 0)
    return axes.imshow(rgba, interpolation="nearest", **_place(binned))


def _regression(axes: Axes, line: tuple[float, float] | None, theme: Theme) -> Line2D | None:
    if line is None or not all(math.isfinite(number) for number in line):
        return None
    slope, intercept = line
    ends = np.array(axes.get_xlim())
    drawn = Line2D(ends, slope * ends + intercept, color=theme.line, **_over(theme))
    axes.add_artist(drawn)
    return drawn


def _over(theme: Theme) -> dict[str, Any]:
    """Return how lines are drawn so that they stand out from the darkest density."""
    return {
        "linewidth": 1,
        "path_effects": [withStroke(linewidth=2.2, foreground=theme.background)],
    }
