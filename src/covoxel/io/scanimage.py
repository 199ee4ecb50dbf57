"""Metadata of ScanImage, and the order of the pages that it writes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from covoxel.io.assemble import Layout
from covoxel.io.metadata import Metadata, known, micrometers, seconds
from covoxel.io.vendors import whole_numbers

#: What ScanImage 3 calls the facts that later versions keep under ``SI.``.
_OLDER = {
    "SI.hStackManager.numSlices": "state.acq.numberOfZSlices",
    "SI.hStackManager.stackZStepSize": "state.acq.zStepSize",
    "SI.hRoiManager.scanFrameRate": "state.acq.frameRate",
}
_SAVED = re.compile(r"state\.acq\.savingChannel(\d+)")


def frame_data(tiff: Any) -> dict[str, Any]:
    """Return the frame data of a file, with keys that begin with ``SI.``.

    It lies in a block of its own, or in the tags of the first page.
    """
    import tifffile

    frame = (tiff.scanimage_metadata or {}).get("FrameData")
    page = tiff.pages.first
    if not frame and page.description.startswith("state."):
        return _of_older(page.description)
    if not frame:
        frame = tifffile.matlabstr2py(f"{page.software}\n{page.description}")
    return {str(key).removeprefix("scanimage."): value for key, value in dict(frame).items()}


def _of_older(text: str) -> dict[str, Any]:
    """Return what ScanImage 3 wrote line by line, by the names of later versions."""
    state = {key: value for key, mark, value in (n.partition("=") for n in text.split()) if mark}
    saved = [int(found[1]) for key in state if (found := _SAVED.fullmatch(key))]
    channels = sorted(number for number in saved if _real(state.get(_saving(number))) == 1)
    averaged = _real(state.get("state.acq.numAvgFramesSave")) or 1
    frames = _real(state.get("state.acq.numberOfFrames")) or 1
    frame: dict[str, Any] = {new: _real(state.get(old)) for new, old in _OLDER.items()}
    rate = frame["SI.hRoiManager.scanFrameRate"]
    frame["SI.hRoiManager.scanFrameRate"] = None if rate is None else rate / averaged
    frame["SI.hStackManager.framesPerSlice"] = frames / averaged
    frame["SI.hChannels.channelSave"] = channels
    return frame


def _saving(number: int) -> str:
    return f"state.acq.savingChannel{number}"


def _real(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None


def pages_of_planes(frame: Mapping[str, Any], n_pages: int) -> list[int]:
    """Return the pages that hold planes, not what is scanned while the objective flies back."""
    channels = len(whole_numbers(_flat(frame.get("SI.hChannels.channelSave"))))
    every, slices = _per_volume(frame), _slices(frame)
    if not channels or not _volumes(frame) or every <= slices:
        return list(range(n_pages))
    # some versions count the way back, but do not save it
    if n_pages % (every * channels) and n_pages % (slices * channels) == 0:
        return list(range(n_pages))
    return [number for number in range(n_pages) if number // channels % every < slices]


def from_scanimage(frame: Mapping[str, Any], n_pages: int) -> Layout | None:
    """Return the layout of planes: channels vary first, then repeats, then planes.

    `frame` is the frame data of the file, and `n_pages` the number of `pages_of_planes`.
    """
    channels = whole_numbers(_flat(frame.get("SI.hChannels.channelSave")))
    if not channels:
        return None
    names = frame.get("SI.hChannels.channelName", ())
    names = [names] if isinstance(names, str) else list(_flat(names))
    chosen = tuple(str(names[i - 1]) for i in channels if 0 < i <= len(names))
    n_channels = len(channels)
    slices = _slices(frame)
    n_frames = max(n_pages // n_channels, 1)
    per_slice = _count(frame.get("SI.hStackManager.framesPerSlice")) or 1
    step, zs = _period(frame.get("SI.hRoiManager.scanFrameRate")), min(slices, n_frames)
    if _volumes(frame) or per_slice * slices < n_frames:
        lead, shape = "TZC", (math.ceil(n_frames / zs), zs, n_channels)
        every = max(_per_volume(frame), zs)
        of_volume = _period(frame.get("SI.hRoiManager.scanVolumeRate"))
        step = of_volume or (None if step is None else step * every)
    else:
        lead, shape = "ZTC", (zs, math.ceil(n_frames / zs), n_channels)
    between = micrometers(frame.get("SI.hStackManager.stackZStepSize"), "um") if zs > 1 else None
    return Layout(
        lead,
        shape,
        Metadata(
            names=chosen if len(chosen) == n_channels else (),
            steps=known(Z=between),
            time_step=step,
        ),
    )


def _volumes(frame: Mapping[str, Any]) -> bool:
    """Whether volumes follow each other, by a fast axis along Z."""
    return frame.get("SI.hFastZ.enable") in (True, 1, "true")


def _slices(frame: Mapping[str, Any]) -> int:
    slices = _count(frame.get("SI.hStackManager.actualNumSlices"))
    return slices or _count(frame.get("SI.hStackManager.numSlices")) or 1


def _per_volume(frame: Mapping[str, Any]) -> int:
    """Return the frames of a volume, with those of the way back."""
    every = _count(frame.get("SI.hStackManager.numFramesPerVolumeWithFlyback"))
    return every or _count(frame.get("SI.hFastZ.numFramesPerVolume")) or _slices(frame)


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
