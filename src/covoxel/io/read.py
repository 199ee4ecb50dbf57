"""Reading images: files to channels."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from covoxel.core.checks import voxel_size
from covoxel.image.channel import Channel
from covoxel.io.address import as_path
from covoxel.io.axes import assume_z, joined, parse_sizes, with_axes
from covoxel.io.errors import ImageError
from covoxel.io.formats import TIFF
from covoxel.io.info import ImageInfo, at_level, describe
from covoxel.io.load import format_of, load, load_raw
from covoxel.io.series import Series
from covoxel.io.tiff import own_pages

AnyPath = str | os.PathLike[str]


def read_image(
    path: AnyPath | Sequence[AnyPath],
    *,
    series: int | str | None = None,
    channels: Sequence[int | str] | None = None,
    axes: str | None = None,
    sizes: str | Mapping[str, int] | None = None,
    stack: str | Mapping[str, int] | None = None,
    spacing: Sequence[float] | None = None,
    level: int = 0,
) -> list[Channel]:
    """Open an image; its pixels are read when they are used.

    Parameters
    ----------
    path : path or sequence of path
        A TIFF: ImageJ hyperstack, OME-TIFF, LSM, STK, ScanImage, SIS, MetaSeries or plain;
        an NDTiff set, its folder or a TIFF of it; a CZI, ND2, LIF, OIB or OIF; or the folder
        or address of an OME-Zarr. Of several files the channels follow each other, or they
        are stacked along the first of `axes` where that has a letter more than each file
        has axes.
    series : int or str, optional
        Which image, for files that hold several (scenes, positions, wells), from 0 or by name.
        By default the first whose pixels are in the file: of a set with a file for each
        position, that position.
    channels : sequence of int or str, optional
        Numbers from 1, or names, of the channels wanted; default all.
    axes : str, optional
        Meaning of the file's axes in the file's order, letters out of ``"TCZYXS"``, where
        the file says nothing (``"CYX"`` for pages that are channels) or lies. The pages of
        a file that is refused can be read with it.
    sizes : str or mapping, optional
        Lengths of axes that count pages, such as ``"C=2"``, to split a run of pages:
        with ``axes="TCYX"`` 8 pages are 4 time points of 2 channels.
    stack : str or mapping, optional
        Number of files along T and Z, such as ``"T=3,Z=5"``, where each has one time point or
        plane: those of a channel follow each other, along T slower than along Z.
    spacing : sequence of float, optional
        Voxel size in µm for each spatial axis; wins over the file's.
    level : int, optional
        Which level of a pyramid, by default the full size; `image_info` lists them. Larger ones
        are smaller images with larger voxels, for a look at what is too large to be measured.

    Returns
    -------
    list of Channel
        The axes are those of T Z Y X that the image has, in that order.

    Raises
    ------
    ImageError
        If a file cannot be read; the message names it and says why. It is a ValueError.
    ValueError
        If the series, the level or a channel does not exist.

    Notes
    -----
    The voxel size is in µm or None, which means pixels, never assumed. It is taken from
    the metadata of the program that wrote the file. Of plain TIFFs the resolution tags are
    used below 5 µm only, as 72, 96 or 300 dots per inch are those of screens and print.
    Of an image of which planes are missing the complete time points are read, or else the
    complete planes along Z. What to know of a file is in the `notes` of its channels.

    Examples
    --------
    >>> import covoxel
    >>> from covoxel.io.samples import sample_path
    >>> channels = covoxel.read_image(sample_path("shifted_channels.ome.tif"))
    >>> [channel.axes for channel in channels]
    ['YX', 'YX']
    """
    paths, lengths, along = _paths(path), parse_sizes(sizes), parse_sizes(stack)
    if lengths and axes is None:
        msg = f"sizes is {sizes!r}, but axes is missing, which says what they are lengths of"
        raise ValueError(msg)
    if len(paths) == 1:
        found = [_one(paths[0], series, level, axes, lengths)]
    else:
        every = [at_level(_chosen(each, load_raw(each)[1], series), level) for each in paths]
        found = joined(every, axes, lengths, along)
    steps = None if spacing is None else voxel_size(spacing)
    opened = [one.channel(number, steps) for one in found for number in range(one.n_channels)]
    return chosen_channels(opened, channels)


def image_info(path: AnyPath) -> ImageInfo:
    """Describe the images of a file without reading pixels.

    Parameters
    ----------
    path : path
        The file, or the folder of an NDTiff set or an OME-Zarr.

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
    path = as_path(path)
    dialect, found = load(path)
    return describe(path, dialect, found, default_series(found))


def default_series(found: Sequence[Series]) -> int:
    """Return the index of the image that is opened by default: the first with pixels in the file.

    Where a file is part of a set, the others of the set hold the other images.
    """
    return next((one.number for one in found if one.own), found[0].number)


def _paths(path: AnyPath | Sequence[AnyPath]) -> list[Path]:
    if isinstance(path, str | os.PathLike):
        return [as_path(path)]
    paths = [as_path(each) for each in path]
    if not paths:
        msg = "path is an empty sequence; at least one file is needed"
        raise ValueError(msg)
    return paths


def _one(
    path: Path, series: int | str | None, level: int, axes: str | None, sizes: dict[str, int]
) -> Series:
    """Return the requested image with the requested axes."""
    if axes is None:
        return assume_z(at_level(_chosen(path, load_raw(path)[1], series), level))
    try:
        one = _chosen(path, load_raw(path)[1], series)
    except ImageError:
        if not path.is_file() or format_of(path) is not TIFF:
            raise
        return with_axes(at_level(own_pages(path), level), axes, sizes)
    if len(axes) == len(one.axes) and not sizes:
        return with_axes(at_level(one, level), axes, sizes)
    return with_axes(at_level(_by_itself(path, one), level), axes, sizes)


def _by_itself(path: Path, one: Series) -> Series:
    """Return the pages of the file if its image is not just them: of a set, or without some."""
    alone = {page.path.resolve() for page in one.levels[0].pages} == {path.resolve()}
    if one.of > 1 and alone:
        return one
    try:
        own = own_pages(path)
    except ImageError:
        return one
    return own if not alone or own.levels[0].size > one.levels[0].size else one


def _chosen(path: Path, found: Sequence[Series], series: int | str | None) -> Series:
    wanted = default_series(found) if series is None else series
    fitting = [one for one in found if wanted in (one.number, one.name)]
    if len(fitting) == 1:
        return fitting[0]
    there = [one.number for one in found]
    every = len(there) == found[0].of
    if isinstance(series, str):
        there_are = ", ".join(f"{one.number} {one.name!r}" for one in found)
    else:
        listed = f"0 to {there[-1]}" if every and len(there) > 1 else ", ".join(map(str, there))
        there_are = f"the series {listed}" + "; the pixels of the others are missing" * (not every)
    msg = f"series is {series!r}; {path} has {there_are}"
    raise ValueError(msg)


def chosen_channels(opened: Sequence[Channel], wanted: Sequence[int | str] | None) -> list[Channel]:
    """Return the channels that are wanted, by number from 1 or by name.

    Text that is a number may be a name, too: where not all of the texts are names, numbers in them
    are numbers.

    Raises
    ------
    ValueError
        If there is no such channel.
    """
    if wanted is None:
        return list(opened)
    return [opened[i] for i in channel_places([one.name for one in opened], wanted)]


def channel_places(names: Sequence[str], wanted: Sequence[int | str]) -> list[int]:
    """Return the places from 0 of the channels that are wanted, as `chosen_channels` takes them."""
    asked = [wanted] if isinstance(wanted, str) else list(wanted)
    by_number: dict[int | str, int] = {i + 1: i for i in range(len(names))}
    by_name = {one: i for i, one in enumerate(names) if names.count(one) == 1}
    of_text = {str(number): i for number, i in by_number.items()}
    named = all(each in by_name for each in asked if isinstance(each, str))
    known = by_number | (of_text | by_name if named else by_name | of_text)
    for each in asked:
        if each not in known:
            listed = ", ".join(f"{i} {name!r}" for i, name in enumerate(names, start=1))
            msg = f"channels has {each!r}; the image has {listed}"
            raise ValueError(msg)
    return [known[each] for each in asked]
