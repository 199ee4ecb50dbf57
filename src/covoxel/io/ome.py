"""OME-XML: which pages make an image, and what it says of them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from covoxel.io.assembled import MOST_PLANES, Layout
from covoxel.io.errors import ImageError
from covoxel.io.ifds import is_tiff, list_pages
from covoxel.io.ome_metadata import read_metadata


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive pages of one file that hold consecutive planes of an image.

    Attributes
    ----------
    plane : int
        The first plane, counted in C order of `OmeImage.lead`.
    file : Path
        The file.
    page : int
        Its first page.
    count : int or None
        Number of pages; None is all that follow.
    """

    plane: int
    file: Path
    page: int
    count: int | None


@dataclass(frozen=True, slots=True)
class OmeImage:
    """One Image of an OME-XML.

    Attributes
    ----------
    layout : Layout
        How its planes are counted, its name, and what it says of them.
    plane_shape : tuple of int
        Rows and columns of a plane.
    samples : int
        Channels in each page.
    runs : tuple of Run
        Where its planes are.
    """

    layout: Layout
    plane_shape: tuple[int, int]
    samples: int
    runs: tuple[Run, ...]


class MetadataElsewhere(ImageError):
    """The OME-XML of a TIFF is in another file, which is not here."""


def is_ome(description: str) -> bool:
    """Whether an image description is OME-XML, whole or not, whatever its prefix."""
    return re.search(r"<(?:\w+:)?OME[\s>]", description[:4096]) is not None


def parse_ome(path: Path, xml: str) -> list[OmeImage]:
    """Read the images of the OME-XML of a TIFF, or of the companion file that it names.

    Raises
    ------
    MetadataElsewhere
        If it names a companion that is not beside it.
    ImageError
        If the XML is malformed, describes no image, or names files outside its folder.
    """
    root = _root(path, xml)
    own = {root.get("UUID")} - {None}
    companion = next(_children(root, "BinaryOnly"), None)
    if companion is not None:
        named = beside(path, companion.get("MetadataFile", ""))
        if not named.is_file():
            reason = f"its metadata is in {named.name!r}, which is not beside it"
            raise MetadataElsewhere(path, reason)
        root = _root(named, _description(named))
    file_of = _files(path, root, own)
    images, first = [], 0
    for image in _children(root, "Image"):
        for pixels in _children(image, "Pixels"):
            found = _image(path, image.get("Name", ""), pixels, file_of, first)
            if found is not None:
                first += math.prod(found.layout.lead_shape)
                images.append(found)
    if not images:
        raise ImageError(path, "its OME-XML describes no image with pixels")
    return images


def beside(path: Path, name: str) -> Path:
    """Return the file of a name in the folder of `path`.

    Raises
    ------
    ImageError
        If the name leads out of the folder.
    """
    if not name or name in (".", "..") or set(name) & {"/", "\\", ":", "\0"}:
        reason = f"names the file {name!r}; only files beside it, in its folder, are read"
        raise ImageError(path, reason)
    return path.parent / name


def _description(path: Path) -> str:
    """Return the OME-XML of a companion file, or of the TIFF that is one."""
    if not is_tiff(path):
        return path.read_bytes().decode("utf-8", "replace")
    import tifffile

    list_pages(path)
    with tifffile.TiffFile(path, is_ome=False) as tiff:
        return str(tiff.pages.first.description)


def _files(path: Path, root: Element, own: set[str | None]) -> Callable[[Element], Path]:
    """Return what finds the file of a TiffData."""
    names = {u.get("FileName") for u in root.iter() if _tag(u) == "UUID" and u.get("FileName")}
    named = {name: beside(path, name) for name in names if name is not None}
    renamed = len(named) == 1 and not any(file.is_file() for file in named.values())

    def file_of(data: Element) -> Path:
        uuid = next(_children(data, "UUID"), None)
        name = None if uuid is None else uuid.get("FileName")
        if uuid is None or name is None or uuid.text in own or renamed:
            return path
        return named[name]

    return file_of


def _root(path: Path, xml: str) -> Element:
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise ImageError(path, "its OME-XML declares entities, which no OME-XML does: not read")
    try:
        return ET.fromstring(xml)
    except (ET.ParseError, ValueError) as error:
        raise ImageError(path, f"its OME-XML is malformed ({error})") from None


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Element, tag: str) -> Iterator[Element]:
    return (child for child in element if _tag(child) == tag)


def _image(
    path: Path, name: str, pixels: Element, file_of: Callable[[Element], Path], first: int
) -> OmeImage | None:
    """Return an image, None where the XML says that its pixels are nowhere.

    Where it does not say where they are, they are the pages from `first` on.
    """
    samples = {int(c.get("SamplesPerPixel", 1)) for c in _children(pixels, "Channel")} or {1}
    sizes = {axis: int(pixels.get(f"Size{axis}", 0)) for axis in "TZCYX"}
    order = pixels.get("DimensionOrder", "XYCZT")
    if min(sizes.values()) < 1:
        given = ", ".join(f"{axis} = {size}" for axis, size in sizes.items())
        what = "no channels" if sizes["C"] < 1 else "no pixels"
        raise ImageError(path, f"has {what}: its OME-XML gives the sizes {given}")
    n_samples = samples.pop()
    if samples or n_samples < 1 or sizes["C"] % n_samples or sorted(order) != sorted("XYCZT"):
        reason = f"its OME-XML contradicts itself (DimensionOrder {order}, {sizes['C']} channels)"
        raise ImageError(path, reason)
    lead = "".join(axis for axis in reversed(order) if axis in "TZC")
    shape = tuple(sizes[axis] // (n_samples if axis == "C" else 1) for axis in lead)
    if math.prod(shape) > MOST_PLANES:
        raise ImageError(
            path, f"its OME-XML declares {lead} {list(shape)} planes of image {name!r}"
        )
    runs = tuple(_run(path, lead, shape, data, file_of) for data in _children(pixels, "TiffData"))
    notes: tuple[str, ...] = ()
    if not runs:
        if any(_tag(child) in ("MetadataOnly", "BinData") for child in pixels):
            return None
        runs = (Run(0, path, first, None),)
        notes = ("its OME-XML does not say where its planes are: its pages are taken in order",)
    metadata = read_metadata(pixels, notes)
    layout = Layout(lead, shape, metadata, name)
    return OmeImage(layout, (sizes["Y"], sizes["X"]), n_samples, runs)


def _run(
    path: Path,
    lead: str,
    shape: tuple[int, ...],
    data: Element,
    file_of: Callable[[Element], Path],
) -> Run:
    get = data.attrib.get
    first = [int(get(f"First{axis}", 0)) for axis in lead]
    if any(not 0 <= i < n for i, n in zip(first, shape, strict=True)):
        raise ImageError(path, f"its OME-XML puts pages at {lead} {first} of {list(shape)}")
    count = data.get("PlaneCount", data.get("NumPlanes", "1" if "IFD" in data.attrib else None))
    plane = sum(i * math.prod(shape[axis + 1 :]) for axis, i in enumerate(first))
    page = int(data.get("IFD", 0))
    return Run(plane, file_of(data), page, None if count is None else int(count))
