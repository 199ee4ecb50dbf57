"""What a histogram plot shows, as it is drawn on screen and in print."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from covoxel.core.types import FloatArray
from covoxel.report import (
    LIGHT,
    Density,
    HistogramArtists,
    Theme,
    density_axes,
    draw_highlight,
    short_name,
)
from covoxel.report.theme import fixed_style

#: Powers of ten between which ticks are written out.
_WRITTEN_OUT = -3, 5
#: The printed figure and its parts: inches, and left, bottom, width, height as shares of it.
_PAGE, _AXES, _BAR = (3.6, 3.0), (0.19, 0.15, 0.58, 0.76), (0.86, 0.15, 0.03, 0.76)


@dataclass(frozen=True, slots=True, eq=False)
class HistogramPicture:
    """A density, the regression line and the channels' names."""

    binned: Density
    line: tuple[float, float] | None
    names: tuple[str, str]

    def draw(
        self, axes: Axes, theme: Theme, threshold1: float, threshold2: float
    ) -> HistogramArtists:
        """Draw into axes; NaN thresholds are left out."""
        drawn = density_axes(
            axes,
            self.binned,
            line=self.line,
            threshold1=threshold1,
            threshold2=threshold2,
            names=(short_name(self.names[0]), short_name(self.names[1])),
            theme=theme,
        )
        axes.ticklabel_format(scilimits=_WRITTEN_OUT)
        axes.yaxis.labelpad = 1
        return drawn

    def printed(
        self,
        thresholds: tuple[float, float],
        highlighted: Density | None = None,
        lasso: FloatArray | None = None,
    ) -> Figure:
        """Return a figure for print: light, 91 mm wide, with a colour bar.

        Parameters
        ----------
        thresholds : tuple of two float
            NaN where there is none.
        highlighted : Density, optional
            What to light up, in the bins of the picture.
        lasso : (N, 2) float array, optional
            A closed line in (intensity 1, intensity 2).
        """
        with fixed_style():
            figure = Figure(figsize=_PAGE)
            axes = figure.add_axes(_AXES)
            drawn = self.draw(axes, LIGHT, *thresholds)
            if highlighted is not None:
                draw_highlight(axes, highlighted, LIGHT)
            if lasso is not None:
                axes.add_artist(Line2D(*lasso.T, color=LIGHT.accent, linewidth=1))
            bar = figure.add_axes(_BAR)
            figure.colorbar(drawn.image, cax=bar)
            bar.set_title("pixels", size=7)
        return figure
