"""A compiled look at floats before they are added: whether they are whole, or even counts."""

from __future__ import annotations

import numpy as np

from covoxel.core.compiled import compiled
from covoxel.core.types import AnyArray

#: Values that are looked at before it is asked whether to stop.
_NEAR = 1024


@compiled
def all_whole(values: AnyArray) -> bool:
    """Return whether all values are whole numbers."""
    for start in range(0, values.size, _NEAR):
        near, broken = values[start : start + _NEAR], False
        for i in range(near.size):
            broken |= np.floor(near[i]) != near[i]
        if broken:
            return False
    return True


@compiled
def as_counts(values: AnyArray, out: AnyArray) -> bool:
    """Write values as whole numbers of 16 bits, and return whether they all are such numbers."""
    for start in range(0, values.size, _NEAR):
        near, counts = values[start : start + _NEAR], out[start : start + _NEAR]
        broken = False
        for i in range(near.size):
            count = np.int32(near[i])
            counts[i] = np.uint16(count)
            broken |= (near[i] != count) | (count < 0) | (count > 65535)
        if broken:
            return False
    return True
