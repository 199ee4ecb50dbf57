"""Compiled loops over the pixels of many small regions."""

from __future__ import annotations

import numpy as np

from covoxel.core.compiled import compiled
from covoxel.core.types import AnyArray, FloatArray, IntArray


@compiled
def add_one_by_one(
    value1: AnyArray,
    value2: AnyArray,
    region: AnyArray,
    limits1: IntArray,
    limits2: IntArray,
    first: FloatArray,
    out: IntArray,
) -> None:
    """Add pixels of 8 or 16 bits to the sums of their regions and classes.

    It takes less time than `covoxel.intensity.kernels.add_sums` where few pixels of a region
    lie in a row.

    Parameters
    ----------
    value1, value2 : (N,) uint8 or uint16 array
    region : (N,) uint32 array
        Index of each one's region + 1; pixels of 0 do not count.
    limits1, limits2, first
        As in `add_sums`.
    out : (R, C, 6) int array
        ``integers`` of `add_sums`.
    """
    steps1, steps2, order = limits1.shape[1], limits2.shape[1], out.shape[2]
    for i in range(region.size):
        if region[i] == 0:
            continue
        r, k = np.int64(region[i]) - 1, 0
        a, b = np.int64(value1[i]), np.int64(value2[i])
        for j in range(steps1):
            k += a >= limits1[r, j]
        k *= steps2 + 1
        for j in range(steps2):
            k += b >= limits2[r, j]
        out[r, k, 0] += 1
        if order > 1:
            out[r, k, 1] += a
            out[r, k, 2] += b
        if order > 3:
            out[r, k, 3] += a * a
            out[r, k, 4] += b * b
            out[r, k, 5] += a * b
        if np.isnan(first[r, 0]):
            first[r, 0], first[r, 1] = a, b
