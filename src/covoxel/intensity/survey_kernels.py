"""Compiled looks at floats before they are added: how large they are, and whether whole."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel.core.compiled import compiled
from covoxel.core.types import AnyArray

#: Values that are looked at before it is asked whether to stop.
_NEAR = 1024


@compiled
def highest_bits(bits: AnyArray) -> Any:
    """Return the bits of the largest magnitude among floats, as an unsigned integer.

    Without the sign they have the order of the magnitudes; infinity and NaN are the highest.
    """
    one = bits.dtype.type(1)
    unsigned = ~(one << bits.dtype.type(bits.itemsize * 8 - 1))
    highest = bits.dtype.type(0)
    for i in range(bits.size):
        highest = max(highest, bits[i] & unsigned)
    return highest


@compiled
def all_whole(values: AnyArray) -> bool:
    """Return whether all values are whole numbers."""
    for start in range(0, values.size, _NEAR):
        near, broken = values[start : start + _NEAR], 0
        for i in range(near.size):
            broken += np.floor(near[i]) != near[i]
        if broken > 0:
            return False
    return True
