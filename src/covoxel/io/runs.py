"""What runs of pages are, where a program says so in its own words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from covoxel.io.assembled import Layout
from covoxel.io.metadata import Metadata, known, pixel_size
from covoxel.io.units import micrometers, seconds

#: Names of pages that only count: "3", "slice 12", "Z_004".
_COUNTING = re.compile(
    r"(?:z|t|c|time|slice|plane|frame|page|section|series|image|img|ifd)?[\s_#:=.-]*\d+"
    r"(?:\s*(?:/|of)\s*\d+)?",
    re.IGNORECASE,
)
_SCIFIO_AXES = {"Z": "Z", "CHANNEL": "C", "C": "C", "TIME": "T", "T": "T"}
#: Fewer pages of a name each are channels of an imaging mass cytometer, say, not planes.
_MOST_CHANNELS = 200


def from_scanimage(frame: Mapping[str, Any], n_pages: int) -> Layout | None:
    """Return the layout of a ScanImage file: channels vary first, then repeats, then planes.

    Parameters
    ----------
    frame : mapping
        Its frame data, names with ``SI.`` in front.
    n_pages : int
        Number of its pages.
    """
    saved = frame.get("SI.hChannels.channelSave")
    channels = _numbers(saved)
    if not channels:
        return None
    names = frame.get("SI.hChannels.channelName", ())
    names = [names] if isinstance(names, str) else list(_flat(names))
    chosen = tuple(str(names[i - 1]) for i in channels if 0 < i <= len(names))
    n_channels = len(channels)
    volumes = bool(frame.get("SI.hFastZ.enable") in (True, 1, "true"))
    slices = _count(frame.get("SI.hStackManager.actualNumSlices"))
    slices = slices or _count(frame.get("SI.hStackManager.numSlices")) or 1
    n_frames = max(n_pages // n_channels, 1)
    per_slice = _count(frame.get("SI.hStackManager.framesPerSlice")) or 1
    rate, zs = frame.get("SI.hRoiManager.scanFrameRate"), min(slices, n_frames)
    if volumes or per_slice * slices < n_frames:
        lead, shape = "TZC", (math.ceil(n_frames / zs), zs, n_channels)
        rate = frame.get("SI.hRoiManager.scanVolumeRate", rate)
    else:
        lead, shape = "ZTC", (zs, math.ceil(n_frames / zs), n_channels)
    step = micrometers(frame.get("SI.hStackManager.stackZStepSize"), "um") if zs > 1 else None
    return Layout(
        lead,
        shape,
        Metadata(
            names=chosen if len(chosen) == n_channels else (),
            steps=known(Z=step),
            time_step=_period(rate),
        ),
    )


def from_scifio(page: Any, text: str) -> Layout | None:
    """Return the layout of a TIFF of SCIFIO (ImageJ2): its axes, lengths, scales and units."""
    lines = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    if "SCIFIO" not in lines:
        return None
    axes = [axis.strip().upper() for axis in lines.get("axes", "").split(",")]
    lengths = _numbers(lines.get("lengths", "").split(","))
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


def _period(rate: Any) -> float | None:
    try:
        return seconds(1 / float(rate), "s")
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None


def _count(value: Any) -> int | None:
    """Return a whole number of 1 or more, None for anything else."""
    try:
        return int(value) if math.isfinite(value) and value >= 1 else None
    except TypeError:
        return None


def _flat(values: Any) -> list[Any]:
    if isinstance(values, list | tuple):
        return [one for value in values for one in _flat(value)]
    return [values]


def _numbers(values: Any) -> list[int]:
    """Return whole numbers, none where one is not."""
    try:
        return [int(value) for value in _flat(values)]
    except (TypeError, ValueError, OverflowError):
        return []
