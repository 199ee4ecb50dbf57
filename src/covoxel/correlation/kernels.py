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


@compiled_sums
def add_products(a: FloatArray, b: FloatArray, both: FloatArray, fine: FloatArray) -> None:
    """Add up products of two images, and of what pixels have more than their neighbours.

    Pixels that are not finite are left out.

    Parameters
    ----------
    a, b : (N, Y, X) array
    both : (6,) array, of 0
        Is filled with n, Σa, Σb, Σa², Σb², Σab.
    fine : (2, 3) array, of 0
        Is filled with n, Σp, Σp² of the products p of what a pixel of `a`, and of `b`, has more
        than the mean of its two neighbours, along Y and along X.
    """
    for plane in range(len(a)):
        for y in range(a.shape[1]):
            row1, row2 = a[plane, y], b[plane, y]
            _add_moments(row1, row2, both)
            _add_fine(row1[:-2], row1[1:-1], row1[2:], row2[:-2], row2[1:-1], row2[2:], fine[1])
            if 0 < y < a.shape[1] - 1:
                up1, down1 = a[plane, y - 1], a[plane, y + 1]
                up2, down2 = b[plane, y - 1], b[plane, y + 1]
                _add_fine(up1, row1, down1, up2, row2, down2, fine[0])


@compiled_sums
def _add_moments(row1: FloatArray, row2: FloatArray, out: FloatArray) -> None:
    n = s1 = s2 = s11 = s22 = s12 = 0.0
    for x in range(row1.size):
        known = np.isfinite(row1[x]) & np.isfinite(row2[x])
        value1, value2 = row1[x] if known else 0.0, row2[x] if known else 0.0
        n += known
        s1 += value1
        s2 += value2
        s11 += value1 * value1
        s22 += value2 * value2
        s12 += value1 * value2
    sums = n, s1, s2, s11, s22, s12
    for column in range(out.size):
        out[column] += sums[column]


@compiled_sums
def _add_fine(
    before1: FloatArray,
    here1: FloatArray,
    after1: FloatArray,
    before2: FloatArray,
    here2: FloatArray,
    after2: FloatArray,
    out: FloatArray,
) -> None:
    n = total = squares = 0.0
    for x in range(here1.size):
        more1 = here1[x] - (before1[x] + after1[x]) / 2
        more2 = here2[x] - (before2[x] + after2[x]) / 2
        known = np.isfinite(more1) & np.isfinite(more2)
        product = more1 * more2 if known else 0.0
        n += known
        total += product
        squares += product * product
    out[0] += n
    out[1] += total
    out[2] += squares
