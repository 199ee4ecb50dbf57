"""What the Distance widget does, without Qt: selection → cautions, run, refits, delays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from covoxel.core.types import Work
from covoxel.gui.running.presenter import PairPresenter
from covoxel.gui.running.selection import Inputs, Selection
from covoxel.gui.running.sources import drawn_labels

if TYPE_CHECKING:
    from covoxel.core.types import Progress
    from covoxel.distance.record import Association
    from covoxel.gui.distance.run import DelayRun, DistanceRun, RegionShown
    from covoxel.gui.distance.widget import DistanceWidget


class DistancePresenter(PairPresenter):
    """Measures distances and delays, and fits a range that is picked."""

    _view: DistanceWidget
    last: DistanceRun | None

    def __init__(self, view: DistanceWidget) -> None:
        super().__init__(view)
        self.last_delays: DelayRun | None = None
        self.shown: RegionShown | None = None

    def _checked(self) -> Inputs:
        inputs = super()._checked()
        self._view.form.curves.read_options()
        return inputs

    def _work(self, selection: Selection, inputs: Inputs) -> Work:
        inputs = replace(inputs, **self._view.form.distances.inputs())
        options, regions = self._view.read_options(), self._regions(selection, inputs)
        ccf = self._view.form.curves.read_options()
        self._view.refits.cancel()

        def work(progress: Progress) -> DistanceRun:
            from covoxel.gui.distance.run import run_distance  # takes a while to load

            return run_distance(selection, inputs, options, regions(), ccf, progress)

        return work

    def _regions(self, selection: Selection, inputs: Inputs) -> Callable[[], dict[str, Any]]:
        """Return what makes the mask or the labels of a selection, for a thread."""
        name = "" if selection.region is None else selection.region.name
        return partial(given_regions, inputs, name, separate=self._view.form.separate())

    def done(self, run: DistanceRun) -> None:
        """Show a result, of the region that was shown before if it is there."""
        label = None if self.shown is None else self.shown.label
        super().done(run)
        self._show(run.at(*self._view.plane_in_view(run), label))

    def _show(self, one: RegionShown) -> None:
        assert self.last is not None
        self.shown = one
        self._view.show_region(self.last, one)

    def row_chosen(self, row: int) -> None:
        """Show the region of a row that was selected."""
        if self.last is not None:
            self._show(self.last.region(row))

    def moved(self) -> None:
        """Show the same label at the time point and in the plane in view."""
        if self.last is None or self.shown is None or len(self.last.regions) == 1:
            return
        one = self.last.at(*self._view.plane_in_view(self.last), self.shown.label)
        if one is not self.shown:
            self._show(one)

    def refit(self, low: float, high: float) -> None:
        """Fit a range that is being picked, in the region that is shown."""
        run, one = self.last, self.shown
        if run is None or one is None:
            return

        def work(_: Progress) -> Association:
            from covoxel.gui.distance.run import refitted

            return refitted(run, one, (low, high))

        self._view.refits.follow(work)

    def refit_done(self, found: Association) -> None:
        """Show the fit of a range that is being picked."""
        if self.last is not None:
            self._view.show_refit(found)

    def range_picked(self, limits: tuple[float, float] | None) -> None:
        """Take a picked range over into the form and measure with it; None is all distances."""
        self._view.form.show_range(limits)
        self.run()

    def measure_delays(self) -> None:
        """Measure delays in the background."""
        self._start(self._view.delays, self._delay_work)

    def _delay_work(self, selection: Selection, inputs: Inputs) -> Work:
        options = self._view.form.delays.read_options()
        inputs = replace(inputs, **self._view.form.delays.inputs())
        regions = self._regions(selection, inputs)

        def work(progress: Progress) -> DelayRun:
            from covoxel.gui.distance.run import run_delay

            return run_delay(selection, inputs, options, regions(), progress)

        return work

    def delays_done(self, run: DelayRun) -> None:
        """Show delays."""
        self.last_delays, self.running = run, None
        self._view.put_delays(run)

    def forget(self) -> None:
        """Let go of the last results and their arrays."""
        self._view.refits.cancel()
        self.last_delays = self.shown = None
        super().forget()


def given_regions(inputs: Inputs, name: str, *, separate: bool) -> dict[str, Any]:
    """Return the mask or the labels that an analysis takes.

    Raises
    ------
    ValueError
        If shapes that are measured one by one overlap.
    """
    if not inputs.regions:
        return {}
    if not separate:
        return {"mask": inputs.pooled_mask()}
    if "shapes" in inputs.regions:
        return {"labels": drawn_labels(name, inputs.regions["shapes"], inputs.channels[0])}
    return dict(inputs.regions)
