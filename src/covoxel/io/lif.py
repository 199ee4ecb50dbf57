"""LIF files of Leica's LAS, read by liffile: an image for each of theirs, and for each tile."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.io.errors import ImageError, refusing
from covoxel.io.metadata import Metadata, micrometers, step_of_times
from covoxel.io.page_stack import PageStack, opened
from covoxel.io.pages import Index, LibraryPage, Page, RawPage
from covoxel.io.series import Samples, Series

if TYPE_CHECKING:
    from liffile import LifImageABC

#: Colours by the names of their lookup tables.
_COLORS = {
    "red": "#ff0000", "green": "#00ff00", "blue": "#0000ff", "cyan": "#00ffff",
    "magenta": "#ff00ff", "yellow": "#ffff00", "gray": "#ffffff",
}  # fmt: skip
_TILE = "M"


def load(path: Path) -> tuple[str, list[Series]]:
    """Return the format and the images of a LIF, without reading pixels."""
    from liffile import LifFile

    found: list[Series] = []
    with refusing(path, "cannot be read as LIF"), opened(LifFile, path) as file:
        for number, image in enumerate(file.images):
            try:
                found += _images(path, number, image)
            except NotImplementedError:  # lifetimes, of which the library reads no pixels
                continue
    if not found:
        raise ImageError(path, "has no image of intensities")
    return "LIF", [replace(one, number=i, of=len(found)) for i, one in enumerate(found)]


def _images(path: Path, number: int, image: LifImageABC) -> Iterator[Series]:
    """Yield an image, or the tiles of a mosaic, which the file does not join."""
    page, sizes = _page(path, number, image), dict(image.sizes)
    places = _stage(image)
    if next(iter(sizes)) != _TILE:
        yield _series(path, image, page, sizes, image.path, places[:1])
        return
    del sizes[_TILE]
    for tile in range(page.shape[0]):
        name = f"{image.path}, tile {tile + 1}"
        yield _series(path, image, page.plane(tile), sizes, name, places[tile : tile + 1])


def _page(path: Path, number: int, image: LifImageABC) -> RawPage | LibraryPage:
    """Return the pixels of an image: one run in the file, or what the library makes of them."""
    block, whole = image.memory_block, math.prod(image.shape) * image.dtype.itemsize
    if block.size == whole and "S" not in image.sizes and str(image.parent.filepath) == str(path):
        return RawPage(path, block.offset, image.shape, image.dtype)
    return LibraryPage(path, image.shape, image.dtype.newbyteorder("="), _read, number)


def _read(path: Path, key: int, index: Index) -> Any:
    from liffile import LifFile

    with opened(LifFile, path) as file:
        return file.images[key].asarray()[index]


def _series(
    path: Path,
    image: LifImageABC,
    page: Page,
    sizes: dict[str, int],
    name: str,
    places: list[dict[str, float]],
) -> Series:
    steps = {}
    for axis in "ZYX":
        at = list(image.coords.get(axis, ()))
        step = micrometers(abs(float(at[1] - at[0])), "m") if len(at) > 1 else None
        if step is not None:
            steps[axis] = step
    time_step, notes = _time_step(image) if "T" in sizes else (None, ())
    axes = "".join(axis if axis in "TCZYXS" else "Q" for axis in sizes)
    if "Y" not in axes:  # a section, or a line scanned over time
        rows = "Z" if "Z" in axes else "T"
        axes = axes.replace(rows, "Y")
        if rows == "Z":
            steps["Y"] = steps.pop("Z", math.nan)
        notes += (f"it has no axis Y: its rows, called Y here, are {rows}",)
    channels = image.xml_element.findall(".//ImageDescription/Channels/ChannelDescription")
    channels.sort(key=lambda one: int(one.get("BytesInc", "0")))
    metadata = Metadata(
        names=_dyes(image, channels),
        colors=tuple(_COLORS.get(one.get("LUTName", "").lower()) for one in channels),
        steps=steps,
        time_step=None if "T" not in axes else time_step,
        position=places[0] if places else {},
        notes=notes,
    )
    n_samples = sizes.get("S", 1)
    picture = n_samples == 3 and image.dtype == np.uint8
    samples = Samples(n_samples, colored=n_samples == 3, picture=picture)
    stack = PageStack([page], page.shape, page.native)
    return Series(path, 0, name, axes, (stack,), metadata, samples)


def _dyes(image: LifImageABC, channels: list[Any]) -> tuple[str, ...]:
    """Return the dyes of the channels, or of as many detectors, where the file names them."""
    names = [one.findtext("ChannelProperty[Key='DyeName']/Value", "") for one in channels]
    if not any(names):
        bands = image.xml_element.findall(".//ATLConfocalSettingDefinition//MultiBand")
        dyes = [band.get("DyeName") for band in bands if band.get("DyeName")]
        names = dyes if len(dyes) == len(channels) else names
    return tuple(name.removeprefix("Leica/") for name in names)


def _time_step(image: LifImageABC) -> tuple[float | None, tuple[str, ...]]:
    """Return the mean time between frames: by the axis, or else by the time stamps."""
    n_frames = image.sizes["T"]
    times = image.coords.get("T")
    if times is None and image.timestamps is not None and len(image.timestamps) >= n_frames:
        stamps = image.timestamps[:: len(image.timestamps) // n_frames]
        times = (stamps - stamps[0]) / np.timedelta64(1, "s")
    return step_of_times({} if times is None else dict(enumerate(map(float, times[:n_frames]))))


def _stage(image: LifImageABC) -> list[dict[str, float]]:
    """Return where the stage stood in µm, for each tile."""
    tiles = image.xml_element.findall(".//Attachment[@Name='TileScanInfo']/Tile")
    places = [{axis: tile.get(f"Pos{axis}") for axis in "ZYX"} for tile in tiles]
    confocal = image.xml_element.find(".//ATLConfocalSettingDefinition")
    if not places and confocal is not None:
        places = [{axis: confocal.get(f"StagePos{axis}") for axis in "YX"}]
    return [{axis: float(at) * 1e6 for axis, at in one.items() if at} for one in places]
