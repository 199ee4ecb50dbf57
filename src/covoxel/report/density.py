"""The joint histogram, coarsened for the eye, and the histograms of its channels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.intensity.cells import Cells
from covoxel.intensity.histogram import JointHistogram
from covoxel.report.theme import LIGHT, Theme

#: Finer bins than this make single pixels invisible in a figure.
MAX_BINS = 128


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """Pixels per bin of intensity 1 and intensity 2; for display, nothing is measured on it."""

    #: Pixels, (B1, B2).
    counts: IntArray
    #: Edges of the bins in raw units, halfway between levels of whole numbers.
    edges1: FloatArray
    edges2: FloatArray


def density(
    histogram: JointHistogram,
    *,
    region: int | None = 0,
    bins: int = MAX_BINS,
    like: Density | None = None,
) -> Density:
    """Bin a joint histogram for display.

    `histogram`: the pairs of intensities; it may be spilled.
    `region`: index of the region; None takes all regions together.
    `bins`: bins a channel at most. Whole numbers get bins of equally many levels.
    `like`: whose bins to use instead; what is outside of them is left out.

    Returns
    -------
    Density

    Raises
    ------
    ValueError
        If there is no such region.

    Examples
    --------
    >>> import numpy as np
    >>> from covoxel.intensity.histogram import joint_histogram
    >>> density(joint_histogram(np.array([[1, 1, 2]]), np.array([[5, 5, 7]]))).counts
    array([[2, 0, 0],
           [0, 0, 1]])
    """
    size = histogram.regions.size
    if region is not None and not 0 <= region < size:
        msg = f"region is {region}; allowed are 0 to {size - 1}, or None for all"
        raise ValueError(msg)
    edges1, edges2 = (like.edges1, like.edges2) if like else _fitting(histogram, region, bins)
    counts = np.zeros((edges1.size - 1, edges2.size - 1), np.int64)
    for cells in _cells(histogram, region):
        value1, value2 = histogram.values(cells)
        place = _bin(value1, edges1) * counts.shape[1] + _bin(value2, edges2)
        held = cells.count
        if like:
            inside = _inside(value1, edges1) & _inside(value2, edges2)
            place, held = place[inside], held[inside]
        found = np.bincount(place, held, counts.size)
        counts += found.astype(np.int64).reshape(counts.shape)
    return Density(counts, edges1, edges2)


def _cells(histogram: JointHistogram, region: int | None) -> Iterator[Cells]:
    """Yield the cells of a region, part by part, empty parts left out."""
    for group in histogram.groups():
        if region is not None and not group.start <= region < group.stop:
            continue
        for part in group.load():
            first = 0 if region is None else region - part.first_region
            cells = part if region is None else part.between(first, first + 1)
            if cells.count.size:
                yield cells


def _fitting(
    histogram: JointHistogram, region: int | None, bins: int
) -> tuple[FloatArray, FloatArray]:
    """Return edges of bins that hold all cells."""
    low, high, whole = np.full(2, np.inf), np.full(2, -np.inf), np.full(2, fill_value=True)
    for cells in _cells(histogram, region):
        for axis, values in enumerate(histogram.values(cells)):
            low[axis] = min(low[axis], values.min())
            high[axis] = max(high[axis], values.max())
            whole[axis] &= np.array_equal(values, np.rint(values))
    if not np.isfinite(low).all():
        low, high = np.zeros(2), np.zeros(2)
    edges1, edges2 = (_edges(low[i], high[i], bins, whole=whole[i]) for i in range(2))
    return edges1, edges2


def _edges(low: float, high: float, bins: int, *, whole: bool) -> FloatArray:
    if whole:
        levels = int(high) - int(low) + 1
        width = -(-levels // bins)
        return low - 0.5 + width * np.arange(-(-levels // width) + 1.0)
    if low == high:
        return np.array([low - 0.5, low + 0.5])
    return np.linspace(low, high, bins + 1)


def _bin(values: AnyArray, edges: FloatArray) -> IntArray:
    place = (values - edges[0]) * ((edges.size - 1) / (edges[-1] - edges[0]))
    place = np.clip(place.astype(np.int64), 0, edges.size - 2)
    return np.asarray(place, np.int64)


def _inside(values: AnyArray, edges: FloatArray) -> BoolArray:
    return np.asarray((values >= edges[0]) & (values <= edges[-1]), np.bool_)


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
