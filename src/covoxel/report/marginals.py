"""Histograms of the intensities of both channels, with their thresholds."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from covoxel.report.density import Density
from covoxel.report.theme import LIGHT, Theme

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
#: Of the thresholds of both channels, as in the joint histogram.
_DASHES = (0, (5, 2)), (0, (2, 1.5))


def marginal_axes(
    axes: Axes,
    binned: Density,
    thresholds: Sequence[float],
    names: Sequence[str] = ("channel 1", "channel 2"),
    theme: Theme = LIGHT,
) -> None:
    """Draw how many pixels have which intensity, for both channels.

    `binned`: the joint histogram, of which each channel is summed over the other.
    `thresholds`: drawn upright; NaN is none.
    `names`: of the channels, for the legend.
    `theme`: colours.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> binned = Density(np.ones((2, 3), int), np.arange(3.0), np.arange(4.0))
    >>> axes = Figure().add_subplot()
    >>> marginal_axes(axes, binned, (1.0, math.nan))
    >>> [len(axes.patches), len(axes.lines)]
    [2, 1]
    """
    sides = (
        (binned.counts.sum(axis=1), binned.edges1, theme.channel1),
        (binned.counts.sum(axis=0), binned.edges2, theme.channel2),
    )
    for number, (counts, edges, color) in enumerate(sides):
        axes.stairs(counts, edges, color=color, linewidth=1.1, label=names[number])
        limit = thresholds[number]
        if math.isfinite(limit):
            axes.axvline(limit, color=color, linestyle=_DASHES[number], linewidth=0.9)
    axes.set_yscale("symlog", linthresh=1)
    axes.yaxis.set_major_formatter(_power)
    axes.set_ylim(bottom=0)


def _power(value: float, _: float = 0) -> str:
    """Return a power of ten as text, which is drawn faster than a formula.

    Examples
    --------
    >>> _power(1000.0), _power(1.0), _power(0.0)
    ('10³', '1', '0')
    """
    exponent = round(math.log10(value)) if value > 1 else 0
    return "10" + str(exponent).translate(_SUPERSCRIPTS) if exponent else f"{value:.0f}"
