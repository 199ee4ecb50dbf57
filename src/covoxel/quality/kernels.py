"""Compiled loops over the levels of regions, and over neighbouring pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel.core.compiled import compiled, compiled_sums
from covoxel.core.types import AnyArray, FloatArray, IntArray


@compiled
def describe_levels(
    values: AnyArray,
    counts: IntArray,
    starts: IntArray,
    ranks: IntArray,
    few: IntArray,
    beyond: float,
    filled: int,
    lowest: IntArray,
    highest: IntArray,
    tallies: IntArray,
    found: FloatArray,
) -> None:
    """Find what is asked of the levels of each region, in one pass.

    Parameters
    ----------
    values, counts : (L,) array
        Intensity and pixels of each level, ascending in each region. Some have no pixels.
    starts : (R + 1,) int array
        Where the levels of each region begin.
    ranks : (Q, R) int array
        Ranks of pixels, from 1 on, ascending.
    few : (2, R) int array
        How many pixels are left out at the top; and how many are, at most, where they are farther
        above the median, the second of `ranks`, than `beyond` times the next intensity.
    filled : int
        Pixels of a level between which and the next such one a gap counts.
    lowest, highest : (N, R), (M, R) int array, of 0
        Are filled with the pixels of the lowest and the highest levels that have any.
    tallies : (3, R) int array, of 0
        Is filled with the number of levels, the pixels below 0, and the gaps between neighbouring
        filled levels.
    found : (2 + V + Q, R) float array, of NaN
        Is filled with the lowest intensity, that of the brightest pixel but `few`, the highest
        intensities, and those of the ranks.
    """
    n_highest = len(found) - 2 - len(ranks)
    for r in range(starts.size - 1):
        total, distinct, rank, before = np.int64(0), 0, 0, False
        last = values.dtype.type(0)
        for i in range(starts[r], starts[r + 1]):
            count, value = counts[i], values[i]
            if count == 0:
                continue
            if distinct == 0:
                found[0, r] = value
            if distinct < len(lowest):
                lowest[distinct, r] = count
            if value < 0:
                tallies[1, r] += count
            tallies[2, r] += before and count >= filled and value - last > 1
            last, before = value, count >= filled
            total += count
            distinct += 1
            while rank < len(ranks) and ranks[rank, r] <= total:
                found[2 + n_highest + rank, r] = value
                rank += 1
        tallies[0, r] = distinct
        place, seen, i = 0, np.int64(0), starts[r + 1]
        middle, above = found[2 + n_highest + 1, r], np.nan
        while i > starts[r] and (place < len(highest) or seen <= few[1, r]):
            i -= 1
            if counts[i] == 0:
                continue
            if place < len(highest):
                highest[place, r] = counts[i]
            if place < n_highest:
                found[2 + place, r] = values[i]
            here = float(values[i])
            apart = above - middle > beyond * (here - middle) > 0
            at_few = seen <= few[0, r] and seen + counts[i] > few[0, r]
            if at_few or (apart and few[0, r] < seen <= few[1, r]):
                found[1, r] = here
            above = here
            seen += counts[i]
            place += 1


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
