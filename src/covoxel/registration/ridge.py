"""Directions along which a structure looks the same, so that no shift along them is determined."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from covoxel.core.types import BoolArray, FloatArray
from covoxel.registration.chance import Peaks
from covoxel.registration.surface import Surface

#: Along a ridge the gradients have at most this share of the energy that they have across, …
_FLAT = 0.1
#: … and the correlation stays above this share of its height to the edge of what is known.
_LEVEL = 0.85
#: Pixels on either side in which a ridge that is not quite straight is looked for, and the
#: fewest that a way must be long.
_BESIDE, _SHORTEST = 2, 4
#: How near to the line across a ridge displacements are compared, in steps of the surface.
_NEAR = 0.75


def reaches_edge(peaks: Peaks) -> bool:
    """Return whether the hill goes on to where no correlation is known."""
    padding = [(int(n > 1), int(n > 1)) for n in peaks.hill.shape]
    unknown = np.pad(~peaks.known, padding, constant_values=True)
    size = [3 if n > 1 else 1 for n in peaks.hill.shape]
    beside = ndimage.maximum_filter(unknown, size)
    inner = tuple(slice(a, -a or None) for a, _ in padding)
    return bool((beside[inner] & peaks.hill).any())


def ridges(peaks: Peaks, tensor: FloatArray) -> FloatArray:
    """Return unit vectors of undetermined directions, (k, D).

    Parameters
    ----------
    peaks : Peaks
    tensor : (D, D) ndarray of float
        Mean products of the gradients of both channels at the peak.
    """
    energy, directions = np.linalg.eigh(tensor)
    flat = directions.T[energy < _FLAT * energy[-1]]
    used = np.array(peaks.surface.r.shape) > 1
    flat = flat[np.abs(flat) @ used > 0.5]
    kept = [u for u in flat if _stays(peaks, u)]
    return np.array(kept).reshape(-1, tensor.shape[0])


def _stays(peaks: Peaks, direction: FloatArray) -> bool:
    """Whether the correlation stays high both ways along a direction, to the edge."""
    surface = peaks.surface
    level = peaks.base + _LEVEL * (peaks.height - peaks.base)
    size = [2 * _BESIDE + 1 if n > 2 * _BESIDE else 1 for n in surface.r.shape]
    high = ndimage.maximum_filter(np.where(peaks.known, surface.r, -np.inf), size) >= level
    unit = direction / surface.step
    steps = np.arange(1, int(np.linalg.norm(surface.r.shape) / np.abs(unit).max()))
    for sign in (1, -1):
        places = np.rint(np.array(peaks.top) + sign * steps[:, None] * unit).astype(np.int64)
        there = ((places >= 0) & (places < surface.r.shape)).all(axis=1)
        entries = tuple(places[there].T)
        on = peaks.known[entries]
        end = int(np.argmin(on)) if not on.all() else on.size
        if end < _SHORTEST or not high[entries][:end].all():
            return False
    return True


def across(surface: Surface, directions: FloatArray) -> BoolArray:
    """Return the displacements that do not go along any of the directions."""
    out = np.ones(surface.r.shape, np.bool_)
    for direction in directions:
        near = _NEAR * float(np.abs(direction) @ surface.step)
        out &= np.abs(surface.projected(direction)) <= near
    return out
