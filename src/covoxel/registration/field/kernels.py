"""Compiled loops over the pixels of a displacement field; a plane is a stack of one."""

from __future__ import annotations

import numpy as np

from covoxel.core.compiled import compiled, compiled_sums
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray

#: Degrees of the splines in planes and in stacks, known to the compiler, so that loops unroll.
_QUINTIC, _CUBIC = 5, 3


@compiled
def _weights(degree: int, fraction: float, out: FloatArray) -> None:
    """Write the B-splines of a degree that do not vanish at a fraction of a pixel (Cox–de Boor)."""
    out[0] = 1.0
    for k in range(1, degree + 1):
        share = 1.0 / k
        out[k] = fraction * out[k - 1] * share
        for j in range(k - 1, 0, -1):
            out[j] = ((fraction + k - j) * out[j - 1] + (1 + j - fraction) * out[j]) * share
        out[0] = (1 - fraction) * out[0] * share


@compiled_sums
def _in_plane(coefficients: FloatArray, place: FloatArray, weights: FloatArray) -> float:
    y, x = np.floor(place[1]), np.floor(place[2])
    _weights(_QUINTIC, place[1] - y, weights[1])
    _weights(_QUINTIC, place[2] - x, weights[2])
    first, left, total = np.int64(y) - _QUINTIC // 2, np.int64(x) - _QUINTIC // 2, 0.0
    for j in range(_QUINTIC + 1):
        along = 0.0
        for k in range(_QUINTIC + 1):
            along += weights[2, k] * coefficients[0, first + j, left + k]
        total += weights[1, j] * along
    return total


@compiled_sums
def _in_stack(coefficients: FloatArray, place: FloatArray, weights: FloatArray) -> float:
    z, y, x = np.floor(place[0]), np.floor(place[1]), np.floor(place[2])
    _weights(_CUBIC, place[0] - z, weights[0])
    _weights(_CUBIC, place[1] - y, weights[1])
    _weights(_CUBIC, place[2] - x, weights[2])
    plane, first, left = np.int64(z) - 1, np.int64(y) - 1, np.int64(x) - 1
    total = 0.0
    for i in range(_CUBIC + 1):
        for j in range(_CUBIC + 1):
            along = 0.0
            for k in range(_CUBIC + 1):
                along += weights[2, k] * coefficients[plane + i, first + j, left + k]
            total += weights[0, i] * weights[1, j] * along
    return total


@compiled_sums
def interpolate(
    coefficients: FloatArray,
    inside: BoolArray,
    margin: tuple[int, int, int],
    displacement: FloatArray,
    start: tuple[int, int, int],
    slack: float,
    values: FloatArray,
    known: BoolArray,
) -> None:
    """Write the values of a spline at displaced pixels, and which of them lie inside.

    Parameters
    ----------
    coefficients : (Z, Y, X) float array
        Those of the quintic spline of a plane, or the cubic one of a stack, from `margin` pixels
        before the image on, and as far behind it.
    inside : (z, y, x) bool array
        The mask of the image.
    margin : tuple of int
        Pixels along each axis.
    displacement : (D, …) float array
        Of a block of pixels, along the last D axes.
    start : tuple of int
        The first pixel of the block.
    slack : float
        How far outside a position still counts as inside, in pixels.
    values, known : (z, y, x) array
        The block is written; 0 where it is not known.
    """
    planes, shape = 3 - len(displacement), inside.shape
    weights, place, nearest = np.empty((3, _QUINTIC + 1)), np.empty(3), np.empty(3, np.int64)
    for z in range(displacement.shape[1]):
        for y in range(displacement.shape[2]):
            for x in range(displacement.shape[3]):
                at = z + start[0], y + start[1], x + start[2]
                there = True
                for i in range(3):
                    place[i] = at[i] + (displacement[i - planes, z, y, x] if i >= planes else 0.0)
                    there &= (place[i] > -slack) & (place[i] < shape[i] - 1 + slack)
                    nearest[i] = np.int64(np.floor(place[i] + 0.5))
                    place[i] += margin[i]
                there = there and inside[nearest[0], nearest[1], nearest[2]]
                known[at], values[at] = there, 0.0
                if there and planes:
                    values[at] = _in_plane(coefficients, place, weights)
                elif there:
                    values[at] = _in_stack(coefficients, place, weights)


@compiled_sums
def block_products(
    terms1: AnyArray,
    terms2: AnyArray,
    known: BoolArray,
    corners: IntArray,
    tile: tuple[int, int, int],
    block: tuple[int, int, int],
    out: FloatArray,
) -> None:
    """Write the sums of products of terms over the known pixels of each block of tiles.

    Parameters
    ----------
    terms1, terms2 : (T, Z, Y, X) float array
        Images to multiply.
    known : (Z, Y, X) bool array
    corners : (K, 3) int array
        First pixel of each tile.
    tile, block : tuple of int
        Size of tiles and of blocks, into which tiles are cut in C order; the last may be smaller.
    out : (K, B, 2 T + 1, 2 T + 1) float array
        Products of the terms 1, the terms 2 and 1, in this order.
    """
    count = len(terms1)
    size = 2 * count + 1
    pixels = np.zeros((size + 3, block[0] * block[1] * block[2]))
    for k in range(len(corners)):
        corner, number = corners[k], 0
        for z0 in range(0, tile[0], block[0]):
            for y0 in range(0, tile[1], block[1]):
                for x0 in range(0, tile[2], block[2]):
                    n, width = 0, min(block[2], tile[2] - x0)
                    along = slice(corner[2] + x0, corner[2] + x0 + width)
                    for z in range(corner[0] + z0, corner[0] + min(z0 + block[0], tile[0])):
                        for y in range(corner[1] + y0, corner[1] + min(y0 + block[1], tile[1])):
                            there = known[z, y, along]
                            for i in range(count):
                                one, two = terms1[i, z, y, along], terms2[i, z, y, along]
                                for x in range(width):
                                    pixels[i, n + x] = one[x] * there[x]
                                    pixels[count + i, n + x] = two[x] * there[x]
                            for x in range(width):
                                pixels[size - 1, n + x] = there[x]
                            n += width
                    for i in range(size):
                        row = pixels[i]
                        for j in range(0, i + 1, 4):  # four sums at once wait less for each other
                            a = b = c = d = 0.0
                            for m in range(n):
                                a += row[m] * pixels[j, m]
                                b += row[m] * pixels[j + 1, m]
                                c += row[m] * pixels[j + 2, m]
                                d += row[m] * pixels[j + 3, m]
                            for step, total in enumerate((a, b, c, d)):
                                if j + step <= i:
                                    out[k, number, i, j + step] = total
                                    out[k, number, j + step, i] = total
                    number += 1
