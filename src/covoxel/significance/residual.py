"""What is left of a channel without what an outline or a gradient gives it."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.significance.area import Area

#: Pixels that a depth below the edge needs to have a mean of its own.
_ENOUGH = 50


def edge_profile(area: Area, values: FloatArray) -> FloatArray:
    """Return the mean at each pixel's depth below the edge of the area, one value a pixel."""
    depth = np.floor(area.depth()).astype(np.intp)
    common = np.flatnonzero(np.bincount(depth) >= _ENOUGH)
    depth = np.minimum(depth, common[-1] if common.size else 0)
    counts = np.maximum(np.bincount(depth), 1)
    inside = values[area.mask]
    means = np.bincount(depth, inside) / counts
    return np.asarray(means[depth])


def without_local_mean(area: Area, values: FloatArray, sigma: float) -> FloatArray:
    """Return a channel less its Gaussian-weighted mean around each pixel, 0 outside the area."""
    return area.spread(values[area.mask] - area.local_mean(values, sigma))
