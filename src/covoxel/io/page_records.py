"""Files of Micro-Manager without index and OME-XML: what each page says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from covoxel.io.assembled import Layout
from covoxel.io.ifds import Ifd
from covoxel.io.metadata import Metadata, known
from covoxel.io.ndtiff import AXES, place, ranked
from covoxel.io.units import micrometers

if TYPE_CHECKING:
    from tifffile import TiffFile

#: The tag of the record, and the words for the axes before NDTiff.
_TAG = 51123
_OLDER = {"time": "FrameIndex", "channel": "ChannelIndex", "z": "SliceIndex"}


def from_records(tiff: TiffFile, ifds: Sequence[Ifd]) -> tuple[Layout, dict[int, int]] | None:
    """Return the layout of a file whose index or OME-XML is lost, and the page of each plane.

    They get lost when an acquisition is stopped hard, or when one file of a set is moved.
    Pages of other positions than the first are left out.

    Parameters
    ----------
    tiff : TiffFile
    ifds : sequence of Ifd
        Its list of pages.
    """
    if _TAG not in tiff.pages.first.tags:
        return None
    records = list(_records(tiff, ifds))
    if not all(isinstance(record, dict) for record in records):
        return None
    axes = [_axes(record) for record in records]
    first = _elsewhere(axes[0])
    here = [number for number, at in enumerate(axes) if _elsewhere(at) == first]
    values = [[place(axes[number], axis) for number in here] for axis in AXES]
    (t, n_t), (c, n_c), (z, n_z) = map(ranked, values)
    pages = {(t[i] * n_c + c[i]) * n_z + z[i]: number for i, number in enumerate(here)}
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
    return Layout("TCZ", (n_t, n_c, n_z), metadata), pages


def _records(tiff: TiffFile, ifds: Sequence[Ifd]) -> Iterator[Any]:
    import tifffile

    for number, ifd in enumerate(ifds):
        tiff.filehandle.seek(ifd.offset)
        yield tifffile.TiffPage(tiff, number).tags.valueof(_TAG)


def _axes(record: dict[str, Any]) -> dict[str, Any]:
    """Return where a page is along each axis."""
    axes = record.get("Axes")
    if isinstance(axes, dict) and axes:
        return axes
    older = {axis: record[key] for axis, key in _OLDER.items() if key in record}
    return older | {"position": record.get("PositionIndex", 0)}


def _elsewhere(axes: dict[str, Any]) -> list[tuple[str, str]]:
    """Return where a page is besides time, channel and Z."""
    return sorted((axis, str(at)) for axis, at in axes.items() if axis.lower() not in AXES)
