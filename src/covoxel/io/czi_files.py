"""CZI files as their two libraries open them: the XML, the tiles, and the pixels of a box."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from covoxel.core.types import AnyArray

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
