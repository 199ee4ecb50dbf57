"""Readings of ranks: Spearman's ρ, Kendall's τ-b and the rank-weighted coefficient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.intensity.cells import Group
from covoxel.intensity.gates import Gate, gate
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.marginal import Marginal, marginal
from covoxel.intensity.reading import (
    Correlation,
    Explained,
    because,
    geometric_mean,
    ratio,
    read,
    share,
    why_undefined,
)


def spearman(
    image1: Any, image2: Any = None, *, mask: Any = None, labels: Any = None
) -> Correlation:
    """Spearman's rank correlation ρ: Pearson's r of the mid-ranks within each region.

    Parameters
    ----------
    image1, image2, mask, labels
        As in `pearson`.

    Returns
    -------
    Correlation
        ρ in [−1, 1].

    References
    ----------
    Spearman 1904, doi:10.2307/1412159; French et al. 2008, doi:10.1038/nprot.2008.31

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([[1, 2], [3, 4]])
    >>> spearman(a, a**3).value
    1.0
    """
    return read(spearman_of, image1, image2, mask, labels)


def spearman_of(histogram: JointHistogram) -> Correlation:
    """Return Spearman's ρ of the regions of a histogram."""
    from covoxel.intensity.level_kernels import multiply_ranks

    v1, v2, c = np.zeros((3, histogram.regions.size))
    for group in histogram.groups():
        m1, m2 = (marginal(histogram, group, channel) for channel in (1, 2))
        rank1, rank2, at = m1.centred_ranks(), m2.centred_ranks(), group.slice
        v1[at], v2[at] = (m.by_region(m.counts * r * r) for m, r in ((m1, rank1), (m2, rank2)))
        for cells in group.load():
            products = np.empty(cells.count.size)
            multiply_ranks(
                cells.count, (m1.place(cells), m2.place(cells)), (rank1, rank2), products
            )
            c[cells.regions] += cells.by_region(products)
    reasons = why_undefined(histogram.pixels, v1 <= 0, v2 <= 0)
    rho = ratio(c, geometric_mean(v1, v2), reasons)
    return Correlation(np.clip(rho, -1, 1), histogram.pixels, reasons)


def spearman_above_of(histogram: JointHistogram, limits: Gate) -> Correlation:
    """Return Pearson's r, above both thresholds, of the mid-ranks among all pixels.

    As EzColocalization has it. Ranks among the pixels above alone are Spearman's ρ of
    ``histogram.above(…)``.
    """
    n, s1, s2, s11, s22, s12 = np.zeros((6, histogram.regions.size))
    for group in histogram.groups():
        levels = [marginal(histogram, group, channel) for channel in (1, 2)]
        ranks = [m.centred_ranks() for m in levels]
        for cells in group.load():
            value1, value2 = histogram.values(cells)
            above = value1 > cells.per_entry(limits.threshold1[cells.regions])
            above &= value2 > cells.per_entry(limits.threshold2[cells.regions])
            weight = np.where(above, cells.count, 0).astype(np.float64)
            rank1, rank2 = (r[m.place(cells)] for r, m in zip(ranks, levels, strict=True))
            at = cells.regions
            n[at] += cells.by_region(weight)
            s1[at] += cells.by_region(weight * rank1)
            s2[at] += cells.by_region(weight * rank2)
            s11[at] += cells.by_region(weight * rank1 * rank1)
            s22[at] += cells.by_region(weight * rank2 * rank2)
            s12[at] += cells.by_region(weight * rank1 * rank2)
    v1, v2, c = n * s11 - s1 * s1, n * s22 - s2 * s2, n * s12 - s1 * s2
    tiny1, tiny2 = 1e-12 * n * s11, 1e-12 * n * s22  # equal ranks leave rounding, not 0
    pixels = n.astype(np.int64)
    reasons = why_undefined(pixels, v1 <= tiny1, v2 <= tiny2)
    rho = ratio(c, geometric_mean(np.maximum(v1, 0), np.maximum(v2, 0)), reasons)
    return Correlation(np.clip(rho, -1, 1), pixels, reasons)


def kendall(
    image1: Any, image2: Any = None, *, mask: Any = None, labels: Any = None
) -> Correlation:
    """Kendall's rank correlation τ-b, ties accounted for.

    Parameters
    ----------
    image1, image2, mask, labels
        As in `pearson`.

    Returns
    -------
    Correlation
        τ-b in [−1, 1].

    References
    ----------
    Kendall 1945, doi:10.1093/biomet/33.3.239; Knight 1966, doi:10.1080/01621459.1966.10480879

    Examples
    --------
    >>> import numpy as np
    >>> round(kendall(np.array([[1, 2], [3, 4]]), np.array([[1, 3], [2, 4]])).value, 4)
    0.6667
    """
    return read(kendall_of, image1, image2, mask, labels)


def kendall_of(histogram: JointHistogram) -> Correlation:
    """Return Kendall's τ-b of the regions of a histogram."""
    n = histogram.regions.size
    ties1, ties2, ties12, against = np.zeros((4, n))
    for group in histogram.groups():
        m1, m2 = (marginal(histogram, group, channel) for channel in (1, 2))
        at = group.slice
        ties1[at], ties2[at] = (m.by_region(_pairs(m.counts)) for m in (m1, m2))
        ties12[at], against[at] = _group_pairs(group, m2)
    pairs = _pairs(histogram.pixels)
    reasons = why_undefined(histogram.pixels, ties1 >= pairs, ties2 >= pairs)
    balance = pairs - ties1 - ties2 + ties12 - 2 * against
    tau = ratio(balance, geometric_mean(pairs - ties1, pairs - ties2), reasons)
    return Correlation(np.clip(tau, -1, 1), histogram.pixels, reasons)


def _pairs(count: IntArray) -> FloatArray:
    """Return how many pairs `count` pixels make."""
    many = count.astype(np.float64)
    return many * (many - 1) / 2


def _group_pairs(group: Group, levels2: Marginal) -> tuple[FloatArray, FloatArray]:
    """Return, for each region, the pairs tied in both channels and the discordant ones.

    Parts come in key order, and a part ends where a first code ends: a pair across two
    parts is discordant if the later pixel's second level is the lower.
    """
    from covoxel.intensity.level_kernels import count_places, discordant_pairs

    n = group.stop - group.start
    both, crossed = np.zeros((2, n))
    earlier = np.zeros(levels2.counts.size, np.int64) if len(group.parts) > 1 else None
    for cells in group.load():
        at = group.places(cells)
        both[at] += cells.by_region(_pairs(cells.count))
        place = levels2.place(cells)
        found = np.zeros(cells.n_regions)
        discordant_pairs(place, cells.count, cells.starts, found)
        crossed[at] += found
        if earlier is not None:
            higher = (earlier.sum() - np.cumsum(earlier)).astype(np.float64)
            crossed[at] += cells.by_region(cells.count * higher[place])
            count_places(place, cells.count, earlier)
    return both, crossed


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
    from covoxel.intensity.level_kernels import weigh_amounts

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
