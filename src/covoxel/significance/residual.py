"""What is left of a channel without what an outline or a gradient gives it."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.significance.area import Area

#: Pixels that a depth below the edge needs to have a mean of its own.
_ENOUGH = 50


def edge_profile(area: Area, z: FloatArray) -> FloatArray:
    """Return each channel's mean at each pixel's depth below the edge of the area.

    Without an edge, these are 0, the mean of standardised channels.
    """
    if area.full:
        return np.zeros((len(z), 1))
    depth = np.floor(area.depth).astype(np.intp)
    common = np.flatnonzero(np.bincount(depth) >= _ENOUGH)
    depth = np.minimum(depth, common[-1] if common.size else 0)
    counts = np.maximum(np.bincount(depth), 1)
    means = [np.bincount(depth, inside) / counts for inside in area.inside(z)]
    return np.stack([each[depth] for each in means])


def without_local_mean(area: Area, z: FloatArray, sigma: float) -> FloatArray:
    """Return channels less their Gaussian-weighted mean around each pixel, 0 outside the area."""
    mean = area.local_mean(z, sigma)
    return area.spread(np.subtract(area.inside(z), mean, out=mean))
