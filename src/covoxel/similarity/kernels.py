"""Compiled loops over pixels."""

from __future__ import annotations

import numpy as np

from covoxel.core.compiled import compiled, compiled_sums
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


@compiled
def window_sums(values: FloatArray, width: int, out: FloatArray) -> None:
    """Write the sums of `width` values along the middle axis, from each one on.

    The axis is cut into blocks as long as the window, which then is the end of one block and the
    beginning of the next: nothing is subtracted, so that a bright pixel leaves no rounding behind.

    Parameters
    ----------
    values : (K, N, M) float array
    width : int
    out : (K, N - width + 1, M) float array
    """
    last = out.shape[1]
    total = np.empty(out.shape[2])
    for k in range(len(out)):
        for start in range(0, last, width):
            total[:] = 0.0
            for i in range(start + width - 1, start - 1, -1):
                for j in range(total.size):
                    total[j] += values[k, i, j]
                if i < last:
                    out[k, i] = total
            total[:] = 0.0
            for i in range(start + 1, min(start + width, last)):
                for j in range(total.size):
                    total[j] += values[k, i + width - 1, j]
                    out[k, i, j] += total[j]


@compiled
def row_sums(values: FloatArray, width: int, out: FloatArray) -> None:
    """Write the sums of `width` values of each row, and of their squares, as `window_sums` does.

    Parameters
    ----------
    values : (K, N) float array
    width : int
    out : (2, K, N - width + 1) float array
    """
    last = out.shape[2]
    for k in range(len(values)):
        row, sums, squares = values[k], out[0, k], out[1, k]
        for start in range(0, last, width):
            total = square = 0.0
            for i in range(start + width - 1, start - 1, -1):
                total += row[i]
                square += row[i] * row[i]
                if i < last:
                    sums[i], squares[i] = total, square
            total = square = 0.0
            for i in range(start + 1, min(start + width, last)):
                value = row[i + width - 1]
                total += value
                square += value * value
                sums[i] += total
                squares[i] += square
