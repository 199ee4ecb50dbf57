"""Pages of a TIFF: where their pixels are stored, and how parts of them are read."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, IntArray
from covoxel.io.errors import ImageError, refusing

#: One integer or forward slice for each axis of a page, within its bounds.
Index = tuple[int | slice, ...]
#: Compression tags of JPEG and JPEG 2000, and markers of JPEG that are in the range of frames.
JPEG, JPEG_2000 = (6, 7, 33007, 34892), (33003, 33004, 33005, 34712)
_NO_FRAME = (0xC4, 0xC8, 0xCC)
#: Pixels that a strip or tile may hold beyond its share, as those at the edges do.
_SLACK = 1 << 20


@dataclass(frozen=True, slots=True)
class RawPage:
    """Uncompressed pixels in one run; may hold many planes.

    The file is mapped at each read: no handle stays open, memory is freed with the array, and
    a file that was truncated meanwhile is an error.
    """

    path: Path
    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def native(self) -> np.dtype[Any]:
        """Data type in native byte order."""
        return self.dtype.newbyteorder("=")

    def read(self, index: Index) -> AnyArray:
        """Read a part of the page, in native byte order."""
        with refusing(self.path, "its pixels cannot be read"):
            stored: AnyArray = np.memmap(self.path, self.dtype, "r", self.offset, self.shape)
            return np.array(stored[index], dtype=self.native)

    def plane(self, number: int) -> RawPage:
        """Return the part at a place of the first axis."""
        size = math.prod(self.shape[1:]) * self.dtype.itemsize
        return replace(self, offset=self.offset + number * size, shape=self.shape[1:])


@dataclass(frozen=True, slots=True, eq=False)
class CodedPage:
    """Pixels in strips or tiles, compressed or packed.

    `places` gives the place of each axis of `shape` among the five axes of a decoded segment:
    sample plane, depth, length, width, sample.
    """

    path: Path
    shape: tuple[int, ...]
    places: tuple[int, ...]
    segments: IntArray = field(repr=False)
    codec: Codec = field(repr=False)
    tables: bytes | None = field(default=None, repr=False)

    @property
    def native(self) -> np.dtype[Any]:
        """Data type of the decoded pixels."""
        return self.codec.dtype

    def read(self, index: Index) -> AnyArray:
        """Read a part of the page, decoding no more strips or tiles than it touches."""
        low, high = [0] * 5, [1] * 5
        inner: list[int | slice] = [0] * 5
        for place, part, size in zip(self.places, index, self.shape, strict=True):
            picked = range(size)[part] if isinstance(part, slice) else range(part, part + 1)
            low[place], high[place] = picked.start, max(picked[-1] + 1, picked.start)
            inner[place] = slice(0, None, picked.step) if isinstance(part, slice) else 0
        with refusing(self.path, "its pixels cannot be decoded"):
            box = self.codec.box(self, np.array(low), np.array(high))
        return np.asarray(box[tuple(inner)])


@dataclass(eq=False)
class Codec:
    """Decoder of all pages that are stored like the one at `offset` of a file.

    Segments that were only partly used are kept until the next read, so that successive reads
    of rows of one strip, or samples of one page, decode it once.
    """

    path: Path
    offset: int
    number: tuple[int, ...]
    n_segments: int
    dtype: np.dtype[Any]
    compression: int
    _kept: tuple[Any, dict[int, AnyArray]] = field(default=(None, {}), init=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        stored = (self.path, self.offset, self.number, self.n_segments)
        return Codec, (*stored, self.dtype, self.compression)

    @cached_property
    def _decode(self) -> Callable[..., Any]:
        import tifffile

        with tifffile.TiffFile(self.path) as tiff:
            tiff.filehandle.seek(self.offset)
            page = tifffile.TiffPage(tiff, self.number)
            decode: Callable[..., Any] = page.decode
        return decode

    @cached_property
    def _grid(self) -> tuple[AnyArray, AnyArray]:
        """First and last corner of each segment in the five axes of a page."""
        places = [self._decode(None, i)[1:] for i in range(self.n_segments)]
        first = np.array([place for place, _ in places])
        return first, first + np.array([(1, *shape) for _, shape in places])

    def box(self, page: CodedPage, low: AnyArray, high: AnyArray) -> AnyArray:
        """Decode the part of `page` from corner `low` up to corner `high`."""
        out = np.empty(high - low, self.dtype)
        starts, ends = self._grid
        touched = np.flatnonzero(((starts < high) & (ends > low)).all(axis=1))
        page_kept, old = self._kept
        known = old if page_kept is page.segments else {}
        kept: dict[int, AnyArray] = {}
        with page.path.open("rb") as file:
            for i in touched.tolist():
                segment = known.get(i)
                if segment is None:
                    segment = self._segment(file, page, i)
                start = starts[i]
                end = np.add(start, (1, *segment.shape))
                inside = zip(np.maximum(start, low), np.minimum(end, high), strict=True)
                part = tuple(slice(int(a), int(b)) for a, b in inside)
                out[_shifted(part, low)] = segment[_shifted(part, start)[1:]]
                if (start < low).any() or (end > high).any():
                    kept[i] = segment
        self._kept = (page.segments, kept)
        return out

    def _segment(self, file: Any, page: CodedPage, i: int) -> AnyArray:
        offset, size = page.segments[i].tolist()
        file.seek(offset)
        data = file.read(size)
        if len(data) < size:
            raise ImageError(page.path, "is truncated: its pixels end before they should")
        rows, width = self._decode(None, i)[2][1:3]
        if coded_pixels(data, self.compression) > 4 * rows * width + _SLACK:
            raise ImageError(page.path, "is corrupt: a strip or tile declares more than its share")
        segment: AnyArray = self._decode(data, i, jpegtables=page.tables)[0]
        return segment


def _shifted(part: tuple[slice, ...], by: AnyArray) -> tuple[slice, ...]:
    return tuple(slice(p.start - int(o), p.stop - int(o)) for p, o in zip(part, by, strict=True))


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """Pixels that the library of a format reads; may hold many planes.

    `reader` is a function of a module, so that pages can be pickled. It gets the path, the `key`
    and the part that is wanted, and opens the file by `covoxel.io.page_stack.opened`. `at` is where
    the page stands along the first axes of what is read.
    """

    path: Path
    shape: tuple[int, ...]
    native: np.dtype[Any]
    reader: Callable[[Path, Any, Index], Any]
    key: Any = None
    at: Index = ()

    def plane(self, number: int) -> LibraryPage:
        """Return the part at a place of the first axis."""
        return replace(self, shape=self.shape[1:], at=(*self.at, number))

    def read(self, index: Index) -> AnyArray:
        """Read a part of the page, in native byte order."""
        sliced = zip(index, self.shape, strict=True)
        shape = tuple(len(range(n)[part]) for part, n in sliced if isinstance(part, slice))
        with refusing(self.path, "its pixels cannot be read"):
            part = np.asarray(self.reader(self.path, self.key, (*self.at, *index)), self.native)
            if part.shape != shape:
                raise ImageError(self.path, f"has changed: {part.shape} is read, {shape} was there")
        return part


Page = RawPage | CodedPage | LibraryPage


def same_run(pages: Sequence[Page]) -> bool:
    """Whether the pages are plain and contiguous in one file."""
    first = pages[0]
    if not isinstance(first, RawPage):
        return False
    size = math.prod(first.shape) * first.dtype.itemsize
    return all(
        isinstance(page, RawPage)
        and page.path == first.path
        and page.shape == first.shape
        and page.dtype == first.dtype
        and page.offset == first.offset + i * size
        for i, page in enumerate(pages)
    )


def coded_pixels(data: bytes, compression: int) -> int:
    """Return the number of pixels that JPEG or JPEG 2000 data declare, 0 if they declare none.

    It is read before a decoder allocates memory for it.

    Examples
    --------
    >>> import imagecodecs, numpy
    >>> coded_pixels(imagecodecs.jpeg_encode(numpy.zeros((40, 30), "u1")), 7)
    1200
    >>> coded_pixels(imagecodecs.jpeg2k_encode(numpy.zeros((40, 30), "u2")), 34712)
    1200
    """
    if compression in JPEG:
        return _jpeg(data)
    return _jpeg_2000(data) if compression in JPEG_2000 else 0


def _jpeg(data: bytes) -> int:
    at, most = 2, 0
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xDA:
            break
        length, _, height, width = struct.unpack_from(">HBHH", data, at + 2)
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            most = max(most, height * width)
        at += 1 if marker == 0xFF else 2 + length
    return most


def _jpeg_2000(data: bytes) -> int:
    at = data.find(b"\xff\x4f\xff\x51")
    if at < 0 or at + 24 > len(data):
        return 0
    right, bottom, left, top = struct.unpack_from(">4I", data, at + 8)
    return max(int(right) - int(left), 0) * max(int(bottom) - int(top), 0)
