"""From the pages that tifffile finds to pages that are known to lie in the file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from covoxel.core.types import IntArray
from covoxel.io.errors import ImageError
from covoxel.io.ifds import Ifd
from covoxel.io.pages import Codec, CodedPage, Page, RawPage

#: How many times smaller a compression can make pixels at most: LZW, Deflate, PackBits.
_MOST_SHRINKING = {5: 2600, 8: 1032, 32946: 1032, 32773: 64}
_MOST_SHRINKING_ELSE = 50_000
#: A segment of so few bytes needs no proof.
_SMALL = 1 << 20
#: Place of each axis of a page among the axes of a decoded segment.
_PLACES = {"Z": 1, "Y": 2, "X": 3, "S": 4}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What pages that are stored alike have in common."""

    path: Path
    axes: str
    shape: tuple[int, ...]
    places: tuple[int, ...]
    n_segments: int
    plain: bool
    whole: int
    least_stored: int
    dtype: np.dtype[Any]


class Storage:
    """Pages of one or more files, each checked against the size of its file.

    Every page must hold as many bytes as it declares, inside the file: a header which
    promises more than there is never leads to an allocation, nor to invented pixels.
    """

    def __init__(self) -> None:
        self._codecs: dict[tuple[Path, int], Codec] = {}
        self._kinds: dict[int, tuple[Any, _Kind]] = {}
        self._sizes: dict[Path, int] = {}

    def run(self, page: Any, offset: int, shape: tuple[int, ...]) -> RawPage:
        """Return plain pixels of any number of planes from `offset` on."""
        path = _path(page)
        _segments(path, page, self._kind(page), page)
        nbytes = math.prod(shape) * page.dtype.itemsize
        self._check_inside(path, offset + nbytes)
        return RawPage(path, offset, shape, page.dtype.newbyteorder(page.parent.byteorder))

    def page(self, page: Any, key: Any) -> Page:
        """Return one page; `key` is the page that describes all of its kind."""
        kind = self._kind(key)
        path = kind.path if isinstance(page, Ifd) else _path(page)
        offsets, counts = _segments(path, page, kind, key)
        together = all(
            offset + count == following
            for offset, count, following in zip(offsets, counts, offsets[1:], strict=False)
        )
        if kind.plain and together and sum(counts) >= kind.whole:
            self._check_inside(path, offsets[0] + kind.whole)
            return RawPage(path, offsets[0], kind.shape, kind.dtype)
        self._check_inside(path, max(map(sum, zip(offsets, counts, strict=True))))
        segments: IntArray = np.array([offsets, counts], np.int64).T
        codec = self._codec(path, key, len(offsets))
        tables = getattr(page, "jpegtables", None)
        return CodedPage(path, kind.shape, kind.places, segments, codec, tables)

    def _codec(self, path: Path, key: Any, n_segments: int) -> Codec:
        known = self._codecs.get((path, key.hash))
        if known is None:
            stored = (path, key.offset, tuple(key.treeindex), n_segments)
            known = Codec(*stored, key.dtype, int(key.compression))
            self._codecs[path, key.hash] = known
        return known

    def _kind(self, key: Any) -> _Kind:
        """Return what pages like `key` have in common; the page is held, so is its id."""
        known = self._kinds.get(id(key))
        if known is None:
            known = self._kinds[id(key)] = key, _kind_of(_path(key), key)
        return known[1]

    def _check_inside(self, path: Path, end: int) -> None:
        size = self._sizes.get(path)
        if size is None:
            size = self._sizes[path] = path.stat().st_size
        if end > size:
            reason = f"is truncated: its pixels should reach byte {end}"
            raise ImageError(path, f"{reason}, and the file has {size}")


def _kind_of(path: Path, key: Any) -> _Kind:
    if key.dtype is None or key.dtype.kind not in "buif":
        kind = f"sample format {key.sampleformat!s}, {key.bitspersample} bits"
        raise ImageError(path, f"has pixels of a type that is not supported ({kind})")
    if 0 in key.shaped:
        raise ImageError(path, f"declares no pixels (shape {key.shape})")
    axes, shape = squeezed(key.axes, key.shape)
    bits = key.bitspersample if isinstance(key.bitspersample, int) else 8 * key.dtype.itemsize
    declared = math.prod(key.shaped) * bits // 8
    shrinking = 1 if key.compression == 1 else _shrinking(key.compression)
    slack = 0 if key.compression == 1 else _SMALL
    return _Kind(
        path=path,
        axes=axes,
        shape=shape,
        places=tuple(0 if a == "S" and key.planarconfig == 2 else _PLACES[a] for a in axes),
        n_segments=math.prod(key.chunked),
        plain=bool(key.is_final),
        whole=math.prod(shape) * key.dtype.itemsize,
        least_stored=-(-(declared - slack) // shrinking),
        dtype=key.dtype.newbyteorder(key.parent.byteorder),
    )


def _segments(path: Path, page: Any, kind: _Kind, key: Any) -> tuple[Sequence[int], Sequence[int]]:
    """Return offsets and bytes of the segments of a page that declares what it holds."""
    offsets, counts = page.dataoffsets, page.databytecounts
    if not len(offsets) == len(counts) == kind.n_segments:
        reason = f"lacks pixels: {kind.n_segments} strips or tiles should be there"
        raise ImageError(path, f"{reason}, {min(len(offsets), len(counts))} are")
    if min(offsets) <= 0 or min(counts) <= 0:
        raise ImageError(path, "lacks pixels: a strip or tile is empty")
    stored = sum(counts)
    if stored < kind.least_stored:
        declared = math.prod(key.shaped) * key.dtype.itemsize
        reason = f"declares {declared} bytes of pixels of shape {key.shape}"
        raise ImageError(path, f"{reason}, but holds {stored}")
    return offsets, counts


def squeezed(axes: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Drop axes of length 1 other than Y and X."""
    kept = [(a, int(n)) for a, n in zip(axes, shape, strict=True) if n > 1 or a in "YX"]
    return "".join(a for a, _ in kept), tuple(n for _, n in kept)


def _shrinking(compression: int) -> int:
    return _MOST_SHRINKING.get(int(compression), _MOST_SHRINKING_ELSE)


def _path(page: Any) -> Path:
    return Path(page.parent.filehandle.path)
