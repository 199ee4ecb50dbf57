"""What other programs mean by objects that colocalize: the presets of ``like``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
