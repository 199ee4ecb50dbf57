"""Reading images: files to channels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from covoxel.image.channel import Channel
from covoxel.io.errors import ImageError, refusing
from covoxel.io.ifds import is_tiff
from covoxel.io.info import ImageInfo, describe
from covoxel.io.joined import joined
from covoxel.io.series import Series
from covoxel.io.tiff import load_tiff

AnyPath = str | os.PathLike[str]


def read_image(
    path: AnyPath | Sequence[AnyPath],
    *,
    series: int = 0,
    channels: Sequence[int | str] | None = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
) -> list[Channel]:
    """Open an image; its pixels are read when they are used.

    Parameters
    ----------
    path : path or sequence of path
        A TIFF: ImageJ hyperstack, OME-TIFF, LSM, STK or plain. Of several files the
        channels follow each other, or they are stacked along the first of `axes` where
        that has a letter more than each file has axes.
    series : int
        Which image, for files that hold several, from 0.
    channels : sequence of int or str, optional
        Numbers from 1, or names, of the channels wanted; default all.
    axes : str, optional
        Meaning of the file's axes in the file's order, letters out of ``"TCZYXS"``, where
        the file says nothing (``"CYX"`` for pages that are channels) or lies.
    spacing : sequence of float, optional
        Voxel size in µm for each spatial axis; wins over the file's.

    Returns
    -------
    list of Channel
        The axes are those of T Z Y X that the image has, in that order.

    Raises
    ------
    ImageError
        If a file cannot be read; the message names it and says why. It is a ValueError.
    ValueError
        If the series or a channel does not exist.

    Notes
    -----
    The voxel size is in µm or None, which means pixels, never assumed. It is taken from
    the metadata of OME, ImageJ, LSM and STK. Of plain TIFFs the resolution tags are
    believed below 5 µm only, as 72, 96 or 300 dots per inch speak of screens and print.

    Examples
    --------
    >>> import covoxel
    >>> from covoxel.io.samples import sample_path
    >>> channels = covoxel.read_image(sample_path("shifted_channels.ome.tif"))
    >>> [channel.axes for channel in channels]
    ['YX', 'YX']
    """
    paths = _paths(path)
    found = [_one(load(each, axes if len(paths) == 1 else None)[1], each, series) for each in paths]
    if len(paths) > 1:
        found = joined(found, axes)
    opened = [one.channel(number) for one in found for number in range(one.n_channels)]
    opened = chosen_channels(opened, channels)
    if spacing is None:
        return opened
    steps = tuple(float(step) for step in spacing)
    return [replace(channel, spacing=steps) for channel in opened]


def image_info(path: AnyPath) -> ImageInfo:
    """Describe the images of a file without reading pixels.

    Parameters
    ----------
    path : path
        The file.

    Raises
    ------
    ImageError
        If the file cannot be read; the message names it and says why.

    Examples
    --------
    >>> from covoxel.io.samples import sample_path
    >>> image_info(sample_path("shifted_channels.ome.tif")).format
    'OME-TIFF'
    """
    dialect, found = load(Path(path))
    return describe(Path(path), dialect, found)


def load(path: Path, axes: str | None = None) -> tuple[str, list[Series]]:
    """Find the images of a file: its format, and they."""
    if path.is_dir():
        raise ImageError(path, "is a folder; give a TIFF file")
    if not path.exists():
        raise ImageError(path, "does not exist")
    with refusing(path, "cannot be read"):
        if not path.is_file():
            raise ImageError(path, "is no ordinary file")
        if not path.stat().st_size:
            raise ImageError(path, "is empty")
        if not is_tiff(path):
            raise ImageError(path, "is not a TIFF; TIFF (OME, ImageJ, LSM, STK, plain) is read")
    return load_tiff(path, axes)


def _paths(path: AnyPath | Sequence[AnyPath]) -> list[Path]:
    if isinstance(path, str | os.PathLike):
        return [Path(path)]
    paths = [Path(each) for each in path]
    if not paths:
        msg = "path is an empty sequence; at least one file is needed"
        raise ValueError(msg)
    return paths


def _one(found: list[Series], path: Path, series: int) -> Series:
    if not 0 <= series < len(found):
        msg = f"series is {series}; {path} has the series 0 to {len(found) - 1}"
        raise ValueError(msg)
    return found[series]


def chosen_channels(opened: Sequence[Channel], wanted: Sequence[int | str] | None) -> list[Channel]:
    """Return the channels that are wanted, by number from 1 or by name.

    Raises
    ------
    ValueError
        If there is no such channel.
    """
    if wanted is None:
        return list(opened)
    names = [channel.name for channel in opened]
    chosen = []
    for each in [wanted] if isinstance(wanted, str) else wanted:
        if isinstance(each, str) and names.count(each) == 1:
            chosen.append(opened[names.index(each)])
        elif str(each).isdecimal() and 1 <= int(each) <= len(names):
            chosen.append(opened[int(each) - 1])
        else:
            listed = ", ".join(f"{i} {name!r}" for i, name in enumerate(names, start=1))
            msg = f"channels has {each!r}; the image has {listed}"
            raise ValueError(msg)
    return chosen
