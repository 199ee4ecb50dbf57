"""OME-XML: the pages of each image, and its metadata."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from covoxel.io.assemble import MOST_PLANES, Layout
from covoxel.io.errors import ImageError
from covoxel.io.ifd import is_tiff, list_pages
from covoxel.io.metadata import Metadata, hex_color, known, micrometers, seconds, step_of_times

#: The lowest number, -2147483648, which some writers use for a colour that is not set.
_UNSET = 0x80000000


@dataclass(frozen=True, slots=True)
class PageRun:
    """Consecutive pages of one file that hold consecutive planes of an image.

    `plane` is the first, counted in C order of the layout, `page` its page; a `count` of None
    means all pages that follow.
    """

    plane: int
    file: Path
    page: int
    count: int | None


@dataclass(frozen=True, slots=True)
class OmeImage:
    """One Image of an OME-XML, with the rows and columns of a plane and the samples of a page."""

    layout: Layout
    plane_shape: tuple[int, int]
    samples: int
    runs: tuple[PageRun, ...]


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
    companion = root.find("BinaryOnly")
    if companion is not None:
        named = beside(path, companion.get("MetadataFile", ""))
        if not named.is_file():
            reason = f"its metadata is in {named.name!r}, which is not beside it"
            raise MetadataElsewhere(path, reason)
        root = _root(named, _description(named))
    file_of = _files(path, root, own)
    images, first = [], 0
    for image in root.findall("Image"):
        for pixels in image.findall("Pixels"):
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
    """Return a function that finds the file of a TiffData."""
    names = {uuid.get("FileName", "") for uuid in root.iter("UUID")} - {""}
    named = {name: beside(path, name) for name in names}
    renamed = len(named) == 1 and not any(file.is_file() for file in named.values())

    def file_of(data: Element) -> Path:
        uuid = data.find("UUID")
        name = None if uuid is None else uuid.get("FileName")
        if uuid is None or name is None or uuid.text in own or renamed:
            return path
        return named[name]

    return file_of


def _root(path: Path, xml: str) -> Element:
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise ImageError(path, "its OME-XML declares entities, which no OME-XML does: not read")
    try:
        root = ET.fromstring(xml)
    except (ET.ParseError, ValueError) as error:
        raise ImageError(path, f"its OME-XML is malformed ({error})") from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]  # without the namespace of the version
    return root


def _image(
    path: Path, name: str, pixels: Element, file_of: Callable[[Element], Path], first: int
) -> OmeImage | None:
    """Return an image, None if the XML says that it has no pixels.

    If the XML does not say where they are, they are the pages from `first` on, which follow those
    of the images before.
    """
    samples = {int(c.get("SamplesPerPixel", 1)) for c in pixels.findall("Channel")} or {1}
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
    found = pixels.findall("TiffData")
    if len(found) == 1 and not found[0].attrib and found[0].find("UUID") is None:
        found[0].set("IFD", str(first))
        found[0].set("PlaneCount", str(math.prod(shape)))
    runs = tuple(_run(path, lead, shape, data, file_of) for data in found)
    notes: tuple[str, ...] = ()
    if not runs:
        if any(pixels.find(tag) is not None for tag in ("MetadataOnly", "BinData")):
            return None
        runs = (PageRun(0, path, first, None),)
        notes = ("its OME-XML does not say where its planes are: its pages are taken in order",)
    metadata = _metadata(pixels, notes)
    layout = Layout(lead, shape, metadata, name)
    return OmeImage(layout, (sizes["Y"], sizes["X"]), n_samples, runs)


def _run(
    path: Path,
    lead: str,
    shape: tuple[int, ...],
    data: Element,
    file_of: Callable[[Element], Path],
) -> PageRun:
    get = data.attrib.get
    first = [int(get(f"First{axis}", 0)) for axis in lead]
    if any(not 0 <= i < n for i, n in zip(first, shape, strict=True)):
        raise ImageError(path, f"its OME-XML puts pages at {lead} {first} of {list(shape)}")
    count = data.get("PlaneCount", data.get("NumPlanes", "1" if "IFD" in data.attrib else None))
    plane = sum(i * math.prod(shape[axis + 1 :]) for axis, i in enumerate(first))
    page = int(data.get("IFD", 0))
    return PageRun(plane, file_of(data), page, None if count is None else int(count))


def _metadata(pixels: Element, notes: tuple[str, ...] = ()) -> Metadata:
    """Read names, colours, voxel size and time step of a Pixels element; `notes` come first."""
    channels = pixels.findall("Channel")
    names = [c.get("Name") or c.get("Fluor") or "" for c in channels]
    steps = {
        axis: micrometers(
            pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "µm")
        )
        for axis in "ZYX"
    }
    step = seconds(pixels.get("TimeIncrement"), pixels.get("TimeIncrementUnit", "s"))
    if step is None:
        step, uneven = step_of_times(dict(_times(pixels)))
        notes += uneven
    return Metadata(
        names=tuple(names) if any(names) else (),
        colors=tuple(_color(c.get("Color")) for c in channels),
        steps=known(**steps),
        time_step=step,
        notes=notes,
    )


def _times(pixels: Element) -> Iterator[tuple[int, float]]:
    """Time point and seconds of each Plane of the first channel and Z that have times."""
    timed = [plane for plane in pixels.findall("Plane") if plane.get("DeltaT") is not None]
    first = min((_channel_and_z(plane) for plane in timed), default=(0, 0))
    for plane in timed:
        second = seconds(1, plane.get("DeltaTUnit", "s"))
        if second is None or _channel_and_z(plane) != first:
            continue
        try:
            frame, delta = int(plane.get("TheT", "0")), float(plane.get("DeltaT", ""))
        except ValueError:
            continue
        if abs(delta) < float("inf"):
            yield frame, delta * second


def _channel_and_z(plane: Element) -> tuple[int, int]:
    return _whole(plane.get("TheC"), 0), _whole(plane.get("TheZ"), 0)


def _whole(text: str | None, default: int) -> int:
    """Return a whole number, the default where the text is none."""
    try:
        return int(text or "")
    except ValueError:
        return default


def _color(value: str | None) -> str | None:
    """Colour of a signed 32-bit RGBA number; black and the lowest number mean none."""
    rgba = _whole(value, 0) & 0xFFFFFFFF
    if rgba == _UNSET or rgba >> 8 == 0:
        return None
    return hex_color(rgba >> 24, rgba >> 16, rgba >> 8)
