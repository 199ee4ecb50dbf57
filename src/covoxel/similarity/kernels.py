"""Compiled loops over the pixels of two images."""

from __future__ import annotations

import numpy as np

from covoxel.core.compiled import compiled_sums
from covoxel.core.types import AnyArray, FloatArray

#: Pixels that are summed at once; the sums of blocks are then added, which keeps digits.
_NEAR = 1024


@compiled_sums
def add_differences(pixels1: AnyArray, pixels2: AnyArray, out: FloatArray) -> None:
    """Add Σ(a − b)², Σ|a − b|, Σa², Σb² and Σab to `out`."""
    for start in range(0, pixels1.size, _NEAR):
        squares = size = own1 = own2 = product = 0.0
        for i in range(start, min(start + _NEAR, pixels1.size)):
            a, b = np.float64(pixels1[i]), np.float64(pixels2[i])
            difference = a - b
            squares += difference * difference
            size += abs(difference)
            own1 += a * a
            own2 += b * b
            product += a * b
        out[0] += squares
        out[1] += size
        out[2] += own1
        out[3] += own2
        out[4] += product
