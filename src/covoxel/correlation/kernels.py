"""Compiled passes over images, and spectra of which real and imaginary parts alternate."""

from __future__ import annotations

import numpy as np

from covoxel.core.compiled import compiled, compiled_sums
from covoxel.core.types import AnyArray, FloatArray, IntArray

#: Columns that are added up at once, while they are near the processor.
_NEAR = 64


@compiled_sums
def squared_magnitudes(parts: FloatArray, out: FloatArray) -> None:
    """Write the squared magnitudes of numbers."""
    for i in range(out.size):
        out[i] = parts[2 * i] ** 2 + parts[2 * i + 1] ** 2


@compiled_sums
def weighted_squares(parts: FloatArray, across: FloatArray, along: FloatArray) -> float:
    """Return the sum of the squared magnitudes of rows, weighted across and along these."""
    total = 0.0
    for row in range(across.size):
        own, squares = parts[row], 0.0
        for i in range(own.size // 2):
            squares += along[i] * (own[2 * i] ** 2 + own[2 * i + 1] ** 2)
        total += across[row] * squares
    return total


@compiled
def interval_sums(values: AnyArray, start: IntArray, end: IntArray, out: AnyArray) -> None:
    """Write the sums over intervals of the middle axis; (A, N, B) to (A, L, B)."""
    until = np.zeros((values.shape[1] + 1, _NEAR), out.dtype)
    for row in range(len(values)):
        for left in range(0, values.shape[2], _NEAR):
            width = min(_NEAR, values.shape[2] - left)
            for i in range(values.shape[1]):
                for k in range(width):
                    until[i + 1, k] = until[i, k] + values[row, i, left + k]
            for lag in range(start.size):
                low, high = until[start[lag]], until[end[lag]]
                for k in range(width):
                    out[row, lag, left + k] = high[k] - low[k]
