"""What other programs mean by the same words: the presets of ``like``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from covoxel.analysis.schema import Column


@dataclass(frozen=True, slots=True)
class Convention:
    """How measures are defined where programs differ."""

    #: The program, and what following it changes.
    meaning: str
    #: Rule of `covoxel.thresholds.costes_threshold`.
    costes_rule: str = "crossing"
    #: Used where the options leave them open. Without a scope it is that of the region, where one
    #: is given, else of the image.
    threshold: str = "costes"
    threshold_scope: Literal["image", "region"] | None = None
    #: The line of the columns slope and intercept.
    regression: Literal["orthogonal", "ordinary"] = "orthogonal"
    #: Whether each region's first pixel is left out of the regression.
    skip_first: bool = False
    #: What pixels on a mean count as.
    icq_ties: Literal["neither", "positive"] = "neither"
    #: Whether a pixel on the other channel's threshold counts in tm1 and tm2.
    tm_inclusive: bool = False
    #: Whether ``pearson_below`` is of a < T1 or b < T2, rather than of all pixels that are not
    #: above both.
    below_strict: bool = False
    #: Whether ``pearson_above`` counts pixels on a threshold.
    above_inclusive: bool = False
    #: Whether RWC is a share of the intensity above the own threshold.
    rwc_own: bool = False
    #: Whether moc, k1 and k2 are of the pixels above both thresholds.
    moc_above: bool = False
    #: Whether ``spearman_above`` takes the ranks among all pixels of the region.
    ranks_of_all: bool = False
    #: Whether objects differ from an image: pixels on a threshold are above it, RWC ranks the
    #: pixels of all objects, and what is of the pixels above both is 0 where there are none.
    per_object: bool = False

    @property
    def inclusive(self) -> bool:
        """Whether anything depends on which pixels are on a threshold."""
        return self.tm_inclusive or self.below_strict or self.above_inclusive

    def scope(self, *, regional: bool) -> str:
        """Return the scope of thresholds, where a region is given or not."""
        return self.threshold_scope or ("region" if regional else "image")

    def usual_threshold(self, measures: Iterable[Column]) -> str:
        """Return the threshold used by default; ``none`` where no measure needs one."""
        gated = ("overlap",) if self.moc_above else ()
        needed = any(column.threshold or column.group in gated for column in measures)
        return self.threshold if needed else "none"


_COLOC2 = Convention(
    "Fiji's Coloc 2, classic stepper: m1 m2 tm1 tm2",
    costes_rule="coloc2",
    threshold_scope="region",
    skip_first=True,
    icq_ties="positive",
    tm_inclusive=True,
    below_strict=True,
)

CONVENTIONS: dict[str, Convention] = {
    "covoxel": Convention("Covoxel's own definitions", threshold="otsu"),
    "coloc2": _COLOC2,
    "coloc2-bisection": replace(
        _COLOC2,
        meaning="Fiji's Coloc 2, bisection stepper: m1 m2 tm1 tm2",
        costes_rule="coloc2-bisection",
    ),
    "jacop": Convention(
        "JACoP 2: its M1 M2 are m1 m2, thresholded tm1_own tm2_own; after Costes' threshold "
        "intensity_fraction1 and 2",
        costes_rule="jacop",
        threshold_scope="image",
        regression="ordinary",
        above_inclusive=True,
    ),
    "biop-jacop": Convention(
        "BIOP JACoP: its M1 M2 are m1 m2, thresholded tm1_own tm2_own",
        costes_rule="coloc2",
        threshold_scope="region",
        skip_first=True,
    ),
    "ezcolocalization": Convention(
        "EzColocalization: its M1 M2 are tm1_own tm2_own, its PCC, SRCC and ICQ those of the "
        "pixels above both thresholds",
        costes_rule="ezcolocalization",
        threshold_scope="region",
        regression="ordinary",
        ranks_of_all=True,
    ),
    "cellprofiler": Convention(
        "CellProfiler: thresholds at 15 % of the maximum; its Manders are tm1_own tm2_own, its "
        "overlap and K1 K2 moc k1 k2 of the pixels above both",
        threshold="max:15",
        threshold_scope="region",
        regression="ordinary",
        rwc_own=True,
        moc_above=True,
        per_object=True,
    ),
}
