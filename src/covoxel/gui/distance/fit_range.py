"""The range of distances that is fitted, drawn over a profile and pulled by the pointer."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from covoxel.report import Theme

#: Opacity of what is not fitted.
_SHADE = 0.13


class FitRange:
    """Two limits with the parts outside of them shaded.

    Parameters
    ----------
    axes : Axes
    limits : (float, float)
        Where the range begins and ends.
    theme : Theme
    """

    def __init__(self, axes: Axes, limits: tuple[float, float], theme: Theme) -> None:
        self._axes, self._ends = axes, axes.get_xlim()
        self._shades = [axes.axvspan(0, 0, color=theme.ink, alpha=_SHADE, lw=0) for _ in limits]
        self._lines = [axes.axvline(0, color=theme.ink, lw=0.8, ls=":") for _ in limits]
        axes.set_xlim(self._ends)
        for artist in self.artists:
            artist.set_animated(True)
        self.limits = limits
        self.move(*limits)

    @property
    def artists(self) -> list[Artist]:
        """What is drawn."""
        return [*self._shades, *self._lines]

    def move(self, low: float, high: float) -> None:
        """Show another range."""
        self.limits = low, high
        outside = ((self._ends[0], low), (high, self._ends[1]))
        for shade, (left, right) in zip(self._shades, outside, strict=True):
            shade.set_x(left)
            shade.set_width(max(0.0, right - left))
        for line, at in zip(self._lines, self.limits, strict=True):
            line.set_xdata([at, at])

    def place(self, x: float) -> float:
        """Return the distance at a place in the figure, no farther than the axes reach."""
        inside = self._axes.transData.inverted().transform((x, 0))[0]
        return float(min(max(inside, self._ends[0]), self._ends[1]))

    def other_end(self, x: float, reach: float) -> float | None:
        """Return the limit that stays where the other one, within reach of `x`, is pulled."""
        places = [self._axes.transData.transform((at, 0))[0] for at in self.limits]
        away = [abs(place - x) for place in places]
        if min(away) > reach:
            return None
        return self.limits[1 - away.index(min(away))]
