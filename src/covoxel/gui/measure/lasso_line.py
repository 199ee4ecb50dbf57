"""The line of a lasso while it is drawn, and after."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from covoxel.core.types import FloatArray
from covoxel.report import Theme


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
