"""The images of a result that was written to files, if they can still be found."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.analysis.opening import open_region
from covoxel.analysis.provenance import Hasher
from covoxel.analysis.reporting.sections import Images

if TYPE_CHECKING:
    from covoxel.image.channel import Channel

#: How a file was read, as a command records it.
_READING = ("axes", "sizes")
#: Returns the file of an entry of a record.
_Find = Callable[[Mapping[str, Any]], Path]


def images_of(record: Mapping[str, Any], folder: Path, hashed: Hasher) -> Images:
    """Return the channels of a record, from files in or beside a folder whose hashes are equal.

    Where one is missing there are none, with the reason.
    """
    asked = record.get("asked", {})
    find = partial(_file, asked=asked, folder=folder, hashed=hashed)
    try:
        channels = [_channel(one, asked, find) for one in record["channels"]]
    except (ValueError, OSError) as error:
        return Images(reason=str(error))
    return Images(channels, _outlined(record["inputs"], find, channels[0]))


def _channel(channel: Mapping[str, Any], asked: Mapping[str, Any], find: _Find) -> Channel:
    from covoxel.io import read_image

    name = channel["name"]
    if "file" not in channel:
        where = "in several files" if "files" in channel else "in memory"
        msg = f"{name} was {where}"
        raise ValueError(msg)
    path = find(channel)
    reading: dict[str, Any] = {one: asked[one] for one in _READING if asked.get(one)}
    found = read_image(
        path,
        series=channel["series"],
        level=channel.get("level", 0),
        channels=[channel["channel"]],
        spacing=channel["spacing_um"],
        **reading,
    )[0]
    if list(found.shape) != channel["shape"]:
        msg = f"{path.name} was read as {found.shape}, and is recorded as {channel['shape']}"
        raise ValueError(msg)
    return found


def _file(entry: Mapping[str, Any], asked: Mapping[str, Any], folder: Path, hashed: Hasher) -> Path:
    """Return the file of an entry, in or beside the folder, with the hash that it had."""
    if entry["sha256"] is None:
        msg = f"{entry['file']} lies on the web"
        raise ValueError(msg)
    other = False
    for path in _places(entry["file"], asked, folder):
        if path.exists():
            if hashed(path) == entry["sha256"]:
                return path
            other = True
    why = "has changed since" if other else "is not in the folder or beside it"
    msg = f"{entry['file']} {why}"
    raise ValueError(msg)


def _places(name: str, asked: Mapping[str, Any], folder: Path) -> Iterator[Path]:
    """Yield where a file may be: by its name, or as the recorded command gave it."""
    try:
        words = shlex.split(asked.get("command", ""))
    except ValueError:
        words = []
    given = [word for word in words if Path(word).name == Path(name).name]
    for base in (folder, folder.absolute().parent, Path()):
        for one in dict.fromkeys([name, Path(name).name, *given]):
            yield base / one


def _outlined(inputs: Mapping[str, Any], find: _Find, grid: Channel) -> Any:
    """Return labels or mask of the first time point, if its file can be found."""
    level = 0 if grid.source is None else grid.source.level
    for role in ("labels", "mask"):
        if role in inputs:
            try:
                region = open_region(find(inputs[role]), level=level)
            except (ValueError, OSError):
                return None
            shape = tuple(region.shape)
            fits = shape in (grid.spatial_shape, grid.spatial_shape[-2:])
            return region if fits else None
    return None
