"""What the Distance widget shows of a result: the profile, curves, and what to look at."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from matplotlib.axes import Axes
from qtpy.QtWidgets import QVBoxLayout, QWidget

from covoxel.correlation.ccf_curve import VanSteensel
from covoxel.distance.record import Association
from covoxel.gui.distance.numbers import association_html, curves_html, shortened
from covoxel.gui.distance.profile_plot import ProfilePlot
from covoxel.gui.forms.options_form import OptionsForm
from covoxel.gui.plots.figure_pane import FigurePane, Picture
from covoxel.gui.qt import numbers_label
from covoxel.report import Theme
from covoxel.report.curves import steensel_axes


class PlotPage(QWidget):
    """A plot over its numbers."""

    def __init__(self, plot: FigurePane, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot, self.numbers = plot, numbers_label(self)
        plot.setParent(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(2)
        column.addWidget(plot, 1)
        column.addWidget(self.numbers)

    def set_theme(self, theme: Literal["dark", "light"]) -> None:
        """Follow napari's theme."""
        self.plot.set_theme(theme)

    def say(self, numbers: str, said: str) -> None:
        """Show numbers, all of their notes as a tool tip; `said` tells of which region."""
        whole = f"{said}: {numbers}" if said else numbers
        self.numbers.setText(shortened(whole))
        self.numbers.setToolTip(whole)

    def clear(self, message: str) -> None:
        """Show a sentence instead."""
        self.plot.clear(message)
        self.say("", "")


class ProfilePage(PlotPage):
    """Correlation against distance."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.profile = ProfilePlot()
        super().__init__(self.profile, parent)

    def show_association(self, found: Association, said: str) -> None:
        """Show an association; `said` tells of which region."""
        self.profile.show_association(found)
        self.say(association_html(found), said)

    def show_refit(self, found: Association, said: str) -> None:
        """Show the fit of another range; what cannot be fitted takes no profile away."""
        if found.profile.distance.size:
            self.show_association(found, said)
        else:
            self.say(association_html(found), said)


class CurvesPage(PlotPage):
    """Van Steensel's curves."""

    def __init__(self, options: OptionsForm[Any], parent: QWidget | None = None) -> None:
        super().__init__(FigurePane("Nothing is measured yet."), parent)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(0, options.native)

    def show_curves(self, curves: Mapping[str, VanSteensel], said: str) -> None:
        """Show curves by axis; `said` tells of which region."""
        if not curves:
            self.clear("Nothing can be correlated here.")
            return
        unit = next(iter(curves.values())).unit
        across = f"displacement of channel 2 ({unit})"
        picture = Picture(partial(_draw, curves), across, "Pearson's r", "van Steensel curve")
        self.plot.show_picture(picture)
        self.say(curves_html(curves, said), "")


def _draw(curves: Mapping[str, VanSteensel], axes: Axes, theme: Theme) -> None:
    steensel_axes(axes, curves, theme)
