"""PNG pictures: masks and labels as segmentation programs write them, and exported channels."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.io.errors import ImageError, refusing
from covoxel.io.metadata import Metadata
from covoxel.io.page_stack import PageStack
from covoxel.io.pages import Index, LibraryPage
from covoxel.io.series import Samples, Series

#: Signature; length, name, width, height, bit depth and colour type of the first chunk.
_HEADER = struct.Struct(">12x4sIIBB")
#: Samples of a pixel, and how many are channels, by the colour type; palettes are read as colours.
_SAMPLES = {0: (1, 1), 2: (3, 3), 3: (3, 3), 4: (2, 1), 6: (4, 3)}
#: Pixels' bytes that a compressed byte holds at most.
_MOST_SHRINKING = 1032


def load(path: Path) -> tuple[str, list[Series]]:
    """Return the format and the image of a PNG, without reading pixels."""
    with refusing(path, "cannot be read as PNG"), path.open("rb") as file:
        name, width, height, depth, color = _HEADER.unpack(file.read(_HEADER.size))
        n_samples, n_channels = _SAMPLES[color]
    if name != b"IHDR" or not height * width:
        raise ImageError(path, "is corrupt: it does not begin with a size")
    if height * width * n_samples * depth > 8 * _MOST_SHRINKING * path.stat().st_size:
        raise ImageError(path, "is corrupt: it declares more pixels than it can hold")
    shape, dtype = (height, width, n_samples), np.dtype(np.uint16 if depth > 8 else np.uint8)
    stack = PageStack([LibraryPage(path, shape, dtype, _read, n_samples)], shape, dtype)
    colored = n_channels == 3
    samples = Samples(n_channels, colored=colored, picture=colored and depth <= 8)
    return "PNG", [Series(path, 0, "", "YXS", (stack,), Metadata(), samples)]


def _read(path: Path, n_samples: int, index: Index) -> AnyArray:
    from imagecodecs import png_decode

    pixels: AnyArray = png_decode(path.read_bytes())  # with alpha where a colour is transparent
    return pixels.reshape(*pixels.shape[:2], -1)[..., :n_samples][index]
