"""ND2 files of NIS-Elements, read by nd2: an image for each position."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.io.assemble import Layout, assembled, plane_of
from covoxel.io.errors import ImageError, refusing
from covoxel.io.metadata import Metadata, hex_color, known, micrometers, seconds, step_of_times
from covoxel.io.page_stack import opened
from covoxel.io.pages import Index, LibraryPage
from covoxel.io.series import Series
from covoxel.io.tiff_pages import Plane

if TYPE_CHECKING:
    from nd2 import ND2File

#: Frames of one image are counted along these; along others each step is an image of its own.
_LEAD = "TZ"


def load(path: Path) -> tuple[str, list[Series]]:
    """Return the format and the images of an ND2, without reading pixels."""
    from nd2 import ND2File

    with refusing(path, "cannot be read as ND2"), opened(ND2File, path) as file:
        sizes = file.sizes
        shape = tuple(sizes[axis] for axis in "YXS" if axis in sizes)
        n_channels = sizes.get("C", 1)
        groups: dict[tuple[tuple[str, int], ...], dict[tuple[int, int], int]] = defaultdict(dict)
        for number, at in enumerate(file.loop_indices[: file.attributes.sequenceCount]):
            where = tuple((axis, i) for axis, i in at.items() if axis not in _LEAD)
            groups[where][at.get("T", 0), at.get("Z", 0)] = number
        if not groups:
            raise ImageError(path, "has no frames")
        lead = (sizes.get("T", 1), sizes.get("Z", 1), n_channels)
        found = []
        for number, (where, frames) in enumerate(groups.items()):
            planes: dict[int, Plane] = {}
            for (t, z), frame in frames.items():
                for c in range(n_channels):
                    key = (frame, c if n_channels > 1 else None)
                    page = LibraryPage(path, shape, file.dtype, _read, key)
                    planes[(t * lead[1] + z) * n_channels + c] = plane_of(page)
            layout = Layout("TZC", lead, _metadata(file, frames), _name(file, dict(where)))
            one = assembled(path, number, layout, planes, lambda: "the acquisition was stopped")
            found.append(replace(one, of=len(groups)))
    return "ND2", found


def _read(path: Path, key: tuple[int, int | None], index: Index) -> Any:
    from nd2 import ND2File

    frame, channel = key
    with opened(ND2File, path) as file:
        pixels = file.read_frame(frame)
        return (pixels if channel is None else pixels[channel])[index].copy()


def _name(file: ND2File, where: dict[str, int]) -> str:
    """Return the name of a position as the user gave it, else its number."""
    for loop in file.experiment:
        if loop.type == "XYPosLoop" and "P" in where:
            point = loop.parameters.points[where["P"]]
            if point.name:
                return str(point.name)
    words = {"P": "position"}
    return ", ".join(f"{words.get(axis, axis)} {i + 1}" for axis, i in where.items())


def _metadata(file: ND2File, frames: dict[tuple[int, int], int]) -> Metadata:
    """Return what is known of one image; `frames` has its frames by time point and plane."""
    every = getattr(file.metadata, "channels", None) or []
    steps: dict[str, float] = {}
    if every:
        volume = every[0].volume
        size = dict(zip("XYZ", volume.axesCalibration, strict=True))
        calibrated = dict(zip("XYZ", volume.axesCalibrated, strict=True))
        # without a Z axis the size along Z is a filler of 1
        axes = [axis for axis in "ZYX" if calibrated[axis] and axis in file.sizes]
        steps = known(**{axis: micrometers(size[axis], "µm") for axis in axes})
    first = getattr(file.frame_metadata(min(frames.values())), "channels", None) or []
    stage = getattr(getattr(first[0], "position", None), "stagePositionUm", None) if first else None
    time_step, notes = _time_step(file, frames)
    return Metadata(
        names=tuple(one.channel.name or "" for one in every),
        colors=tuple(_color(one.channel) for one in every),
        steps=steps,
        time_step=time_step,
        position={} if stage is None else {"Z": stage.z, "Y": stage.y, "X": stage.x},
        notes=notes,
    )


def _color(channel: Any) -> str:
    color = channel.color
    return hex_color(color.r, color.g, color.b)


def _time_step(
    file: ND2File, frames: dict[tuple[int, int], int]
) -> tuple[float | None, tuple[str, ...]]:
    """Return the period of the acquisition; where none was set, that of its time stamps."""
    loops = [loop for loop in file.experiment if loop.type == "TimeLoop"]
    period = seconds(loops[0].parameters.periodMs, "ms") if len(loops) == 1 else None
    if period is not None or file.sizes.get("T", 1) == 1:
        return period, ()
    times = {}
    for (t, z), number in frames.items():
        channels = getattr(file.frame_metadata(number), "channels", None) if z == 0 else None
        if channels:
            times[t] = channels[0].time.relativeTimeMs / 1000
    return step_of_times(times)
