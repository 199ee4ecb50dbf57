"""The lasso in the joint histogram: the line drawn, and the pixels it holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from covoxel.core.checks import refuse_kind, same_shape
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.report import Theme

#: Pixels looked up at once, so that what is computed on them stays in cache.
_PIECE = 1 << 15


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """A polygon in the plane of both intensities, as a table of bins.

    Attributes
    ----------
    low, high : tuple of two float
        Least and greatest intensity of each channel that the polygon reaches.
    table : (B, B) bool array
        Whether the middle of a bin of (intensity 1, intensity 2) is inside.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    table: BoolArray

    def inside(self, values1: Any, values2: Any) -> BoolArray:
        """Return which pixels are inside; those within a bin of the border may err.

        Parameters
        ----------
        values1, values2 : array-like of one shape
            Both intensities of each pixel; bool, integers or floats. NaN is outside.

        Returns
        -------
        bool array of the same shape

        Raises
        ------
        ValueError
            If shapes differ.
        TypeError
            If values are complex, or no numbers.
        """
        pair = np.asarray(values1), np.asarray(values2)
        same_shape("values1", pair[0].shape, "values2", pair[1].shape)
        for i, values in enumerate(pair, 1):
            refuse_kind(f"values{i}", values.dtype)
        flat1, flat2 = (values.ravel() for values in pair)
        found = np.zeros(flat1.size, np.bool_)
        for start in range(0, found.size, _PIECE):
            piece = slice(start, start + _PIECE)
            found[piece] = self._piece(flat1[piece], flat2[piece])
        return found.reshape(pair[0].shape)

    def _piece(self, values1: AnyArray, values2: AnyArray) -> BoolArray:
        """Look up the few pixels within the polygon's bounds only."""
        found = _within(values1, self.low[0], self.high[0])
        found &= _within(values2, self.low[1], self.high[1])
        at = np.flatnonzero(found)
        place1, place2 = (self._place(i, values[at]) for i, values in enumerate((values1, values2)))
        found[at] = self.table.ravel()[place1 * self.table.shape[1] + place2]
        return found

    def _place(self, axis: int, values: AnyArray) -> IntArray:
        bins = self.table.shape[axis]
        scale = bins / (self.high[axis] - self.low[axis])
        place = ((values.astype(np.float64) - self.low[axis]) * scale).astype(np.int64)
        return np.asarray(np.minimum(place, bins - 1), np.int64)


def lasso_lookup(vertices: Any, bins: int = 512) -> Lookup:
    """Return the table of a polygon that was drawn into a joint histogram.

    Where the polygon crosses itself, what it winds around twice is outside (even-odd rule).

    Parameters
    ----------
    vertices : (N, 2) array-like of float
        Corners in (intensity 1, intensity 2); the last is joined to the first.
    bins : int
        Bins a channel, over what the polygon spans.

    Returns
    -------
    Lookup

    Raises
    ------
    ValueError
        If there are no three finite corners that span an area.

    Examples
    --------
    >>> import numpy as np
    >>> triangle = lasso_lookup([(0, 0), (100, 0), (0, 100)])
    >>> triangle.inside(np.array([20, 80, 300]), np.array([20, 80, 20]))
    array([ True, False, False])
    """
    corners = np.asarray(vertices, np.float64)
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3:
        msg = f"vertices have shape {corners.shape}; allowed is (N, 2) with N of 3 or more"
        raise ValueError(msg)
    low, high = corners.min(axis=0), corners.max(axis=0)
    if not np.isfinite(corners).all() or (low == high).any():
        msg = "vertices enclose no area; they must be finite and differ in both intensities"
        raise ValueError(msg)
    unit = (corners - low) / (high - low) * bins - 0.5  # the middles of bins are whole numbers
    bounds = (float(low[0]), float(low[1])), (float(high[0]), float(high[1]))
    return Lookup(*bounds, _filled(unit, bins))


def _filled(corners: FloatArray, bins: int) -> BoolArray:
    """Fill a polygon: along a row, each edge that is crossed changes inside and outside."""
    middles = np.arange(bins)
    table = np.zeros((bins, bins + 1), np.int64)
    for (a1, a2), (b1, b2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        rows = middles[(a1 <= middles) != (b1 <= middles)]
        crossing = a2 + (rows - a1) * ((b2 - a2) / (b1 - a1)) if rows.size else rows
        table[rows, np.clip(np.ceil(crossing).astype(np.int64), 0, bins)] += 1
    return np.asarray(np.cumsum(table, axis=1)[:, :bins] % 2 == 1, np.bool_)


def _within(values: AnyArray, low: float, high: float) -> BoolArray:
    if values.dtype.kind in "ui":  # whole limits are compared without a float copy
        low, high = math.ceil(low), math.floor(high)
    return np.asarray((values >= low) & (values <= high), np.bool_)


class LassoLine:
    """A line drawn by hand, which closes when it is let go.

    Attributes
    ----------
    drawing : bool
        Whether the pointer still draws.
    artist : Line2D
        To be drawn; hidden without corners.
    """

    def __init__(self) -> None:
        self.drawing = False
        self.artist = Line2D([], [], linewidth=1.5, animated=True)
        self._corners: list[tuple[float, float]] = []

    @property
    def corners(self) -> FloatArray:
        """The corners so far, (N, 2) in (intensity 1, intensity 2)."""
        return np.array(self._corners, np.float64).reshape(-1, 2)

    @property
    def outline(self) -> FloatArray:
        """The corners, with the first again at the end once the line is closed."""
        return self.corners if self.drawing else np.concatenate([self.corners, self.corners[:1]])

    def dress(self, axes: Axes, theme: Theme) -> None:
        """Go on in new axes."""
        self.artist = Line2D([], [], color=theme.accent, linewidth=1.5, animated=True)
        axes.add_artist(self.artist)
        self._follow()

    def begin(self, corner: tuple[float, float]) -> None:
        """Start anew."""
        self.drawing, self._corners = True, [corner]
        self._follow()

    def extend(self, corner: tuple[float, float]) -> None:
        """Go on."""
        self._corners.append(corner)
        self._follow()

    def finish(self) -> bool:
        """Close the line; return whether it encloses anything, else it is gone."""
        self.drawing = False
        if len(self._corners) < 3 or not np.ptp(self.corners, axis=0).all():
            self._corners = []
        self._follow()
        return bool(self._corners)

    def clear(self) -> None:
        """Take the line away."""
        self.drawing, self._corners = False, []
        self._follow()

    def _follow(self) -> None:
        self.artist.set_data(*self.outline.T)
