"""The highest point of a correlation surface, between its pixels."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import polynomial

from covoxel.core.types import FloatArray

#: Pixels on either side of the peak that the surface is interpolated from.
REACH = 6
_PRECISE, _ROUNDS = 1e-6, 30


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """A maximum of a surface.

    Attributes
    ----------
    position : (D,) ndarray of float
        Where it is, in pixels from the surface's first pixel.
    height : float
        The interpolated maximum.
    curvature : (D, D) ndarray of float
        Second derivatives there, per pixel²; NaN where the surface is too small to tell.
    """

    position: FloatArray
    height: float
    curvature: FloatArray


def subpixel_peak(surface: FloatArray, start: tuple[int, ...]) -> Peak:
    """Climb from the highest pixel to the maximum of the polynomial through its neighbours.

    A correlation is as smooth as the optics of both images together, so a polynomial through 13
    pixels along each axis follows it where a parabola through 3 is drawn to whole pixels; unlike
    a spline it needs no guess of what lies beyond them.

    Parameters
    ----------
    surface : ndarray
        Correlation at each pixel, NaN where unknown.
    start : tuple of int
        Its highest pixel.

    Returns
    -------
    Peak
        The pixel itself where it lies at the edge, or no maximum lies within a pixel of it.
    """
    box = _surroundings(surface, start)
    place = np.zeros(len(start))
    flat = Peak(np.array(start, float), float(surface[start]), np.full((place.size,) * 2, np.nan))
    if box is None:
        return flat
    patch, reach = surface[box], [n // 2 for n in (surface[box].shape)]
    free = np.flatnonzero(reach)
    inner = np.ix_(free, free)
    for _ in range(_ROUNDS):
        height, slope, curvature = _expansion(patch, reach, place)
        if free.size and np.linalg.eigvalsh(curvature[inner]).max() >= 0:
            return flat
        move = np.zeros(place.size)
        move[free] = -np.linalg.solve(curvature[inner], slope[free])
        place += np.clip(move, -0.5, 0.5)
        if np.abs(place).max() > 1:
            return flat
        if np.abs(move).max() < _PRECISE:
            break
    return Peak(place + start, height, curvature)


def _surroundings(surface: FloatArray, start: tuple[int, ...]) -> tuple[slice, ...] | None:
    """Return the largest box of known pixels about one, None where a neighbour is missing."""
    room = [
        0 if n == 1 else min(REACH, i, n - 1 - i) for i, n in zip(start, surface.shape, strict=True)
    ]
    for reach in range(REACH, 0, -1):
        box = tuple(
            slice(i - min(reach, most), i + min(reach, most) + 1)
            for i, most in zip(start, room, strict=True)
        )
        if np.isfinite(surface[box]).all():
            alone = any(most == 0 and n > 1 for most, n in zip(room, surface.shape, strict=True))
            return None if alone else box
    return None


def _expansion(
    patch: FloatArray, reach: list[int], place: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """Return value, gradient and second derivatives of the polynomial through a patch."""
    ndim = place.size
    unit = np.eye(ndim, dtype=np.int64)
    derived = derivatives(patch, reach, place)
    curvature = np.zeros((ndim, ndim))
    for i, j in itertools.combinations_with_replacement(range(ndim), 2):
        curvature[i, j] = curvature[j, i] = derived(tuple(unit[i] + unit[j]))
    return derived((0,) * ndim), np.array([derived(tuple(row)) for row in unit]), curvature


def derivatives(
    patch: FloatArray, reach: Sequence[int], place: FloatArray
) -> Callable[[tuple[int, ...]], float]:
    """Return what gives a derivative, by its order along each axis, of the polynomial at a place.

    The polynomial goes through a patch of 2·reach + 1 pixels along each axis; the place counts
    from the middle one.
    """
    weights = [_weights(r, x) for r, x in zip(reach, place, strict=True)]

    def derived(order: tuple[int, ...]) -> float:
        out = patch
        for weight, k in zip(weights, order, strict=True):
            out = np.tensordot(weight[k], out, axes=1)
        return float(out)

    return derived


def _weights(reach: int, x: float) -> FloatArray:
    """Return the weights of 2·reach + 1 pixels for the value and two derivatives at `x`."""
    if reach == 0:
        return np.array([[1.0], [0.0], [0.0]])
    nodes = np.arange(-reach, reach + 1) / reach
    powers = np.eye(nodes.size)
    rows = [
        polynomial.polyval(x / reach, polynomial.polyder(powers, k), tensor=True) / reach**k
        for k in range(3)
    ]
    return np.linalg.solve(polynomial.polyvander(nodes, nodes.size - 1).T, np.transpose(rows)).T
