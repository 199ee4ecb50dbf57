"""What other programs mean by objects that colocalize: the presets of ``like``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Center = Literal["centroid", "mass"]


@dataclass(frozen=True, slots=True)
class Convention:
    """How objects are compared where programs differ.

    Attributes
    ----------
    meaning : str
        The program, and which columns are its numbers.
    threshold : str
        Used where the options leave it open.
    inclusive : bool
        Whether pixels at the threshold belong to objects.
    center : {"centroid", "mass"}
        What is called the centre of an object where the options leave it open.
    truncate : bool
        Whether a centre lies in the pixel before it instead of the nearest one.
    best : {"jaccard", "pixels"}
        What makes the best of several overlapping objects.
    in_pixels : bool
        Whether lengths are in pixels in spite of a voxel size.
    agreement : bool
        Whether the channels are compared as two segmentations, too.
    """

    meaning: str
    threshold: str = "otsu"
    inclusive: bool = False
    center: Center = "centroid"
    truncate: bool = False
    best: Literal["jaccard", "pixels"] = "jaccard"
    in_pixels: bool = False
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
