"""Metadata of ImageJ TIFFs."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from covoxel.io.assemble import Layout
from covoxel.io.metadata import (
    COARSEST_TAG_UM,
    Metadata,
    hex_color,
    known,
    micrometers,
    pixel_size,
    seconds,
)

#: The position that importers put in front of a plane's label: "c:1/2 z:3/9 - ".
_POSITION = re.compile(r"^(?:[czt]:\d+/\d+\s*)+-?\s*")
#: Channel names in the Info of several vendors: "channel name #1 = DAPI".
_INFO_NAME = re.compile(r"^.*\bchannel\W?\s?name #(\d+) = (.+)$", re.IGNORECASE | re.MULTILINE)


def from_imagej(tiff: Any, n_channels: int) -> Metadata:
    """Read names, colours, display ranges, voxel size and time step of an ImageJ file.

    ImageJ omits the distance of planes if it is one unit, set or not: it is taken as that, with
    a note. A unit of inches comes from print or screen resolutions and is
    used as by `covoxel.io.metadata.from_tags`.
    """
    info = tiff.imagej_metadata or {}
    page = tiff.pages.first
    unit = str(info.get("unit", ""))
    steps, used = pixel_size(page, unit, str(info.get("yunit", unit)))
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    if used.startswith("inch") and steps.get("X", 0) >= COARSEST_TAG_UM:
        steps, remarks = {}, ("its pixel size in inches is one of screens or print: ignored",)
    elif steps:
        z_unit = str(info.get("zunit", unit or used))
        distance = info.get("spacing", 1.0 if unit else None)
        # planes from top to bottom have a distance below 0
        distance = abs(distance) if isinstance(distance, int | float) else distance
        steps = known(Z=micrometers(distance, z_unit)) | steps
        named = {"slices", "channels", "frames"} & info.keys()
        stack = _whole(info.get("slices" if named else "images", 1)) > 1
        if stack and "spacing" not in info and "Z" in steps:
            notes = (f"the file gives no distance of planes, which ImageJ means as 1 {z_unit}",)
    return Metadata(
        names=_names(info, n_channels),
        colors=_colors(info, page),
        ranges=_ranges(info, n_channels),
        steps=steps,
        time_step=seconds(info.get("finterval"), str(info.get("tunit", "s"))),
        notes=notes,
        remarks=remarks,
    )


def imagej_layout(tiff: Any, n_pages: int) -> Layout:
    """Return the layout that an ImageJ file declares; all its pages are Z where it has none.

    `n_pages`: number of its pages, those included that only lie behind the first.
    """
    info = tiff.imagej_metadata or {}
    sizes = {"T": "frames", "Z": "slices", "C": "channels"}
    shape = tuple(max(_whole(info.get(name, 1)), 1) for name in sizes.values())
    if math.prod(shape) == 1:
        shape = (1, n_pages, 1)
    return Layout("TZC", shape, from_imagej(tiff, shape[2]))


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and math.isfinite(value) else 1


def _listed(value: Any) -> list[Any]:
    """Return a list; tifffile gives what stands in a list of one without the list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _names(info: dict[str, Any], n_channels: int) -> tuple[str, ...]:
    """Names from labels that differ between channels only, or from Info."""
    given = _listed(info.get("Labels"))
    labels = [_POSITION.sub("", str(x).split("\n")[0]).strip() for x in given]
    if len(labels) >= n_channels == len(set(labels)):
        of_channel = [set(labels[i::n_channels]) for i in range(n_channels)]
        if all(len(of) == 1 for of in of_channel):
            return tuple(labels[:n_channels])
    named = dict(_INFO_NAME.findall(str(info.get("Info", ""))))
    return tuple(name.strip() for name in named.values()) if len(named) == n_channels else ()


def _colors(info: dict[str, Any], page: Any) -> tuple[str | None, ...]:
    tables = _listed(info.get("LUTs"))
    if not tables and page.colormap is not None:
        tables = [np.asarray(page.colormap) >> 8]
    return tuple(_color(np.asarray(table)) for table in tables)


def _color(table: Any) -> str | None:
    """Colour of the brightest end of a lookup table; None for one that is no ramp."""
    if table.ndim != 2 or len(table) != 3:
        return None
    first, last = table[:, 0].astype(int), table[:, -1].astype(int)
    return hex_color(*(first if first.sum() > last.sum() else last))


def _ranges(info: dict[str, Any], n_channels: int) -> tuple[tuple[float, float], ...]:
    given = _listed(info.get("Ranges"))
    if not given and n_channels == 1 and {"min", "max"} <= info.keys():
        given = [info["min"], info["max"]]
    flat = [float(value) for value in given if isinstance(value, int | float)]
    return tuple(zip(flat[::2], flat[1::2], strict=False))
