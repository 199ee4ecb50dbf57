"""The inputs that an analysis accepts, with their documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Input(NamedTuple):
    """The type and the meaning of an input, as a docstring has them, and its label in a form."""

    kind: str
    text: str
    label: str = ""


#: Inputs that say where to look.
REGION_INPUTS = ("mask", "labels", "shapes")
#: Type and meaning of each input, in the order of the signature.
INPUTS = {
    "mask": Input(
        "array-like, optional",
        "Where to look: bool or numbers, of the shape of a frame, of its planes, or of the time "
        "series; pixels that are 0 or NaN are outside.",
    ),
    "labels": Input(
        "array-like, optional",
        "Regions, a row each: bool, integers or whole floats; 0 is outside. With a mask, pixels "
        "lie in both.",
    ),
    "shapes": Input(
        "sequence of (N, 2) array-like or napari Shapes layer, optional",
        "Polygons in place of labels, a row each, vertices (y, x) in pixels. They may overlap.",
    ),
    "axes": Input("str, optional", 'Letters out of ``"TZYX"``; needed for 4-D arrays.'),
    "spacing": Input(
        "sequence of float, optional",
        "Voxel size in µm for each spatial axis; overrides that of the images.",
    ),
    "t": Input("int, optional", "One time point, from 0; all of them by default, one by one."),
    "z": Input("int, optional", "One plane, from 0."),
    "per_plane": Input("bool", "Analyse each plane by itself.", "Each plane"),
    "registration": Input(
        "Registration, Registrations or path, optional",
        "Result of `covoxel.registration.register`, or the file of a saved one, by which channel 2 "
        "is registered to channel 1 first. Pixels that it does not cover are left out.",
    ),
    "objects1": Input(
        "array-like, table, path or napari layer, optional",
        "Objects of channel 1 in place of those that are looked for: labels of the shape of a "
        "frame, of its planes or of the time series; or points, (N, axes) in pixels, or a table or "
        "CSV file with columns such as ``y_um`` and ``x_um``.",
    ),
    "objects2": Input(
        "array-like, table, path or napari layer, optional",
        "Objects of channel 2, likewise.",
    ),
    "replicate1": Input(
        "array-like, Channel or napari layer, optional",
        "A second image of channel 1, recorded in the same way, by which its noise is corrected "
        "for; with `replicate2`, and for two channels.",
    ),
    "replicate2": Input("array-like, Channel or napari layer, optional", "The same of channel 2."),
    "keep_maps": Input("bool", "Keep the maps, which the method `maps` of the result returns."),
}
_DEFAULTS = {"per_plane": False, "keep_maps": False}

_IMAGES = "Two channels on one grid{several}. Arrays are (Z)YX unless `axes` says otherwise."
_SEVERAL = "; or a list of channels as `image1` alone, of which every pair is analysed"


@dataclass(frozen=True, kw_only=True)
class Accepts:
    """The inputs that an analysis accepts, besides two channels, their axes and spacing."""

    #: A list of channels, of which every pair is analysed.
    several: bool = True
    #: One image, or several that are analysed one by one, in place of two channels.
    single: bool = False
    #: Two lists of channels, which are analysed one by one.
    one_by_one: bool = False
    #: The frames of both channels must have one size.
    one_size: bool = True
    #: The inputs of these names.
    mask: bool = True
    labels: bool = True
    shapes: bool = True
    t: bool = True
    z: bool = True
    per_plane: bool = True
    registration: bool = True
    objects1: bool = False
    objects2: bool = False
    replicate1: bool = False
    replicate2: bool = False
    keep_maps: bool = False
    #: Description of the images in place of the usual one.
    images: str = ""

    def names(self) -> tuple[str, ...]:
        """Return the names of the inputs that are accepted, in the order of the signature.

        Examples
        --------
        >>> Accepts(labels=False, shapes=False, registration=False).names()
        ('mask', 'axes', 'spacing', 't', 'z', 'per_plane')
        """
        return tuple(name for name in INPUTS if getattr(self, name, True))

    def offered(self) -> tuple[str, ...]:
        """Return the names of the accepted inputs that a form offers beside the options."""
        return tuple(name for name in self.names() if INPUTS[name].label)

    def default(self, name: str) -> object:
        """Return the default of an input."""
        return _DEFAULTS.get(name)

    def images_text(self) -> str:
        """Return what the images may be."""
        return self.images or _IMAGES.format(several=_SEVERAL if self.several else "")
