"""Compiled passes over spectra, of which real and imaginary parts alternate."""

from __future__ import annotations

from covoxel.core.compiled import compiled_sums
from covoxel.core.types import FloatArray


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
