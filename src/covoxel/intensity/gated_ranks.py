"""Rank correlation of the pixels above both thresholds, with the ranks of the whole region."""

from __future__ import annotations

import numpy as np

from covoxel.intensity.gates import Gate
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.marginal import marginal
from covoxel.intensity.reading import Correlation, constant, geometric_mean, ratio, too_few


def spearman_above_of(histogram: JointHistogram, limits: Gate) -> Correlation:
    """Return Pearson's r, above both thresholds, of the mid-ranks among all pixels.

    As EzColocalization has it. Ranks among the pixels above alone are Spearman's ρ of
    ``histogram.above(…)``.
    """
    n, s1, s2, s11, s22, s12 = np.zeros((6, histogram.regions.size))
    for group in histogram.groups():
        levels = [marginal(histogram, group, channel) for channel in (1, 2)]
        middle = (levels[0].by_region(levels[0].counts) + 1) / 2
        for cells in group.load():
            region = cells.region + cells.first_region
            value1, value2 = histogram.values(cells)
            above = (value1 > limits.threshold1[region]) & (value2 > limits.threshold2[region])
            weight = np.where(above, cells.count, 0).astype(np.float64)
            rank1, rank2 = (
                m.mid_ranks()[m.place(cells)] - middle[region - group.start] for m in levels
            )
            at = slice(cells.first_region, cells.first_region + cells.n_regions)
            n[at] += cells.sums(weight)
            s1[at] += cells.sums(weight * rank1)
            s2[at] += cells.sums(weight * rank2)
            s11[at] += cells.sums(weight * rank1 * rank1)
            s22[at] += cells.sums(weight * rank2 * rank2)
            s12[at] += cells.sums(weight * rank1 * rank2)
    v1, v2, c = n * s11 - s1 * s1, n * s22 - s2 * s2, n * s12 - s1 * s2
    tiny1, tiny2 = 1e-12 * n * s11, 1e-12 * n * s22  # equal ranks leave rounding, not 0
    pixels = n.astype(np.int64)
    reasons = constant(too_few(pixels), v1 <= tiny1, v2 <= tiny2)
    rho = ratio(c, geometric_mean(np.maximum(v1, 0), np.maximum(v2, 0)), reasons)
    return Correlation(np.clip(rho, -1, 1), pixels, reasons)
