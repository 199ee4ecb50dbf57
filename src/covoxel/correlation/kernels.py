"""Compiled passes over spectra."""

from __future__ import annotations

from covoxel.core.compiled import compiled_sums
from covoxel.core.types import FloatArray


@compiled_sums
def squared_magnitudes(parts: FloatArray, out: FloatArray) -> None:
    """Write the squared magnitudes of numbers whose real and imaginary parts alternate."""
    for i in range(out.size):
        out[i] = parts[2 * i] ** 2 + parts[2 * i + 1] ** 2
