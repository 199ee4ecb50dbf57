"""Mutual information of two channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import FloatArray, IntArray
from covoxel.intensity.cells import Group, sums_between
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.marginal import Marginal, marginal
from covoxel.intensity.reading import read, share, why_undefined

#: Most bins a channel.
_MAX_BINS = 256
#: Pixels that each joint bin should hold on average.
_PIXELS_A_BIN = 5


@dataclass(frozen=True, slots=True)
class Information:
    """Mutual information; one number, or an array over the regions.

    Attributes
    ----------
    mutual_information : float or (R,) float array
        In bits, ≥ 0.
    normalized : float or (R,) float array
        (H1 + H2) / H12, from 1 (independent) to 2 (each determines the other).
    bins : int or (R,) int array
        Bins a channel.
    reason : str or (R,) array of str
        Why undefined.
    """

    mutual_information: Any
    normalized: Any
    bins: Any
    reason: Any


def mutual_information(
    image1: Any, image2: Any = None, *, mask: Any = None, labels: Any = None
) -> Information:
    """Mutual information of two channels, on equal bins between each channel's extremes.

    The number of bins, √(n / 5) and at most 256, depends on the region's pixels n alone, so
    that about 5 pixels fall into a joint bin: few pixels in many bins look informative.

    Parameters
    ----------
    image1, image2, mask, labels
        As in `pearson`.

    Returns
    -------
    Information

    References
    ----------
    Studholme, Hill & Hawkes 1999, doi:10.1016/S0031-3203(98)00091-0

    Examples
    --------
    >>> import numpy as np
    >>> a = np.arange(100).reshape(10, 10)
    >>> mutual_information(a, a).normalized
    2.0
    """
    return read(information_of, image1, image2, mask, labels)


def bins_for(pixels: IntArray) -> IntArray:
    """Return the bins a channel for regions of `pixels`."""
    wanted = np.sqrt(pixels / _PIXELS_A_BIN).astype(np.int64)
    return np.clip(wanted, 2, _MAX_BINS)


def information_of(histogram: JointHistogram) -> Information:
    """Return the mutual information in the regions of a histogram."""
    from covoxel.intensity.level_kernels import count_places

    n = histogram.regions.size
    bins = bins_for(histogram.pixels)
    h1, h2, h12 = np.zeros((3, n))
    flat = np.zeros((2, n), np.bool_)
    for group in histogram.groups():
        at = group.slice
        used = bins[at]
        levels = [marginal(histogram, group, channel) for channel in (1, 2)]
        places = [_bin_of_level(m, used) for m in levels]
        for h, m, bin_ in zip((h1, h2), levels, places, strict=True):
            place = m.per_entry(np.cumsum(used) - used) + bin_
            counts = np.zeros(used.sum(), np.int64)
            count_places(place, m.counts, counts)
            h[at] = entropies(counts, used)
        h12[at] = entropies(_joint_counts(group, levels, places, used), used * used)
        for row, m in zip(flat, levels, strict=True):
            row[at] = m.distinct() <= 1
    reasons = why_undefined(histogram.pixels, flat[0], flat[1])
    missing = reasons != ""
    information = np.where(missing, np.nan, np.maximum(h1 + h2 - h12, 0))
    normalized = share(np.where(missing, np.nan, h1 + h2), h12)
    return Information(information, normalized, bins, reasons)


def _bin_of_level(levels: Marginal, bins: IntArray) -> IntArray:
    """Return the bin of each level, of equal width between the region's extremes."""
    low, high = levels.extremes()
    width = np.where(high > low, high - low, 1.0)
    place = (levels.values - levels.per_entry(low)) / levels.per_entry(width)
    most = levels.per_entry(bins)
    bin_: IntArray = np.minimum(np.fmax(place * most, 0), most - 1).astype(np.int64)
    return bin_


def _joint_counts(
    group: Group, levels: list[Marginal], places: list[IntArray], bins: IntArray
) -> IntArray:
    """Return the pixels in each joint bin, region after region."""
    from covoxel.intensity.level_kernels import count_places

    squares = bins * bins
    starts = np.cumsum(squares) - squares
    counts: IntArray = np.zeros(squares.sum(), np.int64)
    (first, second), (bin1, bin2) = levels, places
    rows = first.per_entry(starts) + bin1 * first.per_entry(bins)
    for cells in group.load():
        count_places(rows[first.place(cells)] + bin2[second.place(cells)], cells.count, counts)
    return counts


def entropies(counts: IntArray, sizes: IntArray) -> FloatArray:
    """Return the entropy in bits of consecutive runs of bins of the given sizes."""
    held = np.maximum(counts, 1)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    weighted = sums_between(counts * np.log2(held), starts)
    total = np.maximum(sums_between(counts, starts), 1)
    return np.log2(total) - weighted / total
