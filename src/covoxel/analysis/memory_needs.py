"""How much memory an analysis takes at its peak, refused before it is allocated.

The bytes per pixel that analyses pass were measured as the peak of the process above its imports,
on pairs of 16 bits of 1 to 200 million pixels. Large images are taken in blocks, so that they need
little beside the images themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from covoxel.core.memory import refuse_beyond

#: Bytes per pixel of a pair of 16 bits.
PAIR = 4
#: Bytes per pixel of registrations beside the pair, and the pixels that are taken at a time, but of
#: stacks that are warped.
_REGISTERED, _AT_A_TIME = {"translation": 62, "similarity": 106, "affine": 106}, 1 << 23
#: Bytes for each displacement at which a registration computes the correlation.
_BYTES_PER_LAG = 105
#: Images larger than this along an axis are binned before all displacements are searched.
_COARSE = 192


def refuse_memory(what: str, shape: Sequence[int], per_pixel: float, more: float = 0) -> None:
    """Refuse to analyse frames of `shape` that take more memory than there is.

    `what`: what needs the memory.
    `shape`: a frame, or a plane where planes are taken by themselves.
    `per_pixel`: bytes for each of its pixels.
    `more`: bytes besides.

    Raises
    ------
    MemoryError
        If they do.
    """
    size = " × ".join(map(str, shape))
    advice = "crop or bin the images, or take planes one by one"
    refuse_beyond(f"{what} of {size} pixels", per_pixel * math.prod(shape) + more, advice)


def refuse_registration(
    transform: str,
    shape: Sequence[int],
    max_shift: int | tuple[int, ...] | None,
    min_overlap: float = 0.3,
) -> None:
    """Refuse to register frames of `shape` that take more memory than there is."""
    if max_shift is None:
        binned = [n >> max(0, math.ceil(math.log2(n / _COARSE))) for n in shape]
        least = min_overlap if len(shape) > 2 else 0
        lags = math.prod(2 * (n - math.floor(least * n)) + 1 for n in binned)
    else:
        reach = max_shift if isinstance(max_shift, tuple) else (max_shift,) * len(shape)
        lags = math.prod(2 * min(r, n - 1) + 1 for r, n in zip(reach, shape, strict=False))
    most = _AT_A_TIME if transform == "translation" or len(shape) == 2 else None
    refined = in_blocks(shape, _REGISTERED[transform], most)
    refuse_memory("register", shape, PAIR, max(refined, _BYTES_PER_LAG * lags))


def in_blocks(shape: Sequence[int], per_pixel: float, most: int | None) -> float:
    """Return the bytes for the pixels of an image of which `most` are taken at a time."""
    pixels = math.prod(shape)
    return per_pixel * (pixels if most is None else min(pixels, most))
