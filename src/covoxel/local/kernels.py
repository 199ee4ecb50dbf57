"""Compiled loops: running sums of whole numbers in a box around each pixel, and readings of sums.

Running sums subtract what leaves the window. Whole numbers lose nothing by that, as long as float64
holds all sums exactly; others would leave their rounding behind, see `covoxel.local.float_kernels`.
"""

from __future__ import annotations

import numpy as np

from covoxel.core.compiled import compiled
from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.local.window import CORRELATION, SHARE, SLOPE


@compiled
def _spread(
    n: float, s1: float, s2: float, s11: float, s22: float, s12: float
) -> tuple[float, float, float]:
    """Return n times variances and covariance.

    Whole means are taken off first, which keeps whole numbers exact until the last step.
    """
    share = 1 / n
    mean1, mean2 = np.rint(s1 * share), np.rint(s2 * share)
    rest1, rest2 = s1 - n * mean1, s2 - n * mean2
    v1 = s11 - mean1 * (s1 + rest1) - rest1 * rest1 * share
    v2 = s22 - mean2 * (s2 + rest2) - rest2 * rest2 * share
    c = s12 - mean1 * s2 - mean2 * rest1 - rest1 * rest2 * share
    return v1, v2, c


@compiled
def _correlations(sums: FloatArray, least: float, fewest: float, out: AnyArray) -> None:
    for i in range(out.size):
        n, s11, s22 = sums[0, i], sums[3, i], sums[4, i]
        v1, v2, c = _spread(n, sums[1, i], sums[2, i], s11, s22, sums[5, i])
        product = v1 * v2
        r = min(max(c / np.sqrt(product), -1.0), 1.0)
        known = (n >= fewest) & (v1 > least * s11) & (v2 > least * s22)
        known &= (product > 0) & (product < np.inf)
        out[i] = r if known else np.nan


@compiled
def _slopes(sums: FloatArray, least: float, fewest: float, out: AnyArray) -> None:
    for i in range(out.size):
        n, s11 = sums[0, i], sums[3, i]
        v1, _, c = _spread(n, sums[1, i], sums[2, i], s11, sums[4, i], sums[5, i])
        out[i] = c / v1 if (n >= fewest) & (v1 > least * s11) else np.nan


@compiled
def _shares(sums: FloatArray, centres: tuple[float, float], fewest: float, out: AnyArray) -> None:
    centre1, centre2 = centres
    for i in range(out.size):
        n, s1 = sums[0, i], sums[1, i]
        whole = s1 + n * centre1
        part = sums[5, i] + centre2 * s1 + centre1 * sums[2, i] + n * centre1 * centre2
        out[i] = part / whole if (n >= fewest) & (whole > 0) else np.nan


@compiled
def _similarities(
    sums: FloatArray,
    centres: tuple[float, float],
    constants: tuple[float, float, float],
    fewest: float,
    out: AnyArray,
) -> None:
    c1, c2, ddof = constants
    for i in range(out.size):
        n, s1, s2 = sums[0, i], sums[1, i], sums[2, i]
        v1, v2, c = _spread(n, s1, s2, sums[3, i], sums[4, i], sums[5, i])
        share, freedom = 1 / n, 1 / (n - ddof)
        mean1, mean2 = s1 * share + centres[0], s2 * share + centres[1]
        similar = (2 * mean1 * mean2 + c1) * (2 * c * freedom + c2)
        similar /= (mean1 * mean1 + mean2 * mean2 + c1) * ((v1 + v2) * freedom + c2)
        out[i] = similar if n >= fewest else np.nan


@compiled
def read(
    sums: FloatArray,
    reading: int,
    constants: tuple[float, float, float],
    centres: tuple[float, float],
    least: float,
    fewest: float,
    out: AnyArray,
) -> None:
    """Read one value from the sums of each window.

    Parameters
    ----------
    sums : (6, N) float array
        n, Σa, Σb, Σa², Σb², Σab of intensities less the centres.
    reading : int
        CORRELATION, SLOPE (of b over a), SHARE: Σab / Σa of the intensities themselves, or
        SIMILARITY, with `constants` C1, C2, and what is taken off n for the variance.
    centres : tuple of float
        What is taken off both intensities.
    least : float
        Share of the squares about the centre that a variance must exceed.
    fewest : float
        Pixels that a window must hold.
    out : (N,) float array
        NaN where the reading is undefined.
    """
    if reading == CORRELATION:
        _correlations(sums, least, fewest, out)
    elif reading == SLOPE:
        _slopes(sums, least, fewest, out)
    elif reading == SHARE:
        _shares(sums, centres, fewest, out)
    else:
        _similarities(sums, centres, constants, fewest, out)


@compiled
def _add_pixels(
    sums: FloatArray,
    at: int,
    row1: AnyArray,
    row2: AnyArray,
    inside: BoolArray,
    centre1: float,
    centre2: float,
    sign: float,
) -> None:
    """Add a row of pixels to sums, or take it off."""
    # rows of their own are added several numbers at a time, places in `sums` one by one
    near = sums[:, at : at + row1.size]
    n, s1, s2, s11, s22, s12 = near[0], near[1], near[2], near[3], near[4], near[5]
    for x in range(row1.size):
        weight = sign if inside[x] else 0.0
        a, b = np.float64(row1[x]) - centre1, np.float64(row2[x]) - centre2
        a_weighted, b_weighted = weight * a, weight * b
        n[x] += weight
        s1[x] += a_weighted
        s2[x] += b_weighted
        s11[x] += a_weighted * a
        s22[x] += b_weighted * b
        s12[x] += a_weighted * b


@compiled
def _add_sums(sums: FloatArray, at: int, row: FloatArray, sign: float) -> None:
    for i in range(6):
        own, more = sums[i, at : at + row.shape[1]], row[i]
        for x in range(own.size):
            own[x] += sign * more[x]


@compiled
def _along_row(columns: FloatArray, first: int, width: int, out: FloatArray) -> None:
    """Write the sums of `width` columns from `first` and each next one on.

    Six at once, so that none waits.
    """
    n = s1 = s2 = s11 = s22 = s12 = 0.0
    for x in range(first, first + width):
        n += columns[0, x]
        s1 += columns[1, x]
        s2 += columns[2, x]
        s11 += columns[3, x]
        s22 += columns[4, x]
        s12 += columns[5, x]
    for i in range(out.shape[1]):
        out[0, i], out[1, i], out[2, i] = n, s1, s2
        out[3, i], out[4, i], out[5, i] = s11, s22, s12
        x = first + i
        n += columns[0, x + width] - columns[0, x]
        s1 += columns[1, x + width] - columns[1, x]
        s2 += columns[2, x + width] - columns[2, x]
        s11 += columns[3, x + width] - columns[3, x]
        s22 += columns[4, x + width] - columns[4, x]
        s12 += columns[5, x + width] - columns[5, x]


@compiled
def sweep(
    image1: AnyArray,
    image2: AnyArray,
    inside: BoolArray,
    centres: tuple[float, float],
    reach: tuple[int, int, int],
    planes: tuple[int, int],
    rows: tuple[int, int],
    line: tuple[int, int],
    corner: tuple[int, int],
    reading: int,
    constants: tuple[float, float, float],
    fewest: float,
    out: AnyArray,
    kept: FloatArray,
) -> None:
    """Read one value from the window around each pixel of a part of the arrays.

    Planes and then rows enter and leave running sums, so the cost does not depend on the reach.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) uint16 array
    inside : (Z, Y, X) bool array
        Which pixels count.
    centres : tuple of float
        Whole numbers that are subtracted from the intensities.
    reach : tuple of int
        How far the window goes along each axis; it is clipped where the arrays end.
    planes, rows, line : tuple of int
        Where the part begins and ends along each axis.
    corner : tuple of int
        The plane and row that come first in `out` and `kept`.
    reading, constants, fewest
        As of `read`.
    out : (z, y, X) float array
        The values; of no size if the sums are wanted.
    kept : (6, z, y, X) float array
        The sums; of no size if the values are wanted.
    """
    deep, high, wide = image1.shape
    reach_z, reach_y, reach_x = reach
    (first_z, end_z), (first_y, end_y), (first_x, end_x) = planes, rows, line
    low_z, low_y = max(0, first_z - reach_z), max(0, first_y - reach_y)
    top_y = min(high, end_y + reach_y)
    flat = reach_z == 0
    slab = np.zeros((0 if flat else top_y - low_y, 6, wide))
    columns, row = np.empty((6, wide + 2 * reach_x + 1)), np.empty((6, end_x - first_x))
    for z in range(first_z if flat else low_z - reach_z, end_z):
        for plane, sign in ((z + reach_z, 1.0), (z - reach_z - 1, -1.0)):
            for y in range(low_y, top_y if low_z <= plane < deep and not flat else low_y):
                pixels = image1[plane, y], image2[plane, y], inside[plane, y]
                _add_pixels(slab[y - low_y], 0, *pixels, *centres, sign)
        if z < first_z:
            continue
        columns[:] = 0.0
        for y in range(low_y - reach_y, end_y):
            for place, sign in ((y + reach_y, 1.0), (y - reach_y - 1, -1.0)):
                if not low_y <= place < top_y:
                    continue
                if flat:
                    pixels = image1[z, place], image2[z, place], inside[z, place]
                    _add_pixels(columns, reach_x, *pixels, *centres, sign)
                else:
                    _add_sums(columns, reach_x, slab[place - low_y], sign)
            if y < first_y:
                continue
            _along_row(columns, first_x, 2 * reach_x + 1, row)
            at = z - corner[0], y - corner[1]
            if kept.size:
                kept[:, at[0], at[1]] = row
            else:
                read(row, reading, constants, centres, 0.0, fewest, out[at])
