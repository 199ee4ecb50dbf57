"""Sites: both channels' points in each place that is tested, a mask or the cells of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.checks import in_range
from covoxel.core.types import FloatArray
from covoxel.objects.grid import frame_of, placed_points
from covoxel.objects.window import PointWindow, cells_of, window_of


@dataclass(frozen=True, eq=False)
class Site:
    """The points of both channels in one window."""

    #: Where points can lie.
    window: PointWindow
    #: Points of each channel inside, (N, D).
    points1: FloatArray
    points2: FloatArray
    #: The same and, without cells, those around the mask, (N, D).
    partners1: FloatArray
    partners2: FloatArray
    #: Sigma of the Gaussian that spreads the points of channel 2 to their density; 0 for a uniform
    #: one.
    smoothing: float = 0.0
    #: Label of the cell; 0 for a mask.
    label: int = 0

    def placed(self, n: int, rng: np.random.Generator, *, even: bool = False) -> FloatArray:
        """Return `n` points placed at random by the density of channel 2; `even` ones evenly."""
        if not self.smoothing:
            return self.window.spread(n, rng) if even else self.window.uniform(n, rng)
        found = np.zeros((0, self.window.ndim))
        while len(found) < n:
            centres = self.points2[rng.integers(len(self.points2), size=n)]
            moved = centres + rng.normal(0, self.smoothing, centres.shape)
            found = np.concatenate([found, moved[self.window.inside(moved)]])
        return found[:n]

    def swapped(self) -> Site:
        """Return the site with channel 1 in place of channel 2."""
        points = self.points2, self.points1, self.partners2, self.partners1
        return Site(self.window, *points, self.smoothing, self.label)


def sites_of(
    points1: Any,
    points2: Any,
    shape: Sequence[int] | None,
    mask: Any,
    labels: Any,
    spacing: Sequence[float] | None,
    smoothing: float = 0.0,
) -> list[Site]:
    """Return one site for the mask, or one for each label.

    Raises
    ------
    ValueError
        If shapes do not fit, or the smoothing is out of range.
    """
    in_range("smoothing", smoothing, 0, 1e12)
    ndim = len(frame_of(shape, labels, mask))
    first, second = placed_points("points1", points1, ndim), placed_points("points2", points2, ndim)
    if labels is None:
        window = window_of(shape, mask, spacing)
        windows = {} if window is None else {0: window}
    else:
        windows = cells_of(shape, labels, mask, spacing)
    found = []
    for label, window in windows.items():
        one, two = window.kept(first), window.kept(second)
        partners = inside = one[window.inside(one)], two[window.inside(two)]
        if not label:
            partners = one[window.border(one) >= 0], two[window.border(two) >= 0]
        found.append(Site(window, *inside, *partners, float(smoothing), label))
    return found
