"""A compiled look at floats before they are added: whether they are whole."""

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
