"""How much memory each analysis takes at its peak, refused before it is allocated.

The bytes a pixel were measured as the peak of the process above its imports, on pairs of 16 bits
of 1 to 7 million pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from covoxel.core.memory import refuse_beyond
from covoxel.correlation.overlaps import Lags, transform_bytes

#: Bytes a pixel of a frame, or of a plane where planes are taken by themselves.
_COMPARED, _FIELD = 70, 90
#: Bytes a pixel of SSIM, and pixels of a block of it.
_SIMILAR, _SIMILAR_AT_ONCE = 105, 1 << 20
_REGISTERED = {"translation": 66, "similarity": 110, "affine": 110}
#: Of a frame that is resampled and written, in a plane and in a stack.
_RESAMPLED = {2: 36, 3: 52}
#: The same of maps in a window, of their significance, and of those pixel by pixel.
_WINDOWED, _BEYOND, _PIXEL_BY_PIXEL = 12, 66, 20
#: Bytes a pixel of a look for repeats, and those of a block that is compared.
_REPEATS, _BLOCK = 80, 4800
#: Pixels for each block in which an image is covered at least.
_PIXELS_A_BLOCK = 16
#: Bytes a pixel of a look for a small image: in a plane and in a stack, of whole images and with
#: masks, which pixels that are not finite make necessary.
_SEARCHED = {(2, False): 85, (3, False): 115, (2, True): 540, (3, True): 960}
#: Bytes a pixel of a hash.
_HASHED = 20
#: Without and with intervals, in a plane and in a stack, whose profile has more displacements.
_DISTANCE = {(2, False): 90, (2, True): 230, (3, False): 175, (3, True): 650}
#: Bytes for each displacement at which a registration knows the correlation.
_BYTES_A_LAG = 105
#: Both images as they are correlated, in double precision.
_BYTES_A_SIDE = 20
#: Images larger than this along an axis are binned before all displacements are looked at.
_COARSE = 192
_ADVICE = "crop or bin the images, or take planes one by one"


def refuse_comparison(shape: Sequence[int]) -> None:
    """Refuse to compare frames of `shape` that take more memory than there is.

    Raises
    ------
    MemoryError
        If they do.
    """
    pixels = math.prod(shape)
    _refuse("compare", shape, _COMPARED * pixels + _SIMILAR * min(pixels, _SIMILAR_AT_ONCE))


def refuse_field(shape: Sequence[int]) -> None:
    """Refuse a displacement field of frames of `shape` that takes more memory than there is."""
    _refuse("field", shape, _FIELD * math.prod(shape))


def refuse_map(shape: Sequence[int], kind: str, *, windowed: bool) -> None:
    """Refuse a map of frames of `shape` that takes more memory than there is."""
    each = _BEYOND if kind == "beyond" else _WINDOWED if windowed else _PIXEL_BY_PIXEL
    _refuse("map", shape, each * math.prod(shape))


def refuse_distance(shape: Sequence[int], *, intervals: bool) -> None:
    """Refuse to measure distances in frames of `shape` that take more memory than there is."""
    each = _DISTANCE[min(len(shape), 3), intervals] if len(shape) > 1 else 0
    _refuse("distance", shape, each * math.prod(shape))


def refuse_curves(shape: Sequence[int], reach: tuple[int, ...]) -> None:
    """Refuse van Steensel's curves of frames of `shape` that take more memory than there is."""
    size = tuple(shape)
    lags = Lags.around((0,) * len(size), reach)
    transforms = transform_bytes(size, size, lags, "f8", masked=False)
    _refuse("ccf", shape, transforms + _BYTES_A_SIDE * math.prod(size))


def refuse_registration(
    transform: str, shape: Sequence[int], max_shift: int | tuple[int, ...] | None
) -> None:
    """Refuse to register frames of `shape` that take more memory than there is."""
    if max_shift is None:
        lags = math.prod(2 * math.ceil(n / math.ceil(n / _COARSE)) - 1 for n in shape)
    else:
        reach = max_shift if isinstance(max_shift, tuple) else (max_shift,) * len(shape)
        lags = math.prod(2 * min(r, n - 1) + 1 for r, n in zip(reach, shape, strict=False))
    needed = max(_REGISTERED[transform] * math.prod(shape), _BYTES_A_LAG * lags)
    _refuse("register", shape, needed)


def refuse_repeats(shape: Sequence[int], max_blocks: int) -> None:
    """Refuse to look for repeats in frames of `shape` that take more memory than there is."""
    pixels = math.prod(shape)
    blocks = min(max_blocks, pixels // _PIXELS_A_BLOCK)
    _refuse("repeats", shape, _REPEATS * pixels + _BLOCK * blocks)


def refuse_search(shape: Sequence[int], *, masked: bool) -> None:
    """Refuse to look for a small image in a frame that takes more memory than there is."""
    each = _SEARCHED[min(len(shape), 3), masked] if len(shape) > 1 else 0
    _refuse("find", shape, each * math.prod(shape))


def refuse_hash(shape: Sequence[int]) -> None:
    """Refuse the hash of an image of `shape` that takes more memory than there is."""
    _refuse("duplicates", shape, _HASHED * math.prod(shape))


def refuse_resampling(shape: Sequence[int]) -> None:
    """Refuse to resample frames of `shape` that take more memory than there is."""
    _refuse("resampling", shape, _RESAMPLED[max(2, len(shape))] * math.prod(shape))


def _refuse(what: str, shape: Sequence[int], needed: float) -> None:
    size = " × ".join(map(str, shape))
    refuse_beyond(f"{what} of {size} pixels", needed, _ADVICE)
