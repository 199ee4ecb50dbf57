"""The histograms of both channels' intensities as a widget."""

from __future__ import annotations

import math

from qtpy.QtWidgets import QWidget

from covoxel.gui.plots.figure_pane import FigurePane, ShownFigure
from covoxel.report import Density
from covoxel.report.density import marginal_axes
from covoxel.report.scatter import short_name


class MarginalsPlot(FigurePane):
    """How many pixels have which intensity, with the thresholds of the last run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Nothing is measured yet.", parent)

    def show_intensities(
        self, binned: Density, thresholds: tuple[float, float] | None, names: tuple[str, str]
    ) -> None:
        """Show the histograms of both channels; no thresholds where regions have their own."""
        drawn = binned, thresholds or (math.nan, math.nan), [short_name(name) for name in names]
        self.show_picture(ShownFigure(marginal_axes, drawn, "intensity", "pixels", "intensities"))
