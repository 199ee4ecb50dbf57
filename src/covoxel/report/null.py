"""What chance gives: a measure where one channel is shifted, and as it was measured."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from covoxel.report.theme import LIGHT, Theme
from covoxel.significance.shift_null import ShiftNull

_BINS = 60


def null_axes(axes: Axes, null: ShiftNull, theme: Theme = LIGHT) -> None:
    """Draw the distribution over the shifts, and the measured value as a line.

    `null`: with at least one shift.
    `theme`: colours.
    """
    reach = max(float(np.abs(null.shifted).max()), abs(null.excess)) * 1.05 or 1.0
    heights, edges = np.histogram(null.shifted, bins=_BINS, range=(-reach, reach))
    axes.stairs(
        heights / null.shifted.size, edges, fill=True, color=theme.ink, alpha=0.45, label="shifted"
    )
    axes.axvline(null.excess, color=theme.accent, linewidth=1.6, label="measured")
    axes.set_xlim(-reach, reach)
