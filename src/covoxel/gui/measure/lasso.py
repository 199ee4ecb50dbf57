"""Which pixels lie inside a lasso in the joint histogram."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray

#: Pixels looked up at once, so that temporary arrays stay in the cache.
_PIECE = 1 << 15


def inside_lasso(vertices: Any, values1: Any, values2: Any, bins: int = 512) -> BoolArray:
    """Return which pixels are inside a polygon in the plane of both intensities.

    The polygon is looked up in a table of bins, so that pixels within a bin of its border may be
    wrong. Where it crosses itself, the even-odd rule applies.

    `vertices`: three corners or more in (intensity 1, intensity 2), which span an area, (N, 2).
    `values1`, `values2`: both intensities of each pixel; bool, integers or floats. NaN is outside.
    `bins`: bins along each axis, over the range of the polygon.

    Returns
    -------
    bool array of the shape of the values

    Examples
    --------
    >>> import numpy as np
    >>> triangle = [(0, 0), (100, 0), (0, 100)]
    >>> inside_lasso(triangle, np.array([20, 80, 300]), np.array([20, 80, 20]))
    array([ True, False, False])
    """
    corners = np.asarray(vertices, np.float64)
    low, high = corners.min(axis=0), corners.max(axis=0)
    pair = np.asarray(values1), np.asarray(values2)
    scale = bins / (high - low)
    table = _filled((corners - low) * scale - 0.5, bins)  # bin centres are whole numbers
    flat1, flat2 = (values.ravel() for values in pair)
    found = np.zeros(flat1.size, np.bool_)
    for start in range(0, found.size, _PIECE):
        one, other = (flat[start : start + _PIECE] for flat in (flat1, flat2))
        near = _within(one, low[0], high[0])
        near &= _within(other, low[1], high[1])
        at = np.flatnonzero(near)
        rows, columns = (
            _bins_of(values[at], low[i], scale[i], bins) for i, values in enumerate((one, other))
        )
        found[start + at] = table.ravel()[rows * bins + columns]
    return found.reshape(pair[0].shape)


def _bins_of(values: AnyArray, low: float, scale: float, bins: int) -> IntArray:
    place = ((values.astype(np.float64) - low) * scale).astype(np.int64)
    return np.asarray(np.minimum(place, bins - 1), np.int64)


def _filled(corners: FloatArray, bins: int) -> BoolArray:
    """Fill a polygon: along a row, each edge toggles between inside and outside."""
    centres = np.arange(bins)
    table = np.zeros((bins, bins + 1), np.int64)
    for (a1, a2), (b1, b2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        rows = centres[(a1 <= centres) != (b1 <= centres)]
        crossing = a2 + (rows - a1) * ((b2 - a2) / (b1 - a1)) if rows.size else rows
        table[rows, np.clip(np.ceil(crossing).astype(np.int64), 0, bins)] += 1
    return np.asarray(np.cumsum(table, axis=1)[:, :bins] % 2 == 1, np.bool_)


def _within(values: AnyArray, low: float, high: float) -> BoolArray:
    if values.dtype.kind in "ui":  # integer limits avoid a float copy
        low, high = math.ceil(low), math.floor(high)
    return np.asarray((values >= low) & (values <= high), np.bool_)
