"""Metadata of microscope vendors and other programs, and the order of pages they define."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from html import unescape
from itertools import pairwise
from typing import Any

from covoxel.io.assemble import Layout
from covoxel.io.metadata import Metadata, hex_color, known, micrometers, pixel_size, seconds

#: Names of pages that only count: "3", "slice 12", "Z_004".
_COUNTING = re.compile(
    r"(?:z|t|c|time|slice|plane|frame|page|section|series|image|img|ifd)?[\s_#:=.-]*\d+"
    r"(?:\s*(?:/|of)\s*\d+)?",
    re.IGNORECASE,
)
_SCIFIO_AXES = {"Z": "Z", "CHANNEL": "C", "C": "C", "TIME": "T", "T": "T"}
#: Fewer pages of a name each are channels of an imaging mass cytometer, say, not planes.
_MOST_CHANNELS = 200


def from_lsm(tiff: Any) -> Metadata:
    """Read the metadata of a Zeiss LSM file."""
    info = tiff.lsm_metadata or {}
    sizes = {axis: micrometers(info.get(f"VoxelSize{axis}"), "m") for axis in "ZYX"}
    channels = info.get("ChannelColors") or {}
    return Metadata(
        names=tuple(str(name) for name in channels.get("ColorNames", ())),
        colors=tuple(hex_color(*color[:3]) for color in channels.get("Colors", ())),
        steps=known(**sizes),
        time_step=seconds(info.get("TimeIntervall"), "s"),
    )


def from_stk(tiff: Any) -> Metadata:
    """Read the metadata of a MetaMorph stack."""
    info = tiff.stk_metadata or {}
    unit = str(info.get("CalibrationUnits", ""))
    distances = {float(step) for step in info.get("ZDistance", ())}
    z = distances.pop() if len(distances) == 1 else math.nan
    return Metadata(
        names=(str(info["Name"]),) if info.get("Name") else (),
        steps=known(
            Z=micrometers(z, unit),
            Y=micrometers(info.get("YCalibration"), unit),
            X=micrometers(info.get("XCalibration"), unit),
        ),
    )


def from_sis(tiff: Any) -> Metadata:
    """Read the metadata of an Olympus SIS file, whose pixels are in metres."""
    info = tiff.sis_metadata or {}
    bands = [one for one in info.get("Band", ()) if isinstance(one, dict)]
    names = [next((str(v) for k, v in one.items() if "name" in k.lower()), "") for one in bands]
    return Metadata(
        names=tuple(names) if any(names) else (),
        steps=known(
            Y=micrometers(info.get("pixelsizey"), "m"),
            X=micrometers(info.get("pixelsizex"), "m"),
        ),
    )


def from_metaseries(tiff: Any) -> Metadata:
    """Read the metadata of a MetaSeries file (MetaMorph, MetaXpress): wavelength and pixel."""
    plane = _plane_info(str(tiff.pages.first.description))
    names = tuple(filter(None, [_illumination(plane)]))
    if not plane.get("spatial-calibration-state", True):
        return Metadata(names=names)
    unit = str(plane.get("spatial-calibration-units", ""))
    return Metadata(
        names=names,
        steps=known(
            Y=micrometers(plane.get("spatial-calibration-y"), unit),
            X=micrometers(plane.get("spatial-calibration-x"), unit),
        ),
    )


def from_planes(descriptions: Sequence[str]) -> Layout | None:
    """Return the layout of several MetaSeries pages, by the wavelength and height of each.

    Pages of one wavelength at one height are time points.
    """
    planes = [_plane_info(text) for text in descriptions]
    names = [_illumination(plane) for plane in planes]
    if len({*names}) > 1:
        layout = from_page_names(names)
    else:
        layout = Layout("ZC", (len(names), 1), Metadata(names=tuple(names[:1])))
    if layout is None:
        return None
    heights = [plane.get("z-position") for plane in planes if _illumination(plane) == names[0]]
    z = [value for value in heights if isinstance(value, float) and math.isfinite(value)]
    if len(z) < len(heights) or len(heights) < 2:
        return layout if len({*names}) > 1 else None
    if len({*z}) == 1:
        return replace(layout, lead=layout.lead.replace("Z", "T"))
    gaps = {round(abs(b - a), 6) for a, b in pairwise(z)}
    steps = known(Z=micrometers(gaps.pop(), "um")) if len(gaps) == 1 else {}
    return replace(layout, metadata=replace(layout.metadata, steps=steps))


def _plane_info(text: str) -> dict[str, Any]:
    """Return what a MetaSeries page says of itself, nothing where it is no such page."""
    import tifffile

    try:
        found = tifffile.tifffile.metaseries_description_metadata(text)
    except (ValueError, SyntaxError):
        return {}
    plane = found.get("PlaneInfo")
    return plane if isinstance(plane, dict) else {}


def _illumination(plane: Mapping[str, Any]) -> str:
    return str(plane.get("_IllumSetting_") or plane.get("image-name") or "")


def from_fluoview(tiff: Any) -> Metadata:
    """Read the metadata of an Olympus FluoView file: the step along each axis with its unit."""
    rows = (tiff.fluoview_metadata or {}).get("Dimensions", ())
    at = {str(name).upper(): (abs(step), str(unit)) for name, _, _, step, unit in rows}
    return Metadata(
        steps=known(**{axis: micrometers(*at[axis]) for axis in "ZYX" if axis in at}),
        time_step=seconds(*at.get("T", at.get("TIME", (None, "")))),
    )


def from_qpi(tiff: Any) -> Metadata:
    """Read names and colours of the channels of a QPTIFF (Akoya, PerkinElmer), of one page each."""
    texts = [str(page.aspage().description) for page in tiff.series[0].pages]
    named = [re.search(r"<(?:Biomarker|Name)>([^<]*)<", text) for text in texts]
    colors = [re.search(r"<Color>(\d+),(\d+),(\d+)<", text) for text in texts]
    return Metadata(
        names=tuple(unescape(one[1]) if one else "" for one in named) if all(named) else (),
        colors=tuple(hex_color(*map(int, one.groups())) if one else None for one in colors),
    )


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
    """Read names, voxel size and time step from the JSON of a page, with keys of OME or ImageJ."""
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
    if isinstance(channel, list):
        each = [one if isinstance(one, Mapping) else {} for one in channel]
        channel = {key: [one.get(key) for one in each] for key in ("Name", "Color")}
        channel = {key: values for key, values in channel.items() if any(values)}
    channel = channel if isinstance(channel, Mapping) else {}
    names = channel.get("Name") or info.get("channel_names") or info.get("channels")
    names = names or info.get("Labels") or ()
    return Metadata(
        names=tuple(str(name or "") for name in _listed(names)),
        colors=tuple(_color(value) for value in _listed(channel.get("Color", ()))),
        steps={axis: steps[axis] for axis in "ZYX" if axis in steps},
        time_step=seconds(interval, str(of_interval)),
    )


def _listed(value: Any) -> list[Any]:
    """Return a list; text becomes a list of one."""
    if isinstance(value, list | tuple):
        return list(value)
    return [value] if isinstance(value, str) else []


def _color(value: Any) -> str | None:
    """Colour of a signed 32-bit RGBA number."""
    if not isinstance(value, int):
        return None
    return hex_color(value >> 24, value >> 16, value >> 8)


def from_scifio(page: Any, text: str) -> Layout | None:
    """Return the layout of a TIFF of SCIFIO (ImageJ2): its axes, lengths, scales and units."""
    lines = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    if "SCIFIO" not in lines:
        return None
    axes = [axis.strip().upper() for axis in lines.get("axes", "").split(",")]
    lengths = whole_numbers(lines.get("lengths", "").split(","))
    lead = [_SCIFIO_AXES.get(axis, "?") for axis in axes[2:]]
    if axes[:2] != ["X", "Y"] or len(lengths) != len(axes) or len({*lead} - {"?"}) < len(lead):
        return None
    scales, units = lines.get("scales", "").split(","), lines.get("units", "").split(",")
    at = dict(zip(axes, zip(scales, units, strict=False), strict=False))
    steps = {a: micrometers(*at[a]) for a in ("Z", "Y", "X") if a in at}
    given = known(**steps)
    tagged, _ = pixel_size(page, "")
    tagged = {a: t for a, t in tagged.items() if not math.isclose(given.get(a, 0), t, rel_tol=0.01)}
    time = at.get("TIME", at.get("T", ("", "")))
    metadata = Metadata(steps=given | tagged, time_step=seconds(*time))
    return Layout("".join(reversed(lead)), tuple(reversed(lengths[2:])), metadata)


def from_page_names(names: Sequence[str]) -> Layout | None:
    """Return the layout of pages that each carry the name of their channel.

    Examples
    --------
    >>> found = from_page_names(["CD45", "DNA1", "CD45", "DNA1"])
    >>> found.lead, found.lead_shape, found.metadata.names
    ('ZC', (2, 2), ('CD45', 'DNA1'))
    >>> from_page_names(["slice 1", "slice 2"])
    """
    unique = list(dict.fromkeys(name.strip() for name in names))
    n_channels, n_pages = len(unique), len(names)
    if not 1 < n_channels <= _MOST_CHANNELS or not all(unique):
        return None
    if all(_COUNTING.fullmatch(name) for name in unique) or n_pages % n_channels:
        return None
    n_planes = n_pages // n_channels
    given = [name.strip() for name in names]
    remark = ("its channels are taken from the names of its pages; axes= overrides it",)
    if given == unique * n_planes:
        lead, shape = "ZC", (n_planes, n_channels)
    elif given == [name for name in unique for _ in range(n_planes)]:
        lead, shape = "CZ", (n_channels, n_planes)
    else:
        return None
    return Layout(lead, shape, Metadata(names=tuple(unique), remarks=remark))


def whole_numbers(values: Iterable[Any]) -> list[int]:
    """Return whole numbers, none where one is not."""
    try:
        return [int(value) for value in values]
    except (TypeError, ValueError, OverflowError):
        return []
