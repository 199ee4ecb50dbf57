"""The highest point of a correlation, between its samples."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import polynomial

from covoxel.core.types import FloatArray

#: Samples on either side of the peak that a correlation is interpolated from.
REACH = 6


def curve_peak(curve: FloatArray, top: int) -> tuple[float, float]:
    """Return position and height of the maximum near the highest sample.

    A correlation is as smooth as the signals, so the polynomial through 13 samples follows it
    where a parabola through 3 is biased towards samples. The highest sample itself is returned
    where no maximum lies within one sample of it.
    """
    highest, room = (float(top), float(curve[top])), min(REACH, top, curve.size - 1 - top)
    reaches = range(room, 0, -1)
    reach = next((r for r in reaches if np.isfinite(curve[top - r : top + r + 1]).all()), 0)
    if not reach:
        return highest
    patch, place = curve[top - reach : top + reach + 1], 0.0
    for _ in range(30):
        weights = derivative_weights(reach, place)
        height, slope, bend = (float(np.tensordot(row, patch, axes=1)) for row in weights)
        if bend >= 0:
            return highest
        move = -slope / bend
        place += min(max(move, -0.5), 0.5)
        if abs(place) > 1:
            return highest
        if abs(move) < 1e-6:
            break
    return top + place, height


def derivative_weights(reach: int, x: float) -> FloatArray:
    """Return weights, (3, 2·reach + 1), of the value and two derivatives at `x` from the middle.

    They are those of the polynomial through 2·reach + 1 equidistant points.
    """
    if reach == 0:
        return np.array([[1.0], [0.0], [0.0]])
    nodes = np.arange(-reach, reach + 1) / reach
    powers = np.eye(nodes.size)
    rows = [
        polynomial.polyval(x / reach, polynomial.polyder(powers, k), tensor=True) / reach**k
        for k in range(3)
    ]
    return np.linalg.solve(polynomial.polyvander(nodes, nodes.size - 1).T, np.transpose(rows)).T
