"""The rank-weighted colocalization coefficient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.intensity.gates import Gate, gate
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.marginal import Marginal, marginal
from covoxel.intensity.reading import Explained, because, read, share


@dataclass(frozen=True, slots=True)
class RankWeighted(Explained):
    """Rank-weighted colocalization; each in [0, 1], NaN where undefined.

    Attributes
    ----------
    rwc1, rwc2 : float or (R,) float array
        The share of a channel's intensity where both are above their thresholds, each pixel
        weighted by how close its ranks in the two channels are.
    rwc1_own, rwc2_own
        The same as a share of the intensity above the channel's own threshold, as
        CellProfiler has it.
    """

    rwc1: Any
    rwc2: Any
    rwc1_own: Any
    rwc2_own: Any


def rwc(
    image1: Any,
    image2: Any = None,
    *,
    threshold1: Any,
    threshold2: Any,
    mask: Any = None,
    labels: Any = None,
    background1: Any = 0.0,
    background2: Any = 0.0,
) -> RankWeighted:
    """Rank-weighted colocalization coefficient (RWC).

    The weight of a pixel is 1 − |rank1 − rank2| / R with dense ranks within the region (equal
    intensities share one, the next takes the next number) and R the larger number of them.

    Parameters
    ----------
    image1, image2, mask, labels
        As in `pearson`.
    threshold1, threshold2 : float or (R,) array
        Thresholds in raw units; above means ``>``.
    background1, background2 : float or (R,) array
        Subtracted from the intensities.

    Returns
    -------
    RankWeighted

    References
    ----------
    Singan et al. 2011, doi:10.1186/1471-2105-12-407

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([[1, 2], [3, 4]])
    >>> rwc(a, a, threshold1=0, threshold2=0).rwc1
    1.0
    """

    def reading(histogram: JointHistogram) -> RankWeighted:
        n = histogram.regions.size
        return rwc_of(histogram, gate(n, threshold1, threshold2, background1, background2))

    return read(reading, image1, image2, mask, labels)


def rwc_of(histogram: JointHistogram, limits: Gate, *, pooled: bool = False) -> RankWeighted:
    """Return the rank-weighted coefficients of all regions.

    `pooled` takes the ranks among the pixels of all regions, as CellProfiler does for objects.
    """
    from covoxel.intensity.cell_kernels import weigh_amounts

    sums = np.zeros((6, histogram.regions.size))  # weighted, whole, own; for each channel
    known = [_levels_of_all(histogram, channel) for channel in (1, 2)] if pooled else []
    for group in histogram.groups():
        levels = [marginal(histogram, group, channel) for channel in (1, 2)]
        if pooled:
            ranks = [np.searchsorted(k, m.values) for k, m in zip(known, levels, strict=True)]
            highest = np.full(levels[0].starts.size - 1, max(k.size for k in known))
        else:
            ranks = [m.dense_ranks() for m in levels]
            highest = np.maximum(*(m.distinct() for m in levels))
        zeros = limits.background1[group.slice], limits.background2[group.slice]
        cuts = limits.threshold1[group.slice], limits.threshold2[group.slice]
        amounts, above = zip(*map(_of_levels, levels, zeros, cuts), strict=True)
        for cells in group.load():
            places = tuple(m.place(cells) for m in levels)
            most, weighed = highest[group.places(cells)], np.empty((6, cells.count.size))
            arrays: list[Any] = [places, amounts, above, tuple(ranks), cells.count, cells.starts]
            arrays += [most, weighed]
            weigh_amounts(*arrays)
            sums[:, cells.regions] += [cells.by_region(part) for part in weighed]
    w1, all1, own1, w2, all2, own2 = sums
    unset = np.isnan(limits.threshold1) | np.isnan(limits.threshold2)
    parts = (share(w1, all1), share(w2, all2), share(w1, own1), share(w2, own2))
    names = ("rwc1", "rwc2", "rwc1_own", "rwc2_own")
    values = {n: np.where(unset, np.nan, part) for n, part in zip(names, parts, strict=True)}
    reasons = {
        name: because(
            value,
            histogram.pixels,
            f"no intensity above the {'own threshold' if name in names[2:] else 'background'}",
            *limits.lacking(1, 2),
        )
        for name, value in values.items()
    }
    return RankWeighted(**values, reasons=reasons)


def _levels_of_all(histogram: JointHistogram, channel: int) -> AnyArray:
    """Return the intensities that occur in any region, ascending."""
    levels = [marginal(histogram, group, channel) for group in histogram.groups()]
    occurring = [m.values[m.counts > 0] for m in levels]
    return np.unique(np.concatenate(occurring)) if occurring else np.empty(0)


def _of_levels(
    levels: Marginal, zero: FloatArray, threshold: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Return the intensity of each level above the background, and whether it is above."""
    amount = np.maximum(levels.values - levels.per_entry(zero), 0)
    return np.asarray(amount, np.float64), levels.values > levels.per_entry(threshold)
