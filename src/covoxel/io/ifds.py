"""The list of pages of a TIFF, walked before anything in it is trusted."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from covoxel.io.errors import ImageError

#: Byte order, and the formats of an offset and of a number of tags, with the size of a tag.
_CLASSIC = ("I", "H", 12)
_BIG = ("Q", "Q", 20)
_KINDS = {
    b"II\x2a\x00": ("<", _CLASSIC), b"MM\x00\x2a": (">", _CLASSIC),
    b"II\x2b\x00": ("<", _BIG), b"MM\x00\x2b": (">", _BIG),
}  # fmt: skip
_MOST_TAGS = 4096


def is_tiff(path: Path) -> bool:
    """Whether a file starts as a TIFF does."""
    with path.open("rb") as file:
        return file.read(4) in _KINDS


def count_pages(path: Path) -> int:
    """Count the pages of a TIFF.

    Raises
    ------
    ImageError
        If the list of pages leaves the file, as it does in a truncated one, or runs in
        a circle.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        order, (offset_format, number_format, tag_size) = _KINDS[file.read(4)]
        offset_format, number_format = order + offset_format, order + number_format
        file.seek(4 if tag_size == 12 else 8)
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
            file.seek(n_tags * tag_size, 1)
            offset = _number(file, path, offset_format)
    if not seen:
        raise ImageError(path, "has no pages")
    return len(seen)


def _number(file: BinaryIO, path: Path, fmt: str) -> int:
    data = file.read(struct.calcsize(fmt))
    if len(data) < struct.calcsize(fmt):
        raise ImageError(path, "is truncated: its list of pages ends early")
    return int(struct.unpack(fmt, data)[0])
