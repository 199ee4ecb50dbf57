"""What the Measure widget does, without Qt: choice → cautions, run, layers, live thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from covoxel._types import BoolArray, FloatArray
from covoxel.analysis.options import MeasureOptions
from covoxel.gui.choice import Choice, Inputs, inputs_of
from covoxel.gui.lasso import lasso_lookup
from covoxel.gui.measured import (
    Measured,
    live_numbers,
    measured,
    plane_above,
    plane_values,
    pooled_mask,
)
from covoxel.gui.shift_watch import ShiftWatch, frames_in_view
from covoxel.quality import Caution, check_pair

#: Digits of a threshold that is pulled by hand.
_DIGITS = 6


class MeasureView(Protocol):
    """What the presenter asks of the window."""

    def choice(self) -> Choice:
        """Return what is chosen."""

    def options(self) -> MeasureOptions:
        """Return the options."""

    def show_cautions(self, cautions: Sequence[Caution]) -> None:
        """Show warnings, the gravest first."""

    def show_refusal(self, sentence: str) -> None:
        """Say why nothing can be measured; empty says that it can."""

    def show_result(self, run: Measured) -> None:
        """Show histogram, numbers and matrix, and put the result layers into the viewer."""

    def show_numbers(self, numbers: dict[str, float]) -> None:
        """Show thresholded measures."""

    def show_threshold(self, channel: int, threshold: float) -> None:
        """Show a threshold in the form."""

    def plane(self, run: Measured) -> tuple[int, int | None]:
        """Return the time point and plane of the measured layers that are in view."""

    def show_plane(self, run: Measured, above: BoolArray) -> None:
        """Show the mask of the plane in view."""

    def show_lasso(self, run: Measured, marked: BoolArray | None) -> None:
        """Show the pixels that a lasso in the histogram holds; None takes them away."""


class Background(Protocol):
    """Runs work off the main thread, see `covoxel.gui.job.Jobs`."""

    def run(self, work: Any) -> None:
        """Start; what runs is let go."""

    def follow(self, work: Any) -> None:
        """Start when what runs has ended; of several the last."""

    def cancel(self) -> None:
        """Let go of what runs, and of what follows."""


class MeasurePresenter:
    """Stands between the window and the core."""

    def __init__(
        self, view: MeasureView, runs: Background, checks: Background, shifts: Background
    ) -> None:
        self._view, self._runs, self._checks = view, runs, checks
        self._cautions: Sequence[Caution] = ()
        self._shifts = ShiftWatch(shifts)
        self.last: Measured | None = None
        self.running: Choice | None = None
        self._thresholds: tuple[float, float] | None = None

    def inputs(self) -> Inputs | None:
        """Return what is chosen as inputs; say why, and return None, where it cannot be."""
        try:
            inputs = inputs_of(self._view.choice())
            self._view.options()
        except (ValueError, TypeError) as error:
            self._view.show_refusal(str(error))
            return None
        self._view.show_refusal("")
        return inputs

    def chosen(self) -> None:
        """Check the chosen layers in the background."""
        inputs = self.inputs()
        self._checks.cancel()
        self._shifts.look(self._view.choice(), inputs)
        if inputs is None:
            self._view.show_cautions(())
            return
        self._checks.run(lambda _: checked(inputs))

    def shift_done(self, found: Caution | None) -> None:
        """Show a shift between the channels beside what else was found."""
        self._shifts.done(found)
        self._view.show_cautions([*self._cautions, *self._shifts.cautions])

    def checks_done(self, cautions: Sequence[Caution]) -> None:
        """Show what the checks found; an offset that is subtracted is no cause for doubt."""
        try:
            options = self._view.options()
        except ValueError:
            return
        backgrounds = {"offset_1": options.background_1, "offset_2": options.background_2}
        self._cautions = [c for c in cautions if backgrounds.get(c.code, "none") == "none"]
        self._view.show_cautions([*self._cautions, *self._shifts.cautions])

    def run(self) -> None:
        """Measure in the background."""
        inputs = self.inputs()
        if inputs is None:
            return
        choice, options = self._view.choice(), self._view.options()
        self.running = choice
        self._runs.run(lambda progress: measured(choice, inputs, options, progress))

    def done(self, run: Measured) -> None:
        """Show a result, unless its layers are gone."""
        self.last = run
        self._thresholds = run.thresholds
        self._view.show_result(run)
        if run.histogram is not None:
            numbers = {} if run.thresholds is None else live_numbers(run, *run.thresholds)
            self._view.show_numbers(numbers)

    def forget(self) -> None:
        """Let go of the last result and its arrays."""
        self.last = self._thresholds = None

    def threshold_moved(self, channel: int, value: float) -> None:
        """Follow a threshold that is being pulled: numbers, and the plane in view."""
        if self.last is None:
            return
        limits = list(self._thresholds or (np.inf, np.inf))
        limits[channel - 1] = float(f"{value:.{_DIGITS}g}")
        self._thresholds = limits[0], limits[1]
        self._view.show_numbers(live_numbers(self.last, *self._thresholds))
        plane = self._view.plane(self.last)
        self._view.show_plane(self.last, plane_above(self.last, *plane, *self._thresholds))

    def threshold_released(self, channel: int, value: float) -> None:
        """Take a pulled threshold over into the form, and measure with it."""
        self.threshold_moved(channel, value)
        if self._thresholds is None:
            return
        for i, limit in enumerate(self._thresholds, 1):
            if np.isfinite(limit):
                self._view.show_threshold(i, limit)
        self.run()

    def lassoed(self, vertices: FloatArray) -> None:
        """Mark the pixels in view whose intensities lie inside a polygon of the histogram."""
        if self.last is not None:
            lookup = lasso_lookup(vertices)
            pixels = plane_values(self.last, *self._view.plane(self.last))
            self._view.show_lasso(self.last, lookup.inside(*pixels))

    def lasso_cleared(self) -> None:
        """Take the marks of the lasso away."""
        if self.last is not None:
            self._view.show_lasso(self.last, None)


def checked(inputs: Inputs) -> tuple[Caution, ...]:
    """Return the cautions of the frame in view, all regions as one."""
    found = check_pair(*frames_in_view(inputs), mask=pooled_mask(inputs))
    assert isinstance(found, tuple)
    return found
