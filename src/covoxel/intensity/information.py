"""Mutual information of two channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel._types import FloatArray, IntArray
from covoxel.intensity.cells import Cells
from covoxel.intensity.histogram import Group, JointHistogram
from covoxel.intensity.marginal import Marginal, marginal
from covoxel.intensity.reading import constant, no_reasons, read, too_few

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
    return read(_information, image1, image2, mask, labels)


def bins_for(pixels: IntArray) -> IntArray:
    """Return the bins a channel for regions of `pixels`."""
    wanted = np.sqrt(pixels / _PIXELS_A_BIN).astype(np.int64)
    return np.clip(wanted, 2, _MAX_BINS)


def _information(histogram: JointHistogram) -> Information:
    n = histogram.regions.size
    bins = bins_for(histogram.pixels)
    h1, h2, h12 = np.zeros((3, n))
    flat = np.zeros((2, n), np.bool_)
    for group in histogram.groups():
        used = bins[group.slice]
        levels = [marginal(histogram, group, channel) for channel in (1, 2)]
        places = [_bin_of_level(m, used) for m in levels]
        for h, m, bin_ in zip((h1, h2), levels, places, strict=True):
            index = np.concatenate([[0], np.cumsum(used)])[m.region] + bin_
            h[group.slice] = _entropies(np.bincount(index, m.counts, used.sum()), used)
        h12[group.slice] = _joint_entropies(group, levels, places, used)
        for row, m in zip(flat, levels, strict=True):
            row[group.slice] = m.by_region(m.counts > 0) <= 1
    reasons = constant(too_few(histogram.pixels), flat[0], flat[1])
    undefined = reasons != no_reasons(n)
    information = np.where(undefined, np.nan, np.maximum(h1 + h2 - h12, 0))
    with np.errstate(invalid="ignore", divide="ignore"):
        normalized = np.where(undefined | (h12 == 0), np.nan, (h1 + h2) / h12)
    return Information(information, normalized, bins, reasons)


def _bin_of_level(levels: Marginal, bins: IntArray) -> IntArray:
    """Return the bin of each level, of equal width between the region's extremes."""
    held = levels.counts > 0
    region = levels.region[held]
    n = bins.size
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    values = levels.values.astype(np.float64)
    np.minimum.at(low, region, values[held])
    np.maximum.at(high, region, values[held])
    width = np.where(high > low, high - low, 1.0)
    where = levels.region
    place = (values - low[where]) / width[where] * bins[where]
    return np.clip(np.nan_to_num(place), 0, bins[where] - 1).astype(np.int64)


def _joint_entropies(
    group: Group, levels: list[Marginal], places: list[IntArray], bins: IntArray
) -> FloatArray:
    """Return the joint entropy of each region, region blocks of bins² at a time."""
    squares = bins * bins
    if len(group.parts) > 1:
        counts = np.zeros(int(squares[0]))
        for cells in group.load():
            index = _joint_index(cells, levels, places, bins)
            counts += np.bincount(index, cells.count, counts.size)
        return _entropies(counts, squares)
    (cells,) = group.load()
    region = cells.region
    joint = _joint_index(cells, levels, places, bins)
    key = region * int(squares.max(initial=1)) + joint
    order = np.argsort(key, kind="stable")
    new = np.flatnonzero(np.concatenate([[True], np.diff(key[order]) > 0]))
    counts = np.add.reduceat(cells.count[order], new) if new.size and key.size else cells.count
    owner = region[order][new] if key.size else region
    return _grouped_entropies(counts.astype(np.float64), owner, bins.size)


def _joint_index(
    cells: Cells, levels: list[Marginal], places: list[IntArray], bins: IntArray
) -> IntArray:
    first = places[0][levels[0].place(cells)]
    second = places[1][levels[1].place(cells)]
    width = bins[0] if bins.size == 1 else np.repeat(bins, np.diff(cells.starts))
    return first * width + second


def _entropies(counts: FloatArray, sizes: IntArray) -> FloatArray:
    owner = np.repeat(np.arange(sizes.size), sizes)
    return _grouped_entropies(counts, owner, sizes.size)


def _grouped_entropies(counts: FloatArray, owner: IntArray, n: int) -> FloatArray:
    """Return the entropy in bits of each owner's counts."""
    held = counts > 0
    counts, owner = counts[held], owner[held]
    total = np.bincount(owner, counts, n)
    weighted = np.bincount(owner, counts * np.log2(counts), n)
    safe = np.where(total > 0, total, 1)
    return np.log2(safe) - weighted / safe
