"""What ImageJ writes into its TIFFs."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from covoxel.io.metadata import COARSEST_TAG_UM, Metadata, hex_color, known, resolution
from covoxel.io.units import micrometers, seconds

#: The position that importers put in front of a plane's label: "c:1/2 z:3/9 - ".
_POSITION = re.compile(r"^(?:[czt]:\d+/\d+\s*)+-?\s*")
#: Channel names in the Info of several vendors: "channel name #1 = DAPI".
_INFO_NAME = re.compile(r"^.*\bchannel\W?\s?name #(\d+) = (.+)$", re.IGNORECASE | re.MULTILINE)


def from_imagej(tiff: Any, n_channels: int) -> Metadata:
    """Read names, colours, display ranges, voxel size and time step of an ImageJ file.

    ImageJ leaves the distance of planes out where it was never set (and where it is one
    unit): it counts as unknown. A unit of inches comes from print or screen resolutions
    and is believed as `covoxel.io.metadata.from_tags` believes them.
    """
    info = tiff.imagej_metadata or {}
    page = tiff.pages.first
    unit = str(info.get("unit", ""))
    per_x, per_y = resolution(page, "X"), resolution(page, "Y")
    steps = known(
        Z=micrometers(info.get("spacing"), str(info.get("zunit", unit))),
        Y=micrometers(1 / per_y, str(info.get("yunit", unit))) if per_y else None,
        X=micrometers(1 / per_x, unit) if per_x else None,
    )
    remarks: tuple[str, ...] = ()
    if unit.startswith("inch") and steps.get("X", 0) >= COARSEST_TAG_UM:
        steps, remarks = {}, ("its pixel size in inches is one of screens or print: ignored",)
    return Metadata(
        names=_names(info, n_channels),
        colors=_colors(info, page),
        ranges=_ranges(info, n_channels),
        steps=steps,
        time_step=seconds(info.get("finterval"), str(info.get("tunit", "s"))),
        remarks=remarks,
    )


def _names(info: dict[str, Any], n_channels: int) -> tuple[str, ...]:
    """Names from labels that tell channels apart and planes of one channel not, or Info."""
    labels = [_POSITION.sub("", str(x).split("\n")[0]).strip() for x in info.get("Labels", ())]
    of_channel = [set(labels[i::n_channels]) for i in range(n_channels)]
    if all(len(of) == 1 for of in of_channel) and len(set(labels)) == n_channels:
        return tuple(labels[:n_channels])
    told = dict(_INFO_NAME.findall(str(info.get("Info", ""))))
    return tuple(name.strip() for name in told.values()) if len(told) == n_channels else ()


def _colors(info: dict[str, Any], page: Any) -> tuple[str | None, ...]:
    tables = info.get("LUTs")
    if tables is None and page.colormap is not None:
        tables = [np.asarray(page.colormap) >> 8]
    return tuple(_color(np.asarray(table)) for table in tables or ())


def _color(table: Any) -> str | None:
    """Colour of the brightest end of a lookup table; None for one that is no ramp."""
    if table.ndim != 2 or len(table) != 3:
        return None
    first, last = table[:, 0].astype(int), table[:, -1].astype(int)
    return hex_color(*(first if first.sum() > last.sum() else last))


def _ranges(info: dict[str, Any], n_channels: int) -> tuple[tuple[float, float], ...]:
    flat = info.get("Ranges")
    if flat is None and n_channels == 1 and {"min", "max"} <= info.keys():
        flat = (info["min"], info["max"])
    flat = [float(value) for value in flat or ()]
    return tuple(zip(flat[::2], flat[1::2], strict=False))
