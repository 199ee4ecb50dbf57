"""Files to what an analysis takes: channels, masks and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from covoxel.image.channel import Channel

#: Options of `read_image` by which one image is read, beside its file and its channels.
READING = ("series", "level", "axes", "sizes", "spacing")


def open_channels(
    images: Sequence[Path],
    *,
    channels: Sequence[str] | None = None,
    least: int = 2,
    most: int | None = 2,
    one_size: bool = True,
    **reading: Any,
) -> list[Channel]:
    """Return the channels of files, on one grid and with names that differ.

    With `one_size` False their frames may differ in size. The rest, of `READING`, is how each file
    is read.
    """
    from covoxel.analysis.channels import checked_channels
    from covoxel.io import read_image

    if one_size or channels is not None or len(images) < 2:
        several = images if len(images) > 1 else images[0]
        opened = read_image(several, channels=channels, **reading)
    else:
        opened = [channel for image in images for channel in read_image(image, **reading)]
    _enough(opened, images[0], channels, least, most)
    return checked_channels(opened, None, None, one_size=one_size)


def _enough(
    opened: list[Channel], image: Path, wanted: Sequence[str] | None, least: int, most: int | None
) -> None:
    """Refuse fewer channels than are needed, more than are meant, and one that is meant twice."""
    if wanted is not None and len(set(map(id, opened))) < max(least, len(opened)):
        msg = f"--channels is {','.join(wanted)}; two different channels are needed"
        raise ValueError(msg)
    listed = ", ".join(f"{i} {channel.name}" for i, channel in enumerate(opened, 1))
    if len(opened) < least:
        why = "".join(f"; {note}" for note in opened[0].notes)
        msg = f"{image} has one channel ({listed}){why}; two are needed: name a second file"
        raise ValueError(msg)
    if most is not None and len(opened) > most:
        msg = f"{image} has channels {listed}; choose two by --channels, or --all-pairs"
        raise ValueError(msg)


def open_region(
    path: Path | Sequence[Path], stack: Mapping[str, int] | None = None, level: int = 0
) -> Any:
    """Return the pixels of a mask or label image, of several files as `read_image` stacks them.

    Where it has no such level it may have been made for it, and is read as it is.
    """
    from covoxel.io import image_info, read_image

    first = path if isinstance(path, Path) else path[0]
    if level and all(level >= len(one.levels) for one in image_info(first).series):
        level = 0
    channels = read_image(path, stack=stack or None, level=level)
    if len(channels) > 1:
        msg = f"{path} has {len(channels)} channels; a mask or label image has one"
        raise ValueError(msg)
    return channels[0].data
