"""The options of `measure_objects`, and what other programs mean by objects that colocalize."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from covoxel.analysis.options import LENGTH, Options, check_lengths, check_whole, option
from covoxel.core.checks import in_range
from covoxel.thresholds.spec import THRESHOLDS, Spec, parse_threshold

Center = Literal["centroid", "mass"]


@dataclass(frozen=True, slots=True)
class Convention:
    """How objects are compared where programs differ."""

    #: The program, and which columns are its numbers.
    meaning: str
    #: Used where the options leave it open.
    threshold: str = "otsu"
    #: Whether pixels at the threshold belong to objects.
    inclusive: bool = False
    #: What is called the centre of an object where the options leave it open.
    center: Center = "centroid"
    #: Whether a centre lies in the pixel before it instead of the nearest one.
    truncate: bool = False
    #: What makes the best of several overlapping objects.
    best: Literal["jaccard", "pixels"] = "jaccard"
    #: Whether lengths are in pixels in spite of a voxel size.
    in_pixels: bool = False
    #: Whether the channels are compared as two segmentations, too.
    agreement: bool = False


CONVENTIONS: dict[str, Convention] = {
    "covoxel": Convention("Covoxel's own definitions"),
    "jacop": Convention(
        "JACoP 2: its distances between centres are near1 near2, its coincidence of centres and "
        "particles centers_in1 holding2, and centers_in2 holding1",
        threshold="isodata",
        inclusive=True,
        center="mass",
        truncate=True,
    ),
    "cellprofiler": Convention(
        "CellProfiler: best is RelateObjects' parent, children the number of its children; "
        "precision, recall, f_factor, rand and adjusted_rand are those of MeasureObjectOverlap "
        "with channel 1 as ground truth",
        best="pixels",
        agreement=True,
    ),
    "napari-colocalization": Convention(
        "napari-colocalization, Objects: its coincident objects are centers_in1 centers_in2, its "
        "overlapping ones overlapping1 overlapping2; distances in pixels",
        in_pixels=True,
    ),
}


#: How objects are found, and what makes a cell positive.
FIND = {
    "threshold": "What is above a threshold, a connected piece each.",
    "spots": "Bright spots of one width.",
    "labels": "The image is one of labels: each number is an object.",
}
POSITIVE = {
    "objects": "It holds objects of the channel.",
    "intensity": "Its mean intensity is above the threshold of the channel.",
}
#: Those of `covoxel.objects.coupling_test`, that of `placement_test`, and none.
NULLS = {
    "auto": "Whichever of the distance map, shifts and clusters holds.",
    "distance_map": "Objects of one channel anywhere: right where neither channel clusters.",
    "shifts": "A whole channel shifted, with its clusters.",
    "clusters": "The clusters of a channel placed anew.",
    "placement": "Every object placed anew in its cell, with its form and without overlap.",
    "none": "No test.",
}
#: Those of `covoxel.objects.find_spots`; named here because it takes a while to load.
FILTERS = {
    "log": "The Laplacian of a Gaussian.",
    "dog": "The difference of two Gaussians, a little quicker.",
}
#: Thresholds that need no second image.
METHODS = tuple(one for one in THRESHOLDS if one not in ("none", "costes", "control:FILE"))
#: The longest distance of objects that belong together, unless one is given: about the resolution,
#: but not less than so many pixels.
_NEAR_UM, _NEAR_PX = 0.3, 2.0


def _by_threshold(values: Mapping[str, Any]) -> bool:
    return "threshold" in (values["find1"], values["find2"])


def _by_spots(values: Mapping[str, Any]) -> bool:
    return "spots" in (values["find1"], values["find2"])


@dataclass(frozen=True, kw_only=True)
class ObjectsOptions(Options):
    """Options of `measure_objects`.

    Lengths are in µm where the voxel size is known, else in pixels.
    """

    find1: str = option(
        "threshold",
        "Find 1",
        "how objects of channel 1 are found, unless they are given: what is above a threshold, "
        "spots, or the image is one of labels",
        choices=FIND,
    )
    find2: str = option("threshold", "Find 2", "the same of channel 2", choices=FIND)
    threshold1: str | float | None = option(
        None,
        "Threshold 1",
        f"threshold of channel 1, otsu or that of like unless given: {', '.join(METHODS)} or a "
        "number",
        methods=METHODS,
        bare="manual",
        when=("find1", ("threshold",)),
    )
    threshold2: str | float | None = option(
        None,
        "Threshold 2",
        "threshold of channel 2, as of channel 1",
        methods=METHODS,
        bare="manual",
        when=("find2", ("threshold",)),
    )
    max_distance: float | None = option(
        None,
        "Longest distance",
        "longest distance of centres that belong together; by default 0.3 µm, or 2 pixels where "
        "these are longer",
        unit=LENGTH,
        low=0,
        empty="0.3 µm, 2 px",
    )
    min_size: int = option(
        5,
        "Smallest size",
        "size of the smallest object above a threshold",
        unit="px",
        low=1,
        high=10**9,
        when=_by_threshold,
    )
    max_size: int | None = option(
        None,
        "Largest size",
        "size of the largest object above a threshold",
        unit="px",
        low=1,
        empty="any",
        advanced=True,
        when=_by_threshold,
    )
    split: float | None = option(
        None,
        "Split",
        "split what touches where depths have two peaks at least this far apart (watershed)",
        unit=LENGTH,
        low=0,
        empty="off",
        advanced=True,
        when=_by_threshold,
    )
    spot_width: float | tuple[float, ...] | None = option(
        None,
        "Spot width",
        "full width at half maximum of spots, along all axes or along each; 4 pixels unless given",
        unit=LENGTH,
        low=0,
        empty="4 px",
        when=_by_spots,
    )
    spot_contrast: float = option(
        6.0,
        "Spot contrast",
        "response of the faintest spot, in standard deviations of that of the noise",
        low=0,
        high=1000,
        when=_by_spots,
    )
    spot_filter: str = option(
        "log",
        "Spot filter",
        "Laplacian of a Gaussian, or difference of two Gaussians",
        choices=FILTERS,
        advanced=True,
        when=_by_spots,
    )
    center: str | None = option(
        None,
        "Centers",
        "centre of an object: centroid, or centre of mass of its intensity; centroid or that of "
        "like unless given",
        choices={
            "centroid": "The mean place of its pixels.",
            "mass": "The same, weighted by their intensity.",
        },
        empty="that of like",
        advanced=True,
    )
    null: str = option(
        "auto",
        "Null",
        "what chance is in the test of distances and in coupled shares: the distance map where "
        "neither channel clusters by itself, shifts of a whole channel, its clusters placed anew, "
        "by default whichever holds; every object placed anew in its cell; or no test",
        choices=NULLS,
        advanced=True,
    )
    cross_k: float | None = option(
        None,
        "Cross-K up to",
        "largest distance of Ripley's cross-K, Besag's L and the pair correlation, with the global "
        "envelope of the null; none unless given",
        unit=LENGTH,
        low=0,
        empty="off",
        advanced=True,
    )
    rng: int = option(
        0,
        "Seed",
        "seed of what is drawn at random",
        low=0,
        high=2**31 - 1,
        advanced=True,
        when=("null", tuple(NULLS)[:-1]),
    )
    positive: str = option(
        "objects",
        "Positive cells",
        "what makes a cell positive for a channel: objects that it holds, or a mean intensity "
        "above the threshold",
        choices=POSITIVE,
        advanced=True,
    )
    min_objects: int = option(
        1,
        "Fewest objects",
        "smallest number of objects in a positive cell",
        low=1,
        high=10**9,
        advanced=True,
        when=("positive", ("objects",)),
    )
    like: str = option(
        "covoxel",
        "Like",
        "program whose conventions to follow",
        choices={name: one.meaning for name, one in CONVENTIONS.items()},
        advanced=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for number in (1, 2):
            self.threshold(number)
        if self.max_size is not None:
            check_whole("max_size", self.max_size, self.min_size)
        check_lengths(self, "split", "spot_width", "cross_k")
        if self.max_distance:
            check_lengths(self, "max_distance")
        in_range("spot_contrast", self.spot_contrast, 1e-6, 1e9)

    @property
    def convention(self) -> Convention:
        """The conventions of the program to follow."""
        return CONVENTIONS[self.like]

    def threshold(self, number: int) -> Spec:
        """Return the threshold of a channel, 1 or 2."""
        name = f"threshold{number}"
        given = getattr(self, name)
        text = self.convention.threshold if given is None else given
        return parse_threshold(name, text, METHODS)

    def longest(self, spacing: tuple[float, ...] | None) -> float:
        """Return the longest distance of centres that belong together, in µm or pixels."""
        if self.max_distance is not None:
            return self.max_distance
        return _NEAR_PX if spacing is None else max(_NEAR_UM, _NEAR_PX * min(spacing))
