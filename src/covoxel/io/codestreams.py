"""Sizes that JPEG and JPEG 2000 data give themselves, read before a decoder believes them."""

from __future__ import annotations

import struct

#: Compression tags of the two.
JPEG = (6, 7, 33007, 34892)
JPEG_2000 = (33003, 33004, 33005, 34712)
_NO_FRAME = (0xC4, 0xC8, 0xCC)


def coded_pixels(data: bytes, compression: int) -> int:
    """Return the number of pixels that a codestream declares, 0 where it declares none.

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
