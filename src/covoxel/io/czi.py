"""CZI files of Zeiss' ZEN, read by czifile or pylibCZIrw: an image for each scene."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Protocol
from xml.etree.ElementTree import Element, fromstring

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.io.assemble import Layout, assembled, plane_of
from covoxel.io.errors import ImageError, refusing
from covoxel.io.metadata import EVEN, Metadata, known, micrometers, seconds, step_of_times
from covoxel.io.page_stack import opened
from covoxel.io.pages import Index, LibraryPage
from covoxel.io.series import Series
from covoxel.io.tiff_pages import Plane

#: Tiles of one image are counted along these; along others each place is an image of its own.
_LEAD = "TZC"
_MOSAIC = (
    "a mosaic of {} tiles: each lies where the file says, one over the other where they overlap; "
    "what no tile covers is 0"
)


@dataclass(frozen=True, slots=True)
class _CziMetadata:
    """What the metadata of a file hold for all of its images, which may be thousands."""

    steps: dict[str, float]
    channels: list[Element]
    shown: dict[str | None, Element]
    offsets: dict[int, float]
    span: Element | None
    scenes: dict[str | None, Element]


def load(path: Path) -> tuple[str, list[Series]]:
    """Return the format and the images of a CZI, without reading pixels."""
    czi_library()
    with refusing(path, "cannot be read as CZI"), opened(open_czi, path) as file:
        xml, tiles, reductions = file.xml(), file.tiles(), file.reductions()
    with refusing(path, "its metadata cannot be read"):
        document = _document(fromstring(xml or "<none/>"))
        groups: dict[Any, list[Tile]] = defaultdict(list)
        for tile in tiles:
            where = tuple((axis, i) for axis, i in tile.at if axis not in _LEAD)
            groups[tile.scene, where, tile.dtype, tile.samples].append(tile)
        if not groups:
            raise ImageError(path, "has no pixels")
        several = len({scene for scene, *_ in groups}) > 1
        found = []
        for number, key in enumerate(sorted(groups, key=str)):
            factors = sorted({1, *reductions[key[0]]})
            one = _image(path, number, groups[key], document, factors, several=several)
            found.append(replace(one, of=len(groups)))
    return "CZI", found


def _document(root: Element) -> _CziMetadata:
    lengths = root.iterfind(".//Scaling/Items/Distance")
    sizes = {one.get("Id"): one.findtext("Value") for one in lengths}
    offsets = root.findtext(".//Image/Dimensions/T/Positions/List/Offsets") or ""
    shown = root.iterfind(".//DisplaySetting/Channels/Channel")
    scenes = root.findall(".//Image/Dimensions/S/Scenes/Scene")
    return _CziMetadata(
        steps=known(**{axis: micrometers(sizes.get(axis), "m") for axis in "ZYX"}),
        channels=root.findall(".//Information/Image/Dimensions/Channels/Channel"),
        shown={one.get("Id"): one for one in shown},
        offsets=dict(enumerate(map(float, offsets.split()))),
        span=root.find(".//Interval/TimeSpan"),
        scenes={one.get("Index"): one for one in reversed(scenes)},
    )


def _image(
    path: Path,
    number: int,
    tiles: list[Tile],
    document: _CziMetadata,
    factors: list[int],
    *,
    several: bool,
) -> Series:
    first = tiles[0]
    box = _around(tiles)
    samples = [first.samples] if first.samples > 1 else []
    shapes = [(max(box[3] // one, 1), max(box[2] // one, 1), *samples) for one in factors]
    counts = Counter(tuple(dict(tile.at).get(axis, 0) for axis in _LEAD) for tile in tiles)
    places = [sorted({at[i] for at in counts}) for i in range(len(_LEAD))]
    planes: dict[int, Plane] = {}
    for i, at in enumerate(product(*places)):
        if at in counts:
            moved = dict(zip(_LEAD, at, strict=True))
            where = tuple((axis, moved.get(axis, n)) for axis, n in first.at)
            key = (first.scene, where, box[:2], first.samples)
            levels = (
                LibraryPage(path, shape, np.dtype(first.dtype), _read, (*key, shape, factor))
                for shape, factor in zip(shapes, factors, strict=True)
            )
            planes[i] = plane_of(*levels)
    others = [f"{axis} {i}" for axis, i in first.at if axis not in (*_LEAD, "B")]
    scene = document.scenes.get(str(first.scene))
    name = ", ".join([_scene_name(first.scene, scene)] * several + others)
    most = max(counts.values())
    notes = (_MOSAIC.format(most),) if most > 1 else ()
    metadata = _metadata(document, scene, places)
    layout = Layout(
        _LEAD,
        tuple(map(len, places)),
        replace(metadata, notes=metadata.notes + notes),
        name,
    )
    return assembled(path, number, layout, planes, lambda: "they are not in the file")


def _around(tiles: list[Tile]) -> TileBox:
    """Return the smallest box around tiles."""
    corners = np.array([tile.box for tile in tiles])
    low = corners[:, :2].min(axis=0)
    size = (corners[:, :2] + corners[:, 2:]).max(axis=0) - low
    return int(low[0]), int(low[1]), int(size[0]), int(size[1])


def _read(path: Path, key: Any, index: Index) -> Any:
    """Read no more of a plane than the box around what is wanted."""
    scene, at, (left, top), samples, shape, factor = key
    parts = [part if isinstance(part, slice) else slice(part, part + 1) for part in index[:2]]
    rows, columns = (range(n)[part] for part, n in zip(parts, shape, strict=False))
    width, height = columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1
    box = left + factor * columns[0], top + factor * rows[0], factor * width, factor * height
    with opened(open_czi, path) as file:
        pixels = file.read(scene, dict(at), box, factor)
    pixels = pixels.reshape(height, width, samples)
    pixels = pixels if samples > 1 else pixels[..., 0]
    inner = [slice(None, None, i.step) if isinstance(i, slice) else 0 for i in index[:2]]
    return pixels[(*inner, *index[2:])]


def _scene_name(number: int, scene: Element | None) -> str:
    """Return the well and the name of a scene, else its number."""
    if scene is None:
        return f"scene {number + 1}"
    shape = scene.find("Shape")
    words = [None if shape is None else shape.get("Name"), scene.get("Name")]
    return " ".join(dict.fromkeys(word for word in words if word)) or f"scene {number + 1}"


def _metadata(document: _CziMetadata, scene: Element | None, places: list[list[int]]) -> Metadata:
    """Return what is known of one image, of which `places` has the places along T, Z and C."""
    every, shown = document.channels, document.shown
    channels = [every[i] for i in places[2] if i < len(every)]
    time_step, notes = _time_step(document, places[0])
    return Metadata(
        names=tuple(one.get("Name", "") for one in channels),
        colors=tuple(_color(one, shown.get(one.get("Id"))) for one in channels),
        steps=document.steps,
        time_step=time_step,
        position={} if scene is None else _position(scene),
        notes=notes,
    )


def _color(*channels: Element | None) -> str | None:
    """Return the colour of a channel, which is written as #AARRGGBB."""
    for channel in channels:
        text = (None if channel is None else channel.findtext("Color")) or ""
        if len(text) == 9 and text.startswith("#"):
            return f"#{text[3:].lower()}"
    return None


def _time_step(document: _CziMetadata, frames: list[int]) -> tuple[float | None, tuple[str, ...]]:
    """Return the interval that was set, unless what is recorded differs."""
    offsets, span = document.offsets, document.span
    recorded, notes = step_of_times({t: offsets[t] for t in frames if t in offsets})
    if span is None or len(frames) < 2:
        return recorded, notes
    unit = span.findtext("DefaultUnitFormat")  # is for display, except where it is ms
    step = seconds(span.findtext("Value"), "ms" if unit == "ms" else "s")
    if step is None or (recorded and abs(step - recorded) > EVEN * recorded):
        return recorded, notes
    return step, notes


def _position(scene: Element) -> Mapping[str, float]:
    at = (scene.findtext("CenterPosition") or "").split(",")
    return dict(zip("XY", map(float, at), strict=True)) if len(at) == 2 else {}


#: Left, top, width and height in the coordinates of the file.
TileBox = tuple[int, int, int, int]
#: Data type and samples by the names of pixel types.
_PIXELS = {
    "gray8": ("u1", 1), "gray16": ("u2", 1), "gray32float": ("f4", 1), "gray32": ("u4", 1),
    "bgr24": ("u1", 3), "bgr48": ("u2", 3), "bgr96float": ("f4", 3),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of pixels: its scene, its place along all other axes, and what they are."""

    scene: int
    at: tuple[tuple[str, int], ...]
    box: TileBox
    dtype: str
    samples: int


class CziReader(Protocol):
    """What is needed of a CZI."""

    def xml(self) -> str:
        """Return the metadata."""

    def tiles(self) -> list[Tile]:
        """Return all tiles of full resolution."""

    def reductions(self) -> Mapping[int, set[int]]:
        """Return by which factors the levels of the pyramid of each scene are smaller."""

    def read(self, scene: int, at: Mapping[str, int], box: TileBox, factor: int) -> AnyArray:
        """Return the pixels of a box, in the level that is so many times smaller."""


def czi_library() -> Any:
    """Return czifile, or pylibCZIrw where that is not installed; ImportError without either."""
    try:
        import czifile
    except ImportError:
        from pylibCZIrw import czi

        return czi
    return czifile


@contextmanager
def open_czi(path: Path) -> Iterator[CziReader]:
    """Open a CZI."""
    library = czi_library()
    if hasattr(library, "open_czi"):
        with library.open_czi(str(path)) as file:
            yield _ByPylibczirw(file)
    else:
        with library.CziFile(path, squeeze=False) as file:
            yield _ByCzifile(file)


def _pixels(name: str) -> tuple[str, int]:
    found = _PIXELS.get(name.lower().replace("_", ""))
    if found is None:
        msg = f"its pixels are {name}, which is not supported"
        raise ValueError(msg)
    return found


class _ByCzifile:
    def __init__(self, file: Any) -> None:
        self._file = file

    def xml(self) -> str:
        return str(self._file.metadata() or "")

    def tiles(self) -> list[Tile]:
        found = []
        for one in self._file.filtered_subblock_directory:
            start = dict(zip(one.dims, one.start, strict=True))
            size = dict(zip(one.dims, one.shape, strict=True))
            at = tuple((a, i) for a, i in start.items() if a not in "XYSM")
            box = (start["X"], start["Y"], size["X"], size["Y"])
            scene = max(one.scene_index, 0)
            found.append(Tile(scene, at, box, *_pixels(one.pixel_type.name)))
        return found

    def reductions(self) -> Mapping[int, set[int]]:
        found = defaultdict(set)
        for one in self._file.subblock_directory:
            if one.is_pyramid and not one.pyramid_type:
                continue  # one of which czifile makes no level
            size, stored = (
                dict(zip(one.dims, n, strict=True)) for n in (one.shape, one.stored_shape)
            )
            found[max(one.scene_index, 0)].add(round(size["X"] / stored["X"]))
        return found

    def read(self, scene: int, at: Mapping[str, int], box: TileBox, factor: int) -> AnyArray:
        levels = self._file.scenes[scene].levels
        smaller = {round(levels[0].sizes["X"] / one.sizes["X"]): one for one in reversed(levels)}
        return np.asarray(smaller[factor](**at, roi=box).asarray())


class _ByPylibczirw:
    def __init__(self, file: Any) -> None:
        self._file = file

    def xml(self) -> str:
        return str(self._file.raw_metadata or "")

    def tiles(self) -> list[Tile]:
        found: list[Tile] = []

        def add(_: int, one: Any) -> bool:
            start = one.coordinate.to_dict()
            rect = one.logicalRect
            at = tuple((a, i) for a, i in start.items() if a not in "SM")
            box = (rect.x, rect.y, rect.w, rect.h)
            found.append(Tile(start.get("S", 0), at, box, *_pixels(one.pixelType.name)))
            return True

        self._file.enumerate_subblocks_subset(add, only_layer0=True)
        return found

    def reductions(self) -> Mapping[int, set[int]]:
        found = defaultdict(set)

        def add(_: int, one: Any) -> bool:
            factor = round(one.logicalRect.w / one.physicalSize.w)
            found[one.coordinate.to_dict().get("S", 0)].add(factor)
            return True

        self._file.enumerate_subblocks_subset(add, only_layer0=False)
        return found

    def read(self, scene: int, at: Mapping[str, int], box: TileBox, factor: int) -> AnyArray:
        known = scene if self._file.scenes_bounding_rectangle else None
        pixels = self._file.read(plane=dict(at), scene=known, roi=box, zoom=1 / factor)
        return np.asarray(pixels)[..., ::-1]  # blue, green, red
