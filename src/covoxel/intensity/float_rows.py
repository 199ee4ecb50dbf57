"""Sums of floats as `covoxel.intensity.kernels.add_sums` makes them: rows of 8 numbers."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.intensity.moments import Moments


def moments_of_rows(rows: FloatArray, units: tuple[float, float]) -> Moments:
    """Return the moments of (…, 8) rows."""
    n, rest1, rest2, s11, s22, s12, near1, near2 = np.moveaxis(rows, -1, 0)
    shift1, shift2 = near1 + rest1, near2 + rest2
    rest1, rest2 = rest1 - (shift1 - near1), rest2 - (shift2 - near2)  # of rounding
    s1, s2 = n * rest1, n * rest2
    squares = s11 + s1 * rest1, s22 + s2 * rest2, s12 + s1 * rest2
    return Moments(n.astype(np.int64), s1, s2, *squares, shift1, shift2, units)


def rows_of_moments(moments: Moments) -> FloatArray:
    """Return (R, 8) rows of moments of floats; the inverse of `moments_of_rows`."""
    n = np.maximum(moments.n, 1)
    rest1, rest2 = moments.s1 / n, moments.s2 / n
    squares = (
        moments.s11 - moments.s1 * rest1,
        moments.s22 - moments.s2 * rest2,
        moments.s12 - moments.s1 * rest2,
    )
    rows = moments.n, rest1, rest2, *squares, moments.shift1, moments.shift2
    return np.stack([np.asarray(row, np.float64) for row in rows], axis=1)


def scale_rows(rows: FloatArray, channel: int, scale: float) -> None:
    """Count the intensities of a channel (0 or 1) in other units, in place."""
    rows[..., [1 + channel, 5, 6 + channel]] *= scale
    rows[..., 3 + channel] *= scale * scale


def joined_rows(rows1: FloatArray, rows2: FloatArray) -> FloatArray:
    """Return the rows of the pixels of both."""
    from covoxel.intensity.kernels import pool_classes

    both, out = np.stack([rows1, rows2], axis=1), np.zeros((1, 1, *rows1.shape))
    nothing = np.zeros((1, len(both)), np.int64)
    pool_classes(both, (1, 2), nothing, nothing, False, out)
    joined: FloatArray = out[0, 0]
    return joined
