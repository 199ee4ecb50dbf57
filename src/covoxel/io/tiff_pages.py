"""TiffPages: the pages of an open TIFF, each checked to be inside its file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import IntArray
from covoxel.io.errors import ImageError
from covoxel.io.ifd import Ifd
from covoxel.io.pages import Codec, CodedPage, Page, RawPage

if TYPE_CHECKING:
    from tifffile import TiffFile

#: The page of a plane in each level of a pyramid, and the TiffPage that describes it.
Plane = tuple[list[Page], Any]
#: How many times smaller a compression can make pixels at most: LZW, Deflate, PackBits.
_MOST_SHRINKING = {5: 2600, 8: 1032, 32946: 1032, 32773: 64}
_MOST_SHRINKING_ELSE = 50_000
#: A segment of so few bytes needs no proof.
_SMALL = 1 << 20
#: Place of each axis of a page among the axes of a decoded segment.
_PLACES = {"Z": 1, "Y": 2, "X": 3, "S": 4}


@dataclass(frozen=True, slots=True)
class _PageKind:
    """What pages that are stored alike have in common; `least` bytes at least are stored."""

    page: Any
    shape: tuple[int, ...]
    places: tuple[int, ...]
    n_segments: int
    plain: bool
    nbytes: int
    least: int
    dtype: np.dtype[Any]


class TiffPages:
    """Pages of an open TIFF by number, each with its smaller versions; errors name `path`.

    Every page must hold as many bytes as it declares, inside the file: a header which declares more
    than there is never leads to an allocation, nor to invented pixels.
    """

    def __init__(self, path: Path, tiff: TiffFile, ifds: Sequence[Ifd]) -> None:
        self._tiff, self._ifds = tiff, ifds
        self.path, self._file = path, path.absolute()
        self._size = self._file.stat().st_size
        self._described: dict[bytes, Any] = {}
        self._codecs: dict[int, Codec] = {}
        self._kinds: dict[int, _PageKind] = {}

    def __len__(self) -> int:
        return len(self._ifds)

    def __getitem__(self, number: int) -> Plane:
        ifd = self._ifds[number]
        key = self._described.get(ifd.layout) if ifd.layout else None
        if key is not None:
            return [self.page(ifd, key)], key
        page = self._describe(number)
        return [self.page(each, each) for each in self._levels(page)], page

    def alike(self) -> list[int]:
        """Return the numbers of the pages of the shape and data type of the first."""
        first = self._looks(0)
        return [number for number in range(len(self)) if self._looks(number) == first]

    def tags(self, number: int) -> Any:
        """Return the tags of a page."""
        return self._read(self._ifds[number].offset, number).tags

    def run(self, key: Any, offset: int, shape: tuple[int, ...]) -> RawPage:
        """Return uncompressed pixels of any number of planes like `key` from `offset` on."""
        kind = self._kind(key)
        self._segments(key, kind)
        self._check_inside(offset + math.prod(shape) * kind.dtype.itemsize)
        return RawPage(self._file, offset, shape, kind.dtype)

    def page(self, page: Any, key: Any) -> Page:
        """Return one page; `key` is the TiffPage that describes all of its kind."""
        kind = self._kind(key)
        offsets, counts = self._segments(page, kind)
        contiguous = all(
            offset + count == following
            for offset, count, following in zip(offsets, counts, offsets[1:], strict=False)
        )
        if kind.plain and contiguous and sum(counts) >= kind.nbytes:
            self._check_inside(offsets[0] + kind.nbytes)
            return RawPage(self._file, offsets[0], kind.shape, kind.dtype)
        self._check_inside(max(map(sum, zip(offsets, counts, strict=True))))
        segments: IntArray = np.array([offsets, counts], np.int64).T
        codec = self._codecs.get(key.hash)
        if codec is None:
            stored = (self._file, key.offset, tuple(key.treeindex), len(offsets))
            codec = self._codecs[key.hash] = Codec(*stored, key.dtype, int(key.compression))
        tables = getattr(page, "jpegtables", None)
        return CodedPage(self._file, kind.shape, kind.places, segments, codec, tables)

    def _read(self, offset: int, index: int | tuple[int, ...]) -> Any:
        import tifffile

        self._tiff.filehandle.seek(offset)
        return tifffile.TiffPage(self._tiff, index)

    def _describe(self, number: int) -> Any:
        """Return the TiffPage that describes a page and all that are stored like it."""
        ifd = self._ifds[number]
        key = self._described.get(ifd.layout) if ifd.layout else None
        if key is None:
            key = self._read(ifd.offset, number)
            if ifd.layout:
                self._described[ifd.layout] = key
        return key

    def _looks(self, number: int) -> Any:
        key = self._describe(number)
        return key.shape, key.dtype, key.axes, bool(key.is_reduced)

    def _levels(self, page: Any) -> Iterator[Any]:
        """Yield a page and its smaller versions."""
        yield page
        for level, offset in enumerate(page.subifds or ()):
            yield self._read(offset, (page.index, level))

    def _kind(self, key: Any) -> _PageKind:
        """Return what pages like `key` have in common; it holds the page, so its id is unique."""
        kind = self._kinds.get(id(key))
        if kind is None:
            kind = self._kinds[id(key)] = _kind_of(self.path, key)
        return kind

    def _segments(self, page: Any, kind: _PageKind) -> tuple[Sequence[int], Sequence[int]]:
        """Return offsets and bytes of the segments of a page that holds what it declares."""
        offsets, counts = page.dataoffsets, page.databytecounts
        if not len(offsets) == len(counts) == kind.n_segments:
            reason = f"lacks pixels: {kind.n_segments} strips or tiles should be there"
            raise ImageError(self.path, f"{reason}, {min(len(offsets), len(counts))} are")
        if min(offsets) <= 0 or min(counts) <= 0:
            raise ImageError(self.path, "lacks pixels: a strip or tile is empty")
        stored = sum(counts)
        if stored < kind.least:
            declared = math.prod(kind.page.shaped) * kind.dtype.itemsize
            reason = f"declares {declared} bytes of pixels of shape {kind.page.shape}"
            raise ImageError(self.path, f"{reason}, but holds {stored}")
        return offsets, counts

    def _check_inside(self, end: int) -> None:
        if end > self._size:
            reason = f"is truncated: its pixels should reach byte {end}"
            raise ImageError(self.path, f"{reason}, and the file has {self._size}")


def _kind_of(path: Path, key: Any) -> _PageKind:
    if key.dtype is None or key.dtype.kind not in "buif":
        kind = f"sample format {key.sampleformat!s}, {key.bitspersample} bits"
        raise ImageError(path, f"has pixels of a type that is not supported ({kind})")
    if 0 in key.shaped:
        raise ImageError(path, f"declares no pixels (shape {key.shape})")
    axes, shape = squeezed(key.axes, key.shape)
    bits = key.bitspersample if isinstance(key.bitspersample, int) else 8 * key.dtype.itemsize
    least = math.prod(key.shaped) * bits // 8
    if key.compression != 1:
        shrinking = _MOST_SHRINKING.get(int(key.compression), _MOST_SHRINKING_ELSE)
        least = -(-(least - _SMALL) // shrinking)
    return _PageKind(
        page=key,
        shape=shape,
        places=tuple(0 if a == "S" and key.planarconfig == 2 else _PLACES[a] for a in axes),
        n_segments=math.prod(key.chunked),
        plain=bool(key.is_final),
        nbytes=math.prod(shape) * key.dtype.itemsize,
        least=least,
        dtype=key.dtype.newbyteorder(key.parent.byteorder),
    )


def squeezed(axes: str, shape: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """Drop axes of length 1 other than Y and X."""
    kept = [(a, int(n)) for a, n in zip(axes, shape, strict=True) if n > 1 or a in "YX"]
    return "".join(a for a, _ in kept), tuple(n for _, n in kept)
