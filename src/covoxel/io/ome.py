"""OME-XML: which pages make an image, and what it says of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from covoxel.io.errors import ImageError
from covoxel.io.metadata import Metadata, hex_color, known
from covoxel.io.units import micrometers, seconds


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
    name : str
        Its name.
    lead : str
        The axes that count its planes, out of T, Z and C, slowest first.
    lead_shape : tuple of int
        Their lengths.
    plane_shape : tuple of int
        Rows and columns of a plane.
    samples : int
        Channels in each page.
    runs : tuple of Run
        Where its planes are.
    metadata : Metadata
        What it says of them.
    """

    name: str
    lead: str
    lead_shape: tuple[int, ...]
    plane_shape: tuple[int, int]
    samples: int
    runs: tuple[Run, ...]
    metadata: Metadata


def is_ome(description: str) -> bool:
    """Whether an image description is OME-XML, whole or not."""
    return "<OME" in description[:4096]


def parse_ome(path: Path, xml: str) -> list[OmeImage]:
    """Read the images of the OME-XML of a TIFF, or of the companion file that it names.

    Raises
    ------
    ImageError
        If the XML is malformed, or describes no image.
    """
    root = _root(path, xml)
    folder = path.parent
    companion = next(_children(root, "BinaryOnly"), None)
    if companion is not None:
        named = folder / companion.get("MetadataFile", "")
        if not named.is_file():
            raise ImageError(path, f"keeps its metadata in {named.name!r}, which is not beside it")
        text = named.read_bytes().decode("utf-8", "replace")
        root = _root(named, text)
    files = {u.get("FileName") for u in root.iter() if _tag(u) == "UUID" and u.get("FileName")}
    own = {root.get("UUID")} if companion is None else set()

    def file_of(data: Element) -> Path:
        uuid = next(_children(data, "UUID"), None)
        name = None if uuid is None else uuid.get("FileName")
        renamed = name is not None and len(files) == 1 and not (folder / name).is_file()
        if uuid is None or name is None or uuid.text in own or renamed:
            return path
        return folder / name

    images = [
        OmeImage(*_layout(path, pixels, image.get("Name", "")), runs, _metadata(pixels))
        for image in _children(root, "Image")
        for pixels in _children(image, "Pixels")
        if (runs := tuple(_run(path, pixels, data, file_of(data)) for data in _data(pixels)))
    ]
    if not images:
        raise ImageError(path, "its OME-XML describes no image with pixels")
    return images


def _root(path: Path, xml: str) -> Element:
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise ImageError(path, "its OME-XML declares entities, which no OME-XML does: not read")
    try:
        return ET.fromstring(xml)
    except (ET.ParseError, ValueError) as error:
        reason = f"its OME-XML is malformed ({error}); axes= reads the pages without it"
        raise ImageError(path, reason) from None


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Element, tag: str) -> Iterator[Element]:
    return (child for child in element if _tag(child) == tag)


def _data(pixels: Element) -> Iterator[Element]:
    return _children(pixels, "TiffData")


def _layout(
    path: Path, pixels: Element, name: str
) -> tuple[str, str, tuple[int, ...], tuple[int, int], int]:
    """Name, lead, lead_shape, plane_shape and samples of an image."""
    samples = {int(c.get("SamplesPerPixel", 1)) for c in _children(pixels, "Channel")} or {1}
    sizes = {axis: int(pixels.get(f"Size{axis}", 0)) for axis in "TZCYX"}
    order = pixels.get("DimensionOrder", "XYCZT")
    if min(sizes.values()) < 1:
        told = ", ".join(f"{axis} = {size}" for axis, size in sizes.items())
        what = "no channels" if sizes["C"] < 1 else "no pixels"
        raise ImageError(path, f"has {what}: its OME-XML gives the sizes {told}")
    n_samples = samples.pop()
    if samples or n_samples < 1 or sizes["C"] % n_samples or sorted(order) != sorted("XYCZT"):
        reason = f"its OME-XML contradicts itself (DimensionOrder {order}, {sizes['C']} channels)"
        raise ImageError(path, reason)
    lead = "".join(axis for axis in reversed(order) if axis in "TZC")
    sizes["C"] //= n_samples
    lead_shape = tuple(sizes[axis] for axis in lead)
    return name, lead, lead_shape, (sizes["Y"], sizes["X"]), n_samples


def _run(path: Path, pixels: Element, data: Element, file: Path) -> Run:
    _, lead, shape, _, _ = _layout(path, pixels, "")
    first = [int(data.get(f"First{axis}", 0)) for axis in lead]
    if any(not 0 <= i < n for i, n in zip(first, shape, strict=True)):
        raise ImageError(path, f"its OME-XML puts pages at {lead} {first} of {list(shape)}")
    count = data.get("PlaneCount", data.get("NumPlanes", "1" if "IFD" in data.attrib else None))
    plane = sum(i * math.prod(shape[axis + 1 :]) for axis, i in enumerate(first))
    return Run(plane, file, int(data.get("IFD", 0)), None if count is None else int(count))


def _metadata(pixels: Element) -> Metadata:
    channels = list(_children(pixels, "Channel"))
    names = [c.get("Name") or c.get("Fluor") or "" for c in channels]
    steps = {
        axis: micrometers(
            pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "µm")
        )
        for axis in "ZYX"
    }
    return Metadata(
        names=tuple(names) if any(names) else (),
        colors=tuple(_color(c.get("Color")) for c in channels),
        steps=known(**steps),
        time_step=seconds(pixels.get("TimeIncrement"), pixels.get("TimeIncrementUnit", "s")),
    )


def _color(value: str | None) -> str | None:
    """Colour of a signed 32-bit RGBA number."""
    if value is None:
        return None
    rgba = int(value) & 0xFFFFFFFF
    return hex_color(rgba >> 24, rgba >> 16, rgba >> 8)
