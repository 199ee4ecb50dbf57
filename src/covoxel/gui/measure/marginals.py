"""The histograms of both channels' intensities as a widget."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from qtpy.QtWidgets import QWidget

from covoxel.gui.plots.figure_pane import FigurePane, Picture
from covoxel.report import Density, Theme
from covoxel.report.marginals import marginal_axes
from covoxel.report.scatter import short_name


class MarginalsPlot(FigurePane):
    """How many pixels have which intensity, with the thresholds of the last run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Nothing is measured yet.", parent)

    def show_intensities(
        self, binned: Density, thresholds: tuple[float, float] | None, names: tuple[str, str]
    ) -> None:
        """Show the histograms of both channels; no thresholds where regions have their own."""
        limits = thresholds or (math.nan, math.nan)
        short = [short_name(name) for name in names]

        def draw(axes: Axes, theme: Theme) -> None:
            marginal_axes(axes, binned, limits, short, theme)

        self.show_picture(Picture(draw, "intensity", "pixels", "intensities"))
