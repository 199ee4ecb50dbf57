"""From the pages that tifffile finds to pages that are known to lie in the file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from covoxel._types import IntArray
from covoxel.io.errors import ImageError
from covoxel.io.pages import Codec, CodedPage, Page, RawPage

#: How many times smaller a compression can make pixels at most: LZW, Deflate, PackBits.
_MOST_SHRINKING = {5: 2600, 8: 1032, 32946: 1032, 32773: 64}
_MOST_SHRINKING_ELSE = 50_000
#: A segment of so few bytes needs no proof.
_SMALL = 1 << 20
#: Place of each axis of a page among the axes of a decoded segment.
_PLACES = {"Z": 1, "Y": 2, "X": 3, "S": 4}


class Storage:
    """Pages of one or more files, each checked against the size of its file.

    Every page must hold as many bytes as it declares, inside the file: a header which
    promises more than there is never leads to an allocation, nor to invented pixels.
    """

    def __init__(self) -> None:
        self._codecs: dict[tuple[Path, int], Codec] = {}

    def run(self, page: Any, offset: int, shape: tuple[int, ...]) -> RawPage:
        """Return plain pixels of any number of planes from `offset` on."""
        path = _path(page)
        self._check_page(path, page, page)
        nbytes = math.prod(shape) * page.dtype.itemsize
        _check_inside(path, np.array([[offset, nbytes]]))
        return RawPage(path, offset, shape, page.dtype.newbyteorder(page.parent.byteorder))

    def page(self, page: Any, key: Any) -> Page:
        """Return one page; `key` is the page that describes all of its kind."""
        path = _path(page)
        segments = self._check_page(path, page, key)
        axes, shape = squeezed(key.axes, key.shape)
        first = int(segments[0, 0])
        whole = math.prod(shape) * key.dtype.itemsize
        plain = key.is_final and (np.diff(segments[:, 0]) == segments[:-1, 1]).all()
        if plain and segments[:, 1].sum() >= whole:
            _check_inside(path, np.array([[first, whole]]))
            return RawPage(path, first, shape, key.dtype.newbyteorder(key.parent.byteorder))
        _check_inside(path, segments)
        places = tuple(0 if a == "S" and key.planarconfig == 2 else _PLACES[a] for a in axes)
        codec = self._codec(path, key, len(segments))
        return CodedPage(path, shape, places, segments, codec, getattr(page, "jpegtables", None))

    def _codec(self, path: Path, key: Any, n_segments: int) -> Codec:
        known = self._codecs.get((path, key.hash))
        if known is None:
            stored = (path, key.offset, tuple(key.treeindex), n_segments)
            known = Codec(*stored, key.dtype, int(key.compression))
            self._codecs[path, key.hash] = known
        return known

    def _check_page(self, path: Path, page: Any, key: Any) -> IntArray:
        """Return (offset, bytes) of each segment of a page that declares what it holds."""
        if key.dtype is None or key.dtype.kind not in "buif":
            kind = f"sample format {key.sampleformat!s}, {key.bitspersample} bits"
            raise ImageError(path, f"has pixels of a type that is not supported ({kind})")
        if 0 in key.shaped:
            raise ImageError(path, f"declares no pixels (shape {key.shape})")
        offsets, counts = np.array(page.dataoffsets), np.array(page.databytecounts)
        expected = math.prod(key.chunked)
        if not len(offsets) == len(counts) == expected:
            reason = f"lacks pixels: {expected} strips or tiles should be there"
            raise ImageError(path, f"{reason}, {min(len(offsets), len(counts))} are")
        segments: IntArray = np.stack([offsets, counts], axis=1).astype(np.int64)
        if (segments <= 0).any():
            raise ImageError(path, "lacks pixels: a strip or tile is empty")
        bits = key.bitspersample if isinstance(key.bitspersample, int) else 8 * key.dtype.itemsize
        declared = math.prod(key.shaped) * bits // 8
        stored = int(segments[:, 1].sum())
        shrinking = 1 if key.compression == 1 else _shrinking(key.compression)
        if declared > stored * shrinking + (0 if key.compression == 1 else _SMALL):
            reason = f"declares {declared} bytes of pixels of shape {key.shape}"
            raise ImageError(path, f"{reason}, but holds {stored}")
        return segments


def squeezed(axes: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Drop axes of length 1 other than Y and X."""
    kept = [(a, int(n)) for a, n in zip(axes, shape, strict=True) if n > 1 or a in "YX"]
    return "".join(a for a, _ in kept), tuple(n for _, n in kept)


def _shrinking(compression: int) -> int:
    return _MOST_SHRINKING.get(int(compression), _MOST_SHRINKING_ELSE)


def _path(page: Any) -> Path:
    return Path(page.parent.filehandle.path)


def _check_inside(path: Path, segments: IntArray) -> None:
    size = path.stat().st_size
    end = int(segments.sum(axis=1).max())
    if end > size:
        reason = f"is truncated: its pixels should reach byte {end}"
        raise ImageError(path, f"{reason}, and the file has {size}")
