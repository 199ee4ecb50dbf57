"""What the Measure widget does, without Qt: selection → cautions, run, layers, live thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from covoxel.core.types import BoolArray, FloatArray, Progress, Work
from covoxel.gui.measure.lasso import inside_lasso
from covoxel.gui.measure.run import (
    MeasureRun,
    at_time,
    intervals,
    live_numbers,
    plane_above,
    plane_values,
    run_measure,
    run_numbers,
)
from covoxel.gui.running.cautions import CautionWatch
from covoxel.gui.running.presenter import PairPresenter
from covoxel.gui.running.selection import Inputs, Selection
from covoxel.quality.caution import Findings
from covoxel.quality.checks import threshold_findings

if TYPE_CHECKING:
    from covoxel.gui.measure.widget import MeasureWidget

#: Digits of a dragged threshold.
_DIGITS = 6


class Live(NamedTuple):
    """What a moved threshold gives in the plane in view, or, without numbers, a lasso."""

    run: MeasureRun
    pixels: BoolArray
    numbers: dict[str, float] | None = None


class MeasurePresenter(PairPresenter):
    """Measures, and applies the thresholds and the lasso of the histogram."""

    _view: MeasureWidget
    last: MeasureRun | None
    cautions: CautionWatch

    def __init__(self, view: MeasureWidget) -> None:
        super().__init__(view)
        self._thresholds: tuple[float, float] | None = None

    def _work(self, selection: Selection, inputs: Inputs) -> Work:
        options = self._view.read_options()
        self._view.frames.cancel()
        return lambda progress: run_measure(selection, inputs, options, progress)

    def done(self, run: MeasureRun) -> None:
        """Put a result into the window, which shows its plots in turn."""
        self._thresholds = run.thresholds
        super().done(run)

    def show(self, run: MeasureRun) -> None:
        """Show histogram and numbers, unless there is another result by now."""
        if self.last is run:
            self._show(run)

    def _show(self, run: MeasureRun) -> None:
        self.last = run
        self._thresholds = run.thresholds
        self._view.show_histogram(run)
        if run.histogram is not None:
            self._show_numbers(*run_numbers(run))

    def _show_numbers(self, numbers: dict[str, float], remark: str = "") -> None:
        """Show thresholded measures, and a caution if a threshold excludes nothing."""
        self._view.show_numbers(numbers, remark)
        shares = [np.array([numbers.get(f"area_fraction{i}", np.nan)]) for i in (1, 2)]
        self.cautions.update_result(Findings(threshold_findings(*shares), 1).cautions()[0])

    def moved(self) -> None:
        """Compute the histogram of the time point in view, if a whole series was measured."""
        run = self.last
        if run is None or run.inputs.t is not None or run.options.pool_time:
            return
        t, _ = self._view.plane_in_view(run)
        if t == run.inputs.frame:
            self._view.frames.cancel()
        else:
            self._view.frames.run(lambda progress: at_time(run, t, progress))

    def frame_done(self, run: MeasureRun) -> None:
        """Show the histogram of the time point in view."""
        if self.last is not None and self.last.table is run.table:
            self._show(run)

    def forget(self) -> None:
        """Release the last result and its arrays."""
        self._view.frames.cancel()
        self._view.lives.cancel()
        self._thresholds = None
        super().forget()

    def threshold_moved(self, channel: int, value: float) -> None:
        """Update the numbers, and the mask of the plane in view, for a moved threshold.

        Where regions have their own, that of the other channel is their median meanwhile.
        """
        run = self.last
        if run is None:
            return
        limits = list(self._thresholds or run.usual)
        limits[channel - 1] = float(f"{value:.{_DIGITS}g}")
        one, other = self._thresholds = limits[0], limits[1]
        plane = self._view.plane_in_view(run)

        def work(_: Progress) -> Live:
            numbers = live_numbers(run, one, other) | intervals(run)
            return Live(run, plane_above(run, *plane, one, other), numbers)

        self._view.lives.follow(work)

    def live_done(self, found: Live) -> None:
        """Show what a moved threshold or a lasso gives, unless there is a newer result."""
        if found.run is not self.last:
            return
        if found.numbers is None:
            self._view.layers.show_lasso(found.run, found.pixels)
        else:
            self._show_numbers(found.numbers)
            self._view.layers.show_plane(found.run, found.pixels)

    def threshold_released(self, channel: int, value: float) -> None:
        """Show a moved threshold in the form, and measure with it."""
        self.threshold_moved(channel, value)
        if self._thresholds is None:
            return
        self._view.form.show_threshold(channel, self._thresholds[channel - 1])
        self.run()

    def lassoed(self, vertices: FloatArray) -> None:
        """Mark the pixels in view whose intensities are inside a polygon."""
        run = self.last
        if run is not None:
            plane = self._view.plane_in_view(run)
            self._view.lives.follow(
                lambda _: Live(run, inside_lasso(vertices, *plane_values(run, *plane)))
            )

    def lasso_cleared(self) -> None:
        """Remove the marks of the lasso."""
        self._view.lives.cancel()
        if self.last is not None:
            self._view.layers.show_lasso(self.last, None)
