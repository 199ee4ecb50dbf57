"""The tabs of the Distance widget: a profile, van Steensel's curves, and delays."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from covoxel.analysis.ccf import CcfFound
from covoxel.distance.record import Association
from covoxel.gui.distance.numbers import (
    association_html,
    curves_html,
    delay_html,
    fractions_html,
    shortened,
)
from covoxel.gui.distance.profile_plot import ProfilePlot
from covoxel.gui.distance.run import DelayRun
from covoxel.gui.forms.options_form import OptionsForm
from covoxel.gui.plots.figure_pane import FigurePane, ShownFigure
from covoxel.gui.qt import fill, numbers_label
from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.result_buttons import ResultButtons
from covoxel.gui.running.rows import RunRow
from covoxel.report.curves import delay_axes, steensel_axes

_NO_RESULT = "Nothing is measured yet."
_NO_DELAY = "By how much does channel 2 lag channel 1? All time points are looked at."


class PlotPage(QWidget):
    """A plot over its numbers, with what stands above and below them."""

    def __init__(self, plot: FigurePane, *above: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot, self.numbers = plot, numbers_label(self)
        plot.setParent(self)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(2, 2, 2, 2)
        self.column.setSpacing(2)
        fill(self.column, *above, (plot, 1), self.numbers)

    def set_theme(self, theme: Literal["dark", "light"]) -> None:
        """Follow napari's theme."""
        self.plot.set_theme(theme)

    def show_numbers(self, numbers: str, title: str = "") -> None:
        """Show numbers, with the title of their region; all of their notes as a tool tip."""
        whole = f"{title}: {numbers}" if title else numbers
        self.numbers.setText(shortened(whole))
        self.numbers.setToolTip(whole)

    def clear(self, message: str = _NO_RESULT) -> None:
        """Show a sentence instead."""
        self.plot.clear(message)
        self.show_numbers("")


class ProfilePage(PlotPage):
    """Correlation against distance."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.profile = ProfilePlot()
        super().__init__(self.profile, parent=parent)

    def show_association(self, found: Association, title: str) -> None:
        """Show an association of the region of a title."""
        self.profile.show_association(found)
        self.show_numbers(association_html(found), title)

    def show_refit(self, found: Association, title: str) -> None:
        """Show the fit of another range; what cannot be fitted takes no profile away."""
        if found.profile.distance.size:
            self.profile.show_association(found)
        self.show_numbers(association_html(found), title)


class CurvesPage(PlotPage):
    """Van Steensel's curves."""

    def __init__(self, options: OptionsForm[Any], parent: QWidget | None = None) -> None:
        super().__init__(FigurePane(_NO_RESULT), options.native, parent=parent)

    def show_curves(self, found: CcfFound, title: str) -> None:
        """Show curves by axis and colocalized shares, of the region of a title."""
        curves = found.curves
        if not curves:
            self.clear("Nothing can be correlated here.")
            return
        unit = next(iter(curves.values())).unit
        across = f"displacement of channel 2 ({unit})"
        name = "van Steensel curve"
        self.plot.show_picture(ShownFigure(steensel_axes, (curves,), across, "Pearson's r", name))
        self.show_numbers(curves_html(curves, title) + fractions_html(found.fractions))


class DelayPage(PlotPage):
    """Delays of a time series, with the button that measures them.

    `jobs`: what measures them.
    """

    requested = Signal()

    def __init__(
        self, options: OptionsForm[Any], jobs: Jobs, parent: QWidget | None = None
    ) -> None:
        self.run_row, self.buttons = RunRow("Measure delay", jobs), ResultButtons()
        plot = FigurePane(_NO_DELAY)
        super().__init__(plot, options.native, self.run_row, parent=parent)
        self.column.addWidget(self.buttons)
        self.buttons.hide()
        self._run: DelayRun | None = None
        self.run_row.started.connect(self.requested)

    def show_run(self, run: DelayRun, row: int = 0) -> None:
        """Show the delay of a row."""
        self._run, found = run, run.result.found[row]
        if np.isfinite(found.curve).any():
            across = f"delay of channel 2 ({found.unit})"
            self.plot.show_picture(
                ShownFigure(delay_axes, (found,), across, "Pearson's r", "delay")
            )
        else:
            self.plot.clear("Nothing can be correlated here.")
        self.show_numbers(delay_html(found), run.title(row))
        self.buttons.show()

    def show_row(self, row: int) -> None:
        """Show the delay of another row."""
        if self._run is not None:
            self.show_run(self._run, row)

    def clear(self, message: str = _NO_DELAY) -> None:
        """Show that nothing is measured."""
        self._run = None
        super().clear(message)
        self.buttons.hide()
