"""Compiled loops: sums of any numbers in a window around each pixel.

Nothing is subtracted from a sum: a bright pixel that has left the window leaves no rounding
behind. For boxes, pixels are cut along each axis into blocks as long as the window, which then
is the end of one block and the beginning of the next: three additions a pixel, whatever the
radius (van Herk 1992, doi:10.1016/0167-8655(92)90069-C). Blocks begin at multiples of the width
in the whole image, so that parts of it give the same digits.
"""

from __future__ import annotations

import numpy as np

from covoxel.core.compiled import compiled
from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.local.kernels import read

#: Values that are summed at a time, near the processor.
_NEAR = 1024
#: Columns that are summed at a time: fewer of stacks, where each has the sums of several planes.
_COLUMNS, _COLUMNS_OF_STACKS = 512, 128


@compiled
def _add(values: FloatArray, more: FloatArray, out: FloatArray) -> None:
    for i in range(out.size):
        out[i] = values[i] + more[i]


@compiled
def _multiply(
    row1: FloatArray,
    row2: FloatArray,
    inside: BoolArray,
    centres: tuple[float, float],
    start: int,
    out: FloatArray,
) -> None:
    """Write 1, a, b, a², b², ab of a row from a place of `out` on, 0 where pixels do not count."""
    centre1, centre2 = centres
    for i in range(row1.size):
        counts, x = inside[i], start + i
        a, b = row1[i] - centre1 if counts else 0.0, row2[i] - centre2 if counts else 0.0
        out[0, x], out[1, x], out[2, x] = 1.0 if counts else 0.0, a, b
        out[3, x], out[4, x], out[5, x] = a * a, b * b, a * b


@compiled
def _enter(block: FloatArray, place: int, begun: FloatArray, out: FloatArray) -> None:
    """Let the values at a place of a block enter the window, and write the sums over it.

    From the next place on, the block holds the sums up to its end; `begun` are the sums of the
    values after that.
    """
    held = block[place]
    if place < len(block) - 1:
        ends = block[place + 1]
        for i in range(out.size):
            begun[i] += held[i]
            out[i] = begun[i] + ends[i]
    else:
        for before in range(place - 1, -1, -1):
            _add(block[before], block[before + 1], block[before])
        begun[:] = 0.0
        out[:] = block[0]


@compiled
def _along_row(values: FloatArray, ends: FloatArray, out: FloatArray) -> None:
    """Write the sums of `ends.size // 6` values from each one on; six at once."""
    width, size = ends.size // 6, out.shape[1]
    for start in range(0, size, width):
        n = s1 = s2 = s11 = s22 = s12 = 0.0
        for i in range(width - 1, -1, -1):
            x = start + i
            n, s1, s2 = n + values[0, x], s1 + values[1, x], s2 + values[2, x]
            s11, s22, s12 = s11 + values[3, x], s22 + values[4, x], s12 + values[5, x]
            at = 6 * i
            ends[at], ends[at + 1], ends[at + 2] = n, s1, s2
            ends[at + 3], ends[at + 4], ends[at + 5] = s11, s22, s12
        n = s1 = s2 = s11 = s22 = s12 = 0.0
        for i in range(min(width, size - start)):
            x, at = start + i, 6 * i
            out[0, x], out[1, x] = ends[at] + n, ends[at + 1] + s1
            out[2, x], out[3, x] = ends[at + 2] + s2, ends[at + 3] + s11
            out[4, x], out[5, x] = ends[at + 4] + s22, ends[at + 5] + s12
            x = min(start + width + i, values.shape[1] - 1)
            n, s1, s2 = n + values[0, x], s1 + values[1, x], s2 + values[2, x]
            s11, s22, s12 = s11 + values[3, x], s22 + values[4, x], s12 + values[5, x]


@compiled
def sweep_floats(
    values1: FloatArray,
    values2: FloatArray,
    inside: BoolArray,
    reach: tuple[int, int, int],
    first: tuple[int, int, int],
    size: tuple[int, int, int],
    corner: tuple[int, int],
    into: tuple[int, int],
    reading: int,
    constants: tuple[float, float, float],
    centres: tuple[float, float],
    least: float,
    fewest: float,
    out: AnyArray,
    kept: FloatArray,
) -> None:
    """Read one value from the window around each pixel of a part of the arrays.

    Parameters
    ----------
    values1, values2 : (Z, Y, X) float array
        The intensities, as far as windows reach.
    inside : (Z, Y, X) bool array
        Which pixels count.
    reach : tuple of int
        How far the window goes along each axis; it is clipped where the arrays end.
    first, size : tuple of int
        Where the part begins along each axis, and its shape.
    corner : tuple of int
        The plane and row of the whole image with which the arrays begin.
    into : tuple of int
        The plane and row of `out` or `kept` where they are written.
    reading, constants, centres, least, fewest
        As of `read`.
    out : (z, y, X) float array
        The values; of no size if the sums are wanted.
    kept : (6, z, y, X) float array
        The sums; of no size if the values are wanted.
    """
    deep, high, wide = values1.shape
    reach_z, reach_y, reach_x = reach
    (first_z, first_y, first_x), (n_planes, n_rows, n_columns) = first, size
    columns = max(_COLUMNS_OF_STACKS, 8 * reach_x) if reach_z else _COLUMNS
    for left in range(first_x, first_x + n_columns, columns):
        right = min(first_x + n_columns, left + columns)
        near = slice(max(0, left - reach_x), min(wide, right + reach_x))
        start, width = near.start - left + reach_x, right - left + 2 * reach_x
        rows, begun = np.zeros((2 * reach_y + 1, 6 * width)), np.zeros(6 * width)
        deeper = n_rows if reach_z else 0
        planes = np.zeros((deeper, 2 * reach_z + 1, 6 * width))
        planes_begun = np.zeros((deeper, 6 * width))
        ends, row = np.empty(6 * (2 * reach_x + 1)), np.empty((6, right - left))
        line = np.zeros(6 * width)
        for z in range(max(0, first_z - reach_z), first_z + n_planes + reach_z):
            plane, place = z - reach_z - first_z, (z + corner[0]) % (2 * reach_z + 1)
            rows[:], begun[:], line[:] = 0.0, 0.0, 0.0
            for y in range(first_y - reach_y, first_y + n_rows + reach_y):
                if 0 <= z < deep:
                    turn = (y + corner[1]) % len(rows)
                    rows[turn] = 0.0
                    if 0 <= y < high:
                        a, b, counts = values1[z, y, near], values2[z, y, near], inside[z, y, near]
                        _multiply(a, b, counts, centres, start, rows[turn].reshape(6, width))
                    _enter(rows, turn, begun, line)
                done = y - reach_y - first_y
                if done >= 0 and reach_z:
                    if 0 <= z < deep:
                        planes[done, place] = line
                    else:
                        planes[done, place] = 0.0
                    _enter(planes[done], place, planes_begun[done], line)
                if done < 0 or plane < 0:
                    continue
                _along_row(line.reshape(6, width), ends, row)
                at = plane + into[0], done + into[1]
                across = slice(left - first_x, right - first_x)
                if kept.size:
                    kept[:, at[0], at[1], across] = row
                else:
                    values = out[at[0], at[1], across]
                    read(row, reading, constants, centres, least, fewest, values)


@compiled
def weigh(values: FloatArray, weights: FloatArray, step: int, out: FloatArray) -> None:
    """Write weighted sums of values at distances of `step`, from each one on.

    With the number of values behind an axis as `step`, these are sums along that axis.

    Parameters
    ----------
    values : (K, N + (weights.size - 1) · step) float array
    weights : float array
    step : int
    out : (K, N) float array
    """
    for i in range(len(out)):
        for start in range(0, out.shape[1], _NEAR):
            near = out[i, start : start + _NEAR]
            near[:] = 0.0
            for k in range(weights.size):
                weight, first = weights[k], start + k * step
                row = values[i, first : first + near.size]
                for place in range(near.size):
                    near[place] += weight * row[place]
