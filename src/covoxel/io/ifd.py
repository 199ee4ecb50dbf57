"""The list of pages of a TIFF, checked before tifffile reads it."""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from covoxel.io.errors import ImageError

#: Byte order, then the formats of an offset, of a number of tags and of a tag: its code,
#: type, count and value, or where that is.
_CLASSIC = ("I", "H", "HHI4s")
_BIG = ("Q", "Q", "HHQ8s")
#: What a TIFF starts with.
KINDS = {
    b"II\x2a\x00": ("<", *_CLASSIC), b"MM\x00\x2a": (">", *_CLASSIC),
    b"II\x2b\x00": ("<", *_BIG), b"MM\x00\x2b": (">", *_BIG),
}  # fmt: skip
_MOST_TAGS = 4096
#: Bytes of a value of each type of tag, and what reads one, for those that can be offsets.
_TYPES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
          16: 8, 17: 8, 18: 8}  # fmt: skip
_INTEGERS = {1: "B", 3: "H", 4: "I", 16: "Q"}
#: Tags that decide how the pixels of a page are stored, and those that make it special:
#: smaller versions, tables of JPEG.
_LAYOUT = frozenset({254, 256, 257, 258, 259, 262, 266, 277, 278, 284, 317, 320, 322, 323, 338,
                     339, 530, 531, 32997, 32998})  # fmt: skip
_SPECIAL = frozenset({330, 347})
_OFFSETS, _COUNTS = (273, 324), (279, 325)
#: Pages may share values of tags, as long as the whole stays this many times the file.
_MOST_SHARING = 16


@dataclass(frozen=True, slots=True)
class Ifd:
    """One page of the list."""

    #: Where its tags are.
    offset: int
    #: How its pixels are stored: pages of the same layout differ only in where they are. Empty for
    #: pages that must be looked at one by one.
    layout: bytes
    #: Where its strips or tiles are.
    dataoffsets: tuple[int, ...]
    databytecounts: tuple[int, ...]


def is_tiff(path: Path) -> bool:
    """Whether a file starts as a TIFF does."""
    with path.open("rb") as file:
        return file.read(4) in KINDS


def list_pages(path: Path) -> list[Ifd]:
    """List the pages of a TIFF.

    Raises
    ------
    ImageError
        If the list of pages or what a tag refers to leaves the file, as they do in a
        truncated one, or if the list runs in a circle.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _Walk(path, data).pages()


class _Walk:
    """The walk along the pages of one file."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        order, offset, number, tag = KINDS[data[:4]]
        self.path, self.data, self.size, self.order = path, data, len(data), order
        self.offset, self.number = struct.Struct(order + offset), struct.Struct(order + number)
        self.tag = struct.Struct(order + tag)
        self.budget = _MOST_SHARING * self.size

    def pages(self) -> list[Ifd]:
        found: dict[int, Ifd] = {}
        at = self._number(self.offset, 4 if self.offset.size == 4 else 8)
        total = 0
        while at:
            number = len(found) + 1
            if at in found:
                raise ImageError(self.path, f"is corrupt: its list of pages returns to byte {at}")
            if at >= self.size:
                reason = f"is truncated: page {number} should start at byte {at}"
                raise ImageError(self.path, f"{reason}, and the file has {self.size}")
            n_tags = self._number(self.number, at)
            if n_tags > _MOST_TAGS or (not n_tags and number > 1):
                raise ImageError(self.path, f"is corrupt: page {number} declares {n_tags} tags")
            first = at + self.number.size
            end = first + n_tags * self.tag.size
            following = self._number(self.offset, end)
            total += end - at
            if total > self.size:
                raise ImageError(self.path, "is corrupt: its pages overlap")
            found[at] = self._page(number, at, self.data[first:end])
            at = following
        if not found:
            raise ImageError(self.path, "has no pages")
        return list(found.values())

    def _number(self, fmt: struct.Struct, at: int) -> int:
        if at + fmt.size > self.size:
            raise ImageError(self.path, "is truncated: its list of pages ends early")
        return int(fmt.unpack_from(self.data, at)[0])

    def _page(self, number: int, at: int, tags: bytes) -> Ifd:
        layout: list[bytes] = []
        places: dict[bool, tuple[int, ...]] = {}
        special = False
        room = self.offset.size
        for entry, (code, kind, count, value) in enumerate(self.tag.iter_unpack(tags)):
            n_bytes = _TYPES.get(kind, 0) * count
            if n_bytes > room:
                start = self.offset.unpack(value)[0]
                if start + n_bytes > self.size:
                    reason = f"is truncated: tag {code} of page {number} refers beyond its end"
                    raise ImageError(self.path, reason)
            else:
                start = -1
            if code in _LAYOUT:
                layout.append(tags[entry * self.tag.size : (entry + 1) * self.tag.size])
                if start >= 0:
                    layout[-1] = layout[-1][:-room] + self._value(value, start, n_bytes)
            elif code in _OFFSETS or code in _COUNTS:
                raw = self._value(value, start, n_bytes)
                places[code in _COUNTS] = self._integers(kind, raw)
            elif code in _SPECIAL:
                special = True
        kind_of = b"" if special or len(places) < len((_OFFSETS, _COUNTS)) else b"".join(layout)
        return Ifd(at, kind_of, places.get(False, ()), places.get(True, ()))

    def _value(self, value: bytes, start: int, n_bytes: int) -> bytes:
        if start < 0:
            return value[:n_bytes]
        self.budget -= n_bytes
        if self.budget < 0:
            raise ImageError(self.path, "is corrupt: the tags of its pages overlap")
        return self.data[start : start + n_bytes]

    def _integers(self, kind: int, raw: bytes) -> tuple[int, ...]:
        letter = _INTEGERS.get(kind)
        if letter is None:
            return ()
        count = len(raw) // _TYPES[kind]
        values: tuple[Any, ...] = struct.unpack(f"{self.order}{count}{letter}", raw)
        return values
