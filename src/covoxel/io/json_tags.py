"""What tifffile writes as JSON into the description of a TIFF."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from covoxel.io.metadata import Metadata, hex_color, pixel_size
from covoxel.io.units import micrometers, seconds


def json_of(page: Any) -> dict[str, Any] | None:
    """Return the JSON object in the description of a page, if there is one."""
    text = str(page.description).strip()
    if not (text.startswith("{") and text.endswith("}")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def from_json(info: Mapping[str, Any], page: Any) -> Metadata:
    """Read names, voxel size and time step, in the words of OME or of ImageJ.

    Parameters
    ----------
    info : mapping
        What `json_of` returned.
    page : TiffPage
        The page, for its resolution tags.
    """
    unit = str(info.get("unit", ""))
    steps, _ = pixel_size(page, unit)
    for axis in "ZYX":
        key = f"PhysicalSize{axis}"
        size = micrometers(info.get(key), str(info.get(f"{key}Unit", "µm")))
        if size is None and axis == "Z":
            size = micrometers(info.get("spacing"), str(info.get("zunit", unit)))
        if size is not None:
            steps[axis] = size
    interval, of_interval = info.get("TimeIncrement"), info.get("TimeIncrementUnit", "s")
    if interval is None:
        interval, of_interval = info.get("finterval"), info.get("tunit", "s")
    channel = info.get("Channel")
    channel = channel if isinstance(channel, Mapping) else {}
    names = channel.get("Name") or info.get("channel_names") or info.get("channels") or ()
    return Metadata(
        names=tuple(map(str, _listed(names))),
        colors=tuple(_color(value) for value in _listed(channel.get("Color", ()))),
        steps={axis: steps[axis] for axis in "ZYX" if axis in steps},
        time_step=seconds(interval, str(of_interval)),
    )


def _listed(value: Any) -> list[Any]:
    """Return a list; what stands for a list of one becomes one."""
    if isinstance(value, list | tuple):
        return list(value)
    return [value] if isinstance(value, str) else []


def _color(value: Any) -> str | None:
    """Colour of a signed 32-bit RGBA number."""
    if not isinstance(value, int):
        return None
    return hex_color(value >> 24, value >> 16, value >> 8)
