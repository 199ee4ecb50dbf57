"""Compiled loops over parts of an image, in which neighbouring pixels are compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel.core.compiled import compiled, compiled_sums
from covoxel.core.types import FloatArray


@compiled
def clip_hot(images: FloatArray, few: int) -> None:
    """Clip each of (N, Y, X) images at the highest intensity that `few` of its pixels reach."""
    highest = np.empty(few)
    for image in images:
        highest[:] = -np.inf
        for row in image:
            for value in row:
                if value > highest[0]:
                    place = 1
                    while place < few and highest[place] < value:
                        highest[place - 1] = highest[place]
                        place += 1
                    highest[place - 1] = value
        for row in image:
            for i in range(row.size):
                row[i] = min(row[i], highest[0])


@compiled_sums
def _product(one: FloatArray, other: FloatArray, mean: float) -> Any:
    total = 0.0
    for i in range(one.size):
        total += (one[i] - mean) * (other[i] - mean)
    return total


@compiled_sums
def neighbour_products(image: FloatArray, mean: float, out: FloatArray) -> None:
    """Add up mean products of the pixels of an image about their mean.

    Parameters
    ----------
    image : (Y, X) array
    mean : float
        Which numba could find as well, but it loads all of SciPy's linear algebra for that.
    out : (3,) array, of 0
        Is filled with those of pixels that are 0, 1 and 2 rows or columns apart.
    """
    height, width = image.shape
    for y in range(height):
        row = image[y]
        out[0] += _product(row, row, mean) / image.size
        for lag in (1, 2):
            rest = _product(row[lag:], row[:-lag], mean)
            out[lag] += rest / (2 * height * (width - lag))
            if y >= lag:
                out[lag] += _product(row, image[y - lag], mean) / (2 * width * (height - lag))


@compiled_sums
def unexplained_steps(image: FloatArray, down: FloatArray, across: FloatArray) -> None:
    """Add up mean steps that a line through the pixels on either side does not explain.

    Parameters
    ----------
    image : (Y, X) array
    down, across : (Y - 3,), (X - 3,) array, of 0
        Are filled with those from row to row, and from column to column.
    """
    height, width = image.shape
    for y in range(height):
        row = image[y]
        first, second, third, fourth = row[:-3], row[1:-2], row[2:-1], row[3:]
        for x in range(across.size):
            step = third[x] - second[x]
            beside = second[x] - first[x] + (fourth[x] - third[x])
            across[x] += abs(step - beside / 2) / height
        if y >= 3:
            first, second, third, fourth = image[y - 3], image[y - 2], image[y - 1], row
            total = 0.0
            for x in range(width):
                step = third[x] - second[x]
                beside = second[x] - first[x] + (fourth[x] - third[x])
                total += abs(step - beside / 2)
            down[y - 3] = total / width
