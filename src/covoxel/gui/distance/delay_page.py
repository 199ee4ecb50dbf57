"""The tab of delays: how far to look, the correlation at each delay, and the numbers."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from covoxel.correlation.temporal_correlation import Delay
from covoxel.gui.distance.delay_run import DelayRun
from covoxel.gui.distance.numbers import delay_html
from covoxel.gui.distance.page import PlotPage
from covoxel.gui.forms.options_form import OptionsForm
from covoxel.gui.plots.figure_pane import FigurePane, Picture
from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.rows import ResultButtons, RunRow
from covoxel.report import Theme
from covoxel.report.curves import delay_axes

_NOTHING = "By how much does channel 2 lag channel 1? All time points are looked at."


class DelayPage(QWidget):
    """Delays of a time series.

    Parameters
    ----------
    options : OptionsForm
    jobs : Jobs
        What measures them.
    """

    asked = Signal()

    def __init__(
        self, options: OptionsForm[Any], jobs: Jobs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.run_row = RunRow("Measure delay", jobs, self)
        self.page = PlotPage(FigurePane(_NOTHING), self)
        self.buttons = ResultButtons(self)
        self._run: DelayRun | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(2)
        column.addWidget(options.native)
        column.addWidget(self.run_row)
        column.addWidget(self.page, 1)
        column.addWidget(self.buttons)
        self.buttons.hide()
        self.run_row.started.connect(self.asked)

    def show_run(self, run: DelayRun, row: int = 0) -> None:
        """Show the delay of a row."""
        self._run = run
        found, table = run.result.found[row], run.result.table
        across = f"delay of channel 2 ({found.unit})"
        if np.isfinite(found.curve).any():
            picture = Picture(partial(_draw, found), across, "Pearson's r", "delay")
            self.page.plot.show_picture(picture)
        else:
            self.page.plot.clear("Nothing can be correlated here.")
        parts = [
            f"{what} {table[name].iat[row]}"
            for what, name in (("label", "label"), ("plane", "z"))
            if table[name].nunique() > 1
        ]
        self.page.say(delay_html(found), ", ".join(parts))
        self.buttons.show()

    def show_row(self, row: int) -> None:
        """Show the delay of another row."""
        if self._run is not None:
            self.show_run(self._run, row)

    def clear(self) -> None:
        """Show that nothing is measured."""
        self._run = None
        self.page.clear(_NOTHING)
        self.buttons.hide()

    def set_theme(self, theme: Literal["dark", "light"]) -> None:
        """Follow napari's theme."""
        self.page.set_theme(theme)


def _draw(found: Delay, axes: Axes, theme: Theme) -> None:
    delay_axes(axes, found, theme)
