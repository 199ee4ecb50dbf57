"""Compiled passes over images: standard scores, influences, sums around pixels and of blocks."""

from __future__ import annotations

import math

import numpy as np

from covoxel.core.compiled import compiled_sums
from covoxel.core.types import AnyArray, FloatArray


@compiled_sums
def standardise(values: AnyArray, unit: float, out: FloatArray) -> None:
    """Write values of mean 0 and variance 1; times `unit`, their squares are finite."""
    total = squares = 0.0
    for i in range(values.size):
        total += values[i] * unit
    mean = total / values.size
    for i in range(values.size):
        squares += (values[i] * unit - mean) ** 2
    factor = 1 / math.sqrt(squares / values.size)
    for i in range(values.size):
        out[i] = (values[i] * unit - mean) * factor


@compiled_sums
def influence(first: FloatArray, second: FloatArray, r: float, out: FloatArray) -> None:
    """Write the influence of each pixel of standardised images on their correlation."""
    half = out.dtype.type(r / 2)
    for i in range(out.size):
        x, y = first[i], second[i]
        out[i] = x * y - half * (x * x + y * y)


@compiled_sums
def sum_of_products(values: FloatArray, other: FloatArray) -> float:
    """Return the sum of an image times the square of another."""
    total = 0.0
    for i in range(values.size):
        total += values[i] * other[i] * other[i]
    return total


@compiled_sums
def sum_around(
    values: FloatArray,
    across: FloatArray,
    along: FloatArray,
    out: FloatArray,
    start: int,
    stop: int,
) -> None:
    """Sum the pixels around each pixel of rows of stacked planes, weighted by both distances.

    Weights begin with those of the pixel itself; pixels outside are 0.
    """
    planes, rows, columns = values.shape
    reach = -(-(along.size - 1) // 2) * 2  # two at once: less is loaded and stored
    even = np.zeros(reach + 1, values.dtype)
    even[: along.size] = along
    line = np.zeros(columns + 2 * reach, values.dtype)
    middle = line[reach : reach + columns]
    for plane in range(planes):
        for row in range(start, stop):
            own = values[plane, row]
            for i in range(columns):
                middle[i] = across[0] * own[i]
            for k in range(1, min(across.size, max(row + 1, rows - row))):
                weight = across[k]
                before, after = values[plane, row - k], values[plane, (row + k) % rows]
                if row < k:
                    for i in range(columns):
                        middle[i] += weight * after[i]
                elif row + k >= rows:
                    for i in range(columns):
                        middle[i] += weight * before[i]
                else:
                    for i in range(columns):
                        middle[i] += weight * (before[i] + after[i])
            total = out[plane, row]
            for i in range(columns):
                total[i] = even[0] * middle[i]
            for k in range(1, reach, 2):
                one, two = even[k], even[k + 1]
                left, right = line[reach - k :], line[reach + k :]
                further, beyond = line[reach - k - 1 :], line[reach + k + 1 :]
                for i in range(columns):
                    total[i] += one * (left[i] + right[i]) + two * (further[i] + beyond[i])


@compiled_sums
def sum_blocks(values: AnyArray, length: int, squared: bool, out: FloatArray) -> None:
    """Add to `out` the sums of each `length` rows of stacked planes, or of their squares."""
    planes, rows, columns = values.shape
    for plane in range(planes):
        for row in range(rows):
            total, own = out[plane, row // length], values[plane, row]
            for i in range(columns):
                total[i] += own[i] * own[i] if squared else own[i]
