"""OIB and OIF files of Olympus FluoView, read by oiffile: TIFFs in one file, or in a folder."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile
from scipy import sparse

from covoxel.core.types import IntArray
from covoxel.io.assemble import Layout, assembled, plane_of
from covoxel.io.errors import ImageError, refusing
from covoxel.io.metadata import Metadata, hex_color, known, micrometers, seconds
from covoxel.io.page_stack import opened
from covoxel.io.pages import Index, LibraryPage
from covoxel.io.series import Series
from covoxel.io.tiff_pages import Plane

if TYPE_CHECKING:
    from oiffile import OifFile


#: The end of the name of a plane, which counts axes from 1: C001Z003.
_PLACE, _AXIS = re.compile(r"_((?:[A-Z]\d+)+)\.tif$"), re.compile(r"([A-Z])(\d+)")
_LEAD = "TZC"


def load(path: Path) -> tuple[str, list[Series]]:
    """Return the format and the images of an OIB or OIF, without reading pixels."""
    from oiffile import OifFile

    with refusing(path, "cannot be read as OIB or OIF"), ExitStack() as stack:
        if path.suffix.lower() != ".oif":
            check_chains(path)
        file = stack.enter_context(opened(OifFile, path))
        groups: dict[tuple[tuple[str, int], ...], dict[tuple[int, ...], str]] = defaultdict(dict)
        for name, at in _planes(file):
            where = tuple((axis, i) for axis, i in at.items() if axis not in _LEAD)
            groups[where][tuple(at.get(axis, 0) for axis in _LEAD)] = name
        if not groups:
            raise ImageError(path, "has no planes")
        found = []
        for number, (where, names) in enumerate(groups.items()):
            first = next(iter(names.values()))
            with tifffile.TiffFile(file.open_file(first)) as tiff:
                page = tiff.pages.first
            lead = tuple(1 + max(i) for i in zip(*names, strict=True))
            planes: dict[int, Plane] = {}
            for (t, z, c), name in names.items():
                at = (t * lead[1] + z) * lead[2] + c
                planes[at] = plane_of(_page(path, file, name, page))
            name = ", ".join(f"{axis} {i + 1}" for axis, i in where)
            layout = Layout(_LEAD, lead, _metadata(file, lead), name)
            one = assembled(path, number, layout, planes, lambda: "they are not in the file")
            found.append(replace(one, of=len(groups)))
    return "OIB" if file.is_oib else "OIF", found


def _planes(file: OifFile) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield the name of each plane, and where it lies along each axis, from 0."""
    for name in sorted(file.glob("*.tif")):
        place = _PLACE.search(name)
        if place is not None:
            yield name, {axis: int(i) - 1 for axis, i in _AXIS.findall(place[1])}


def _page(path: Path, file: OifFile, name: str, first: Any) -> LibraryPage:
    """Return a plane that is stored as the first one is; of an OIF it is a file."""
    holder = path if file.is_oib else path.parent / name
    dtype = first.dtype.newbyteorder("=")
    return LibraryPage(holder, first.shape, dtype, _read, name if file.is_oib else None)


def _read(path: Path, key: str | None, index: Index) -> Any:
    from oiffile import OifFile

    if key is None:
        return tifffile.imread(path)[index]
    with opened(OifFile, path) as file:
        return file.asarray(key)[index]


def _metadata(file: OifFile, lead: tuple[int, ...]) -> Metadata:
    settings = file.mainfile
    image = settings.get("Reference Image Parameter", {})
    axes = {
        str(one.get("AxisCode")): one
        for name, one in settings.items()
        if name.startswith("Axis") and isinstance(one, Mapping)
    }
    channels = [settings.get(f"Channel {i + 1} Parameters", {}) for i in range(lead[2])]
    return Metadata(
        names=tuple(_name(one) for one in channels),
        colors=tuple(_color(file, i) for i in range(lead[2])),
        steps=known(
            Z=micrometers(*_step(axes.get("Z", {}), lead[1])),
            Y=micrometers(image.get("HeightConvertValue"), image.get("HeightUnit")),
            X=micrometers(image.get("WidthConvertValue"), image.get("WidthUnit")),
        ),
        time_step=seconds(*_step(axes.get("T", {}), lead[0])),
    )


def _step(axis: Mapping[str, Any], length: int) -> tuple[float | None, str]:
    """Return the step of an axis and its unit."""
    try:
        span = abs(float(axis["EndPosition"]) - float(axis["StartPosition"]))
    except (KeyError, TypeError, ValueError):
        return None, ""
    return span / (length - 1) if length > 1 else None, str(axis.get("UnitName", ""))


def _name(channel: Mapping[str, Any]) -> str:
    dye = str(channel.get("DyeName", ""))
    return dye if dye not in ("", "None") else str(channel.get("CH Name", ""))


def _color(file: OifFile, number: int) -> str | None:
    """Return the last colour of the lookup table of a channel, None where there is none."""
    from oiffile import SettingsFile

    name = next((one for one in file.glob(f"*_LUT{number + 1}.lut")), None)
    if name is None:
        return None
    table = SettingsFile(file.open_file(name), name).get("ColorLUTData")
    if table is None or not len(table):
        return None
    blue, green, red, _ = table[-1]
    return hex_color(red, green, blue)


#: Numbers from here on end a chain, or mark a sector as free.
_LAST = 0xFFFFFFFA
#: Words of 4 bytes in the header, and those of it that say where the table of sectors lies.
_HEADER, _FIRST_OF_TABLE = 128, 19


def check_chains(path: Path) -> None:
    """Refuse a file with a chain of sectors that comes back to itself, which has no end to read."""
    words = np.memmap(path, "<u4", "r", shape=(path.stat().st_size // 4,))
    if words.size < _HEADER:
        msg = "it ends within its header"
        raise ValueError(msg)
    size = 1 << (int(words[7]) >> 16 & 31) - 2

    def sector(number: int) -> IntArray:
        return words[size * (1 + number) : size * (2 + number)].astype(np.int64)

    def table(numbers: list[int]) -> IntArray:
        return np.concatenate([np.empty(0, np.int64), *map(sector, numbers)])

    sectors, (extra, extras) = words.size // max(size, 1), words[17:19].tolist()
    mini, minis, listed = int(words[15]), int(words[16]), int(words[11])
    if max(extras, minis, listed) > sectors:
        msg = "it declares more sectors than it has"
        raise ValueError(msg)
    numbers = words[_FIRST_OF_TABLE:_HEADER].tolist()
    for _ in range(extras):
        *more, extra = sector(extra).tolist() or [_LAST]
        numbers += more
    following = table(numbers[:listed])
    held: list[int] = []
    while mini < following.size and len(held) < minis:
        held.append(mini)
        mini = int(following[mini])
    if _circular(following) or _circular(table(held)):
        msg = "a chain of its sectors comes back to itself"
        raise ValueError(msg)


def _circular(following: IntArray) -> bool:
    """Return whether a chain has no end: without one, each link joins two parts that were apart."""
    linked = np.flatnonzero(following < min(_LAST, following.size))
    links = sparse.coo_array(
        (np.ones(linked.size, np.int8), (linked, following[linked])), (following.size,) * 2
    )
    parts, _ = sparse.csgraph.connected_components(links, directed=False)
    return bool(parts != following.size - linked.size)
