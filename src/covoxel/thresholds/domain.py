"""Images that are outside the domain of another program's rule."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import BoolArray
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.marginal import Marginal, marginal
from covoxel.intensity.reading import Reasons, no_reasons

#: Rules of `covoxel.thresholds.costes_threshold` that walk down in steps of one grey level.
_STEPPING = ("coloc2", "coloc2-bisection", "jacop")


def outside_domain(histogram: JointHistogram, rule: str) -> Reasons:
    """Return for each region why Costes' threshold by a rule may mean little; empty for most.

    Coloc 2 and JACoP step in whole grey levels, which are no steps in an image of fractions.

    `rule`: a rule of `covoxel.thresholds.costes_threshold`.
    """
    notes = no_reasons(histogram.regions.size)
    if rule not in _STEPPING:
        return notes
    for channel, codes in ((2, histogram.codes2), (1, histogram.codes1)):
        for group in histogram.groups() if codes.dtype.kind == "f" else ():
            levels = marginal(histogram, group, channel)
            low, high = levels.extremes()
            for at in np.flatnonzero(_fractional(levels)):
                notes[group.start + at] = (
                    "this program's method steps in whole grey levels, but channel "
                    f"{channel} has fractions ({low[at]:.3g} to {high[at]:.3g}), "
                    "rescale the images to whole numbers"
                )
    return notes


def _fractional(levels: Marginal) -> BoolArray:
    """Return whether a level of each region is no whole number."""
    broken = (levels.counts > 0) & (levels.values != np.rint(levels.values))
    return np.asarray(levels.by_region(broken.astype(np.int64)) > 0)
