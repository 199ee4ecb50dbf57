"""How much memory an analysis takes at its peak, refused before it is allocated.

The bytes per pixel that analyses pass were measured as the peak of the process above its imports,
on pairs of 16 bits of 1 to 7 million pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from covoxel.core.memory import refuse_beyond

#: Bytes per pixel of registrations.
_REGISTERED = {"translation": 66, "similarity": 110, "affine": 110}
#: Bytes for each displacement at which a registration computes the correlation.
_BYTES_PER_LAG = 105
#: Images larger than this along an axis are binned before all displacements are searched.
_COARSE = 192


def refuse_memory(what: str, shape: Sequence[int], per_pixel: float, more: float = 0) -> None:
    """Refuse to analyse frames of `shape` that take more memory than there is.

    Parameters
    ----------
    what : str
        What needs the memory.
    shape : sequence of int
        A frame, or a plane where planes are taken by themselves.
    per_pixel : float
        Bytes for each of its pixels.
    more : float
        Bytes besides.

    Raises
    ------
    MemoryError
        If they do.
    """
    size = " × ".join(map(str, shape))
    advice = "crop or bin the images, or take planes one by one"
    refuse_beyond(f"{what} of {size} pixels", per_pixel * math.prod(shape) + more, advice)


def refuse_registration(
    transform: str, shape: Sequence[int], max_shift: int | tuple[int, ...] | None
) -> None:
    """Refuse to register frames of `shape` that take more memory than there is."""
    if max_shift is None:
        lags = math.prod(2 * math.ceil(n / math.ceil(n / _COARSE)) - 1 for n in shape)
    else:
        reach = max_shift if isinstance(max_shift, tuple) else (max_shift,) * len(shape)
        lags = math.prod(2 * min(r, n - 1) + 1 for r, n in zip(reach, shape, strict=False))
    more = max(0.0, _BYTES_PER_LAG * lags - _REGISTERED[transform] * math.prod(shape))
    refuse_memory("register", shape, _REGISTERED[transform], more)
