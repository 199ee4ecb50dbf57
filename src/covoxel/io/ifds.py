"""The list of pages of a TIFF, walked before anything in it is trusted."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from covoxel.io.errors import ImageError

#: Byte order, then the formats of an offset, of a number of tags and of a tag: its code,
#: type, count and value, or where that is.
_CLASSIC = ("I", "H", "HHI4s")
_BIG = ("Q", "Q", "HHQ8s")
_KINDS = {
    b"II\x2a\x00": ("<", *_CLASSIC), b"MM\x00\x2a": (">", *_CLASSIC),
    b"II\x2b\x00": ("<", *_BIG), b"MM\x00\x2b": (">", *_BIG),
}  # fmt: skip
_MOST_TAGS = 4096
#: Bytes of a value of each type of tag.
_TYPES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
          16: 8, 17: 8, 18: 8}  # fmt: skip


def is_tiff(path: Path) -> bool:
    """Whether a file starts as a TIFF does."""
    with path.open("rb") as file:
        return file.read(4) in _KINDS


def count_pages(path: Path) -> int:
    """Count the pages of a TIFF.

    Raises
    ------
    ImageError
        If the list of pages or what a tag refers to leaves the file, as they do in a
        truncated one, or if the list runs in a circle.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        order, offset_format, number_format, tag_format = _KINDS[file.read(4)]
        offset_format, number_format = order + offset_format, order + number_format
        tag = struct.Struct(order + tag_format)
        file.seek(4 if offset_format[1] == "I" else 8)
        seen: set[int] = set()
        offset = _number(file, path, offset_format)
        while offset:
            if offset in seen:
                raise ImageError(path, f"is corrupt: its list of pages returns to byte {offset}")
            if offset >= size:
                reason = f"is truncated: page {len(seen) + 1} should start at byte {offset}"
                raise ImageError(path, f"{reason}, and the file has {size}")
            seen.add(offset)
            file.seek(offset)
            n_tags = _number(file, path, number_format)
            if n_tags > _MOST_TAGS:
                raise ImageError(path, f"is corrupt: page {len(seen)} declares {n_tags} tags")
            tags = file.read(n_tags * tag.size)
            offset = _number(file, path, offset_format)
            for code, kind, count, value in tag.iter_unpack(tags):
                n_bytes = _TYPES.get(kind, 0) * count
                if n_bytes > len(value) and struct.unpack(offset_format, value)[0] + n_bytes > size:
                    reason = f"is truncated: tag {code} of page {len(seen)} refers beyond its end"
                    raise ImageError(path, reason)
    if not seen:
        raise ImageError(path, "has no pages")
    return len(seen)


def _number(file: BinaryIO, path: Path, fmt: str) -> int:
    data = file.read(struct.calcsize(fmt))
    if len(data) < struct.calcsize(fmt):
        raise ImageError(path, "is truncated: its list of pages ends early")
    return int(struct.unpack(fmt, data)[0])
