"""Files of Micro-Manager: NDTiff sets by their index, and files whose index is lost."""

from __future__ import annotations

import json
import math
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from covoxel.io.assemble import Layout, assembled, plane_of
from covoxel.io.errors import ImageError, refusing
from covoxel.io.metadata import Metadata, known, micrometers, seconds
from covoxel.io.ome import beside
from covoxel.io.pages import RawPage
from covoxel.io.series import Series
from covoxel.io.tiff_pages import Plane, TiffPages

if TYPE_CHECKING:
    from tifffile import TiffFile

INDEX = "NDTiff.index"
#: Bytes 8 to 12 of the TIFFs of a set.
_MAGIC = struct.pack("<I", 483729)
#: Where pyramids keep their pixels.
_FULL = "Full resolution"
#: Data types by number; 2 is 8-bit RGB.
_TYPES = {0: "u1", 1: "u2", 2: "u1", 3: "u2", 4: "u2", 5: "u2", 6: "u2"}
_RGB = 2
#: The tag of the record of a page, and the names of axes in it before NDTiff.
_TAG = 51123
_OLDER = {"time": "FrameIndex", "channel": "ChannelIndex", "z": "SliceIndex"}
#: Names of the axes, and their letters.
AXES = {"time": "T", "channel": "C", "z": "Z"}
_MOST_TEXT = 1 << 20


class _IndexEntry(NamedTuple):
    """One plane of an index."""

    axes: dict[str, Any]
    file: Path
    offset: int
    width: int
    height: int
    kind: int
    compression: int
    metadata_offset: int
    metadata_bytes: int
    metadata_compression: int


def index_of(path: Path) -> Path | None:
    """Return the index of the set that a folder or a TIFF belongs to, None if there is none."""
    if path.is_dir():
        found = (folder / INDEX for folder in (path, path / _FULL))
        return next((index for index in found if index.is_file()), None)
    index = path.parent / INDEX
    if not index.is_file():
        return None
    with path.open("rb") as file:
        return index if file.read(12)[8:] in (_MAGIC, _MAGIC[::-1]) else None


def load_ndtiff(path: Path, index: Path) -> list[Series]:
    """Return the images of a set, by its folder or a TIFF of it: one for each position.

    A corrupt index, or no image with a complete part, is an ImageError.
    """
    with refusing(index, "cannot be read as an NDTiff index"):
        groups: dict[tuple[tuple[str, str], ...], list[_IndexEntry]] = defaultdict(list)
        for entry in _entries(index):
            groups[_position(entry.axes)].append(entry)
    if not groups:
        raise ImageError(index, "has no planes")
    found: list[Series] = []
    absent: list[str] = []
    for number, (where, entries) in enumerate(groups.items()):
        name = ", ".join(f"{axis} {at}" for axis, at in where)
        planes = _PositionPlanes(entries)
        if planes.found:
            layout = Layout("TCZ", planes.lead_shape, planes.metadata(), name)
            one = assembled(path, number, layout, planes.found, planes.why)
            found.append(replace(one, of=len(groups)))
        else:
            absent.append(planes.why())
    if not found:
        raise ImageError(path, f"none of its planes is there ({absent[0]})")
    return found


def _entries(index: Path) -> Iterator[_IndexEntry]:
    """Yield the planes of an index; one that ends early loses its last."""
    with index.open("rb") as file:

        def text() -> bytes:
            (length,) = struct.unpack("<I", file.read(4))
            if length > _MOST_TEXT:
                raise ImageError(index, f"is corrupt: a text of {length} bytes")
            return file.read(length)

        while True:
            try:
                axes_text, name, numbers = text(), text(), struct.unpack("<8I", file.read(32))
            except struct.error:
                return
            axes = json.loads(axes_text)
            if not isinstance(axes, dict):
                raise ImageError(index, f"is corrupt: axes {str(axes)[:50]!r}")
            yield _IndexEntry(axes, beside(index, name.decode("utf-8", "replace")), *numbers)


class _PositionPlanes:
    """The planes of one position."""

    def __init__(self, entries: list[_IndexEntry]) -> None:
        self._entries = entries
        self._absent: dict[str, str] = {}
        self._heads: dict[Path, tuple[str, int]] = {}
        values = [[_place(entry.axes, axis) for entry in entries] for axis in AXES]
        self._axes = [_ranked(of_axis) for of_axis in values]
        self.lead_shape = tuple(size for _, size in self._axes)
        places = zip(*(ranks for ranks, _ in self._axes), strict=True)
        self.names = tuple(dict.fromkeys(map(str, values[1])))
        self.found: dict[int, Plane] = {}
        for entry, (t, c, z) in zip(entries, places, strict=True):
            plane = self._plane(entry)
            if plane is not None:
                _, n_channels, n_planes = self.lead_shape
                self.found[(t * n_channels + c) * n_planes + z] = plane

    def why(self) -> str:
        """Say why planes are missing."""
        if not self._absent:
            return "they are not in its index"
        name, reason = next(iter(self._absent.items()))
        more = f", nor are {len(self._absent) - 1} others" if len(self._absent) > 1 else ""
        return f"{name} {reason}{more}"

    def _plane(self, entry: _IndexEntry) -> Plane | None:
        file = entry.file
        if entry.kind not in _TYPES or entry.compression:
            reason = f"has planes of pixel type {entry.kind}, compression {entry.compression}"
            raise ImageError(file, f"{reason}, which is not supported")
        order, size = self._head(file)
        if not size:
            self._absent[file.name] = "is not beside it"
            return None
        colored = entry.kind == _RGB
        shape = (entry.height, entry.width, *([3] if colored else []))
        dtype = np.dtype(order + _TYPES[entry.kind])
        if 0 in shape or entry.offset + math.prod(shape) * dtype.itemsize > size:
            self._absent[file.name] = "is truncated"
            return None
        return plane_of(RawPage(file, entry.offset, shape, dtype))

    def _head(self, file: Path) -> tuple[str, int]:
        """Byte order and size of a file; 0 where there is none."""
        known = self._heads.get(file)
        if known is None:
            known = ("<", 0)
            if file.is_file():
                with file.open("rb") as opened:
                    order = ">" if opened.read(2) == b"MM" else "<"
                known = (order, file.stat().st_size)
            self._heads[file] = known
        return known

    def metadata(self) -> Metadata:
        """Return names from the index, and sizes from the records of the set and of a plane."""
        first = next(entry for entry in self._entries if self._head(entry.file)[1])
        order, _ = self._head(first.file)
        with first.file.open("rb") as file:
            head = file.read(28)
            (length,) = struct.unpack(f"{order}I", head[24:28].ljust(4, b"\0"))
            summary = _record(file.read(min(length, _MOST_TEXT)))
            file.seek(first.metadata_offset)
            plane = _record(file.read(min(first.metadata_bytes, _MOST_TEXT)))
        size = micrometers(plane.get("PixelSizeUm") or summary.get("PixelSize_um"), "um")
        named = any(not name.isdecimal() for name in self.names)
        return Metadata(
            names=self.names if named else _names(summary),
            steps=known(Z=micrometers(summary.get("z-step_um"), "um"), Y=size, X=size),
            time_step=seconds(summary.get("Interval_ms"), "ms"),
        )


def from_records(tiff: TiffFile, pages: TiffPages) -> tuple[Layout, dict[int, int]] | None:
    """Return the layout of a file whose index or OME-XML is lost, and the page of each plane.

    They get lost when an acquisition is stopped hard, or when one file of a set is moved. Each
    page has a record of its own. Pages of other positions than the first are left out.
    """
    if _TAG not in tiff.pages.first.tags:
        return None
    records = [pages.tags(number).valueof(_TAG) for number in range(len(pages))]
    if not all(isinstance(record, dict) for record in records):
        return None
    axes = [_axes(record) for record in records]
    first = _position(axes[0])
    here = [number for number, at in enumerate(axes) if _position(at) == first]
    values = [[_place(axes[number], axis) for number in here] for axis in AXES]
    (t, n_t), (c, n_c), (z, n_z) = map(_ranked, values)
    places = {(t[i] * n_c + c[i]) * n_z + z[i]: number for i, number in enumerate(here)}
    names = {c[i]: str(records[n].get("Channel") or "") for i, n in enumerate(here)}
    if any(isinstance(value, str) for value in values[1]):
        names = {c[i]: str(value) for i, value in enumerate(values[1])}
    size = micrometers(records[0].get("PixelSizeUm"), "um")
    note = "its index or OME-XML is not here: planes are placed by what each page says"
    if len(here) < len(records):
        note += f", of {len(records)} pages {len(here)} are of the first position"
    given = tuple(names.get(i, "") for i in range(n_c)) if n_c <= len(records) else ()
    distinct = len({*given}) == len(given)
    metadata = Metadata(given if distinct else (), steps=known(Y=size, X=size), notes=(note,))
    return Layout("TCZ", (n_t, n_c, n_z), metadata), places


def _axes(record: dict[str, Any]) -> dict[str, Any]:
    """Return where a page is along each axis, by its record."""
    axes = record.get("Axes")
    if isinstance(axes, dict) and axes:
        return axes
    older = {axis: record[key] for axis, key in _OLDER.items() if key in record}
    return older | {"position": record.get("PositionIndex", 0)}


def _position(axes: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return where a plane is along axes other than time, channel and Z."""
    return tuple(sorted((axis, str(at)) for axis, at in axes.items() if axis.lower() not in AXES))


def _place(axes: dict[str, Any], axis: str) -> int | str:
    """Return where a plane is along an axis, 0 by default."""
    found = next((value for key, value in axes.items() if key.lower() == axis), 0)
    return found if isinstance(found, int) else str(found)


def _ranked(values: list[int | str]) -> tuple[list[int], int]:
    """Return the place of each value along its axis, and the length of that.

    Numbers count, those that are missing too; names follow as they occur.
    """
    numbers = [value for value in values if isinstance(value, int)]
    if len(numbers) == len(values):
        first = min(numbers)
        return [number - first for number in numbers], max(numbers) - first + 1
    names = {value: i for i, value in enumerate(dict.fromkeys(values))}
    return [names[value] for value in values], len(names)


def _names(summary: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of channels in the record of a set, which may number them elsewhere."""
    names = summary.get("ChNames")
    return tuple(map(str, names)) if isinstance(names, list) else ()


def _record(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
