"""What the Distance widget does, without Qt: choice → cautions, run, refits, delays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from covoxel.analysis.ccf import CcfOptions
from covoxel.analysis.delay import DelayOptions
from covoxel.analysis.distance.options import DistanceOptions
from covoxel.gui.caution_watch import CautionWatch
from covoxel.gui.choice import Choice, Inputs, inputs_of, unrefused
from covoxel.quality.caution import Caution

if TYPE_CHECKING:
    from covoxel.core.types import Progress
    from covoxel.distance.record import Association
    from covoxel.gui.background import Background
    from covoxel.gui.distance.delay_run import DelayRun
    from covoxel.gui.distance.run import DistanceRun, RegionShown


class DistanceView(Protocol):
    """What the presenter asks of the window."""

    def choice(self) -> Choice:
        """Return what is chosen."""

    def options(self) -> DistanceOptions:
        """Return the options; ValueError where one is not as it must be."""

    def ccf_options(self) -> CcfOptions:
        """Return the options of van Steensel's curves."""

    def delay_options(self) -> DelayOptions:
        """Return the options of a delay; ValueError where one is not as it must be."""

    def distance_inputs(self) -> dict[str, Any]:
        """Return what the form says of distances beside the options, by name in `Inputs`."""

    def delay_inputs(self) -> dict[str, Any]:
        """Return what the form says of delays beside the options, by name in `Inputs`."""

    def apart(self) -> bool:
        """Whether each label is measured by itself."""

    def place(self, run: DistanceRun) -> tuple[int, int | None]:
        """Return the time point, and the plane of a stack, in view."""

    def show_inputs(self, inputs: Inputs | None) -> None:
        """Show the unit of lengths, and whether there is a series."""

    def show_cautions(self, cautions: Sequence[Caution]) -> None:
        """Show warnings, the gravest first."""

    def show_refusal(self, sentence: str) -> None:
        """Say why nothing can be measured; empty says that it can."""

    def show_range(self, limits: tuple[float, float] | None) -> None:
        """Show the range that is fitted in the form."""

    def put_result(self, run: DistanceRun) -> None:
        """Put a result into the viewer."""

    def show_region(self, run: DistanceRun, one: RegionShown) -> None:
        """Show profile, curves and numbers of a region."""

    def show_refit(self, found: Association) -> None:
        """Show the fit of a range that is being picked."""

    def show_nothing(self) -> None:
        """Show that nothing is measured."""

    def put_delays(self, run: DelayRun) -> None:
        """Show delays, and put them into the viewer."""


class DistancePresenter:
    """Stands between the window and the core.

    Parameters
    ----------
    view : DistanceView
    runs, checks, shifts, refits, delays : Background
        What runs distances, cautions, the look for a shift, fits of a range, and delays.
    """

    def __init__(
        self,
        view: DistanceView,
        runs: Background,
        checks: Background,
        shifts: Background,
        refits: Background,
        delays: Background,
    ) -> None:
        self._view, self._runs = view, runs
        self._refits, self._delays = refits, delays
        self.cautions = CautionWatch(view.show_cautions, _matters, checks, shifts)
        self.running: Choice | None = None
        self.last: DistanceRun | None = None
        self.last_delays: DelayRun | None = None
        self.shown: RegionShown | None = None

    def inputs(self) -> Inputs | None:
        """Return what is chosen as inputs; say why, and return None, where it cannot be."""
        return unrefused(self._checked, self._view.show_refusal)

    def _checked(self) -> Inputs:
        inputs = inputs_of(self._view.choice())
        self._view.options()  # they may not be what can be asked for
        self._view.ccf_options()
        return inputs

    def chosen(self) -> None:
        """Check the chosen layers in the background."""
        inputs = self.inputs()
        self._view.show_inputs(inputs)
        self.cautions.look(self._view.choice(), inputs)

    def run(self) -> None:
        """Measure distances in the background."""
        inputs, choice = self.inputs(), self._view.choice()
        if inputs is None:
            return
        inputs = replace(inputs, **self._view.distance_inputs())
        options, regions = self._view.options(), self._regions(choice, inputs)
        ccf = self._view.ccf_options()
        self._refits.cancel()
        self.running = choice

        def work(progress: Progress) -> DistanceRun:
            from covoxel.gui.distance.run import distances  # takes a while to load

            return distances(choice, inputs, options, regions(), ccf, progress)

        self._runs.run(work)

    def _regions(self, choice: Choice, inputs: Inputs) -> Callable[[], dict[str, Any]]:
        """Return what makes the mask or the labels of a choice, for a thread."""
        name = "" if choice.region is None else choice.region.name
        apart = self._view.apart()

        def regions() -> dict[str, Any]:
            from covoxel.gui.distance.run import given_regions

            return given_regions(inputs, name, apart=apart)

        return regions

    def done(self, run: DistanceRun) -> None:
        """Show a result, of the region that was shown before if it is there."""
        label = None if self.shown is None else self.shown.label
        self.last, self.running = run, None
        self._view.put_result(run)
        self._show(run.at(*self._view.place(run), label))

    def _show(self, one: RegionShown) -> None:
        assert self.last is not None
        self.shown = one
        self._view.show_region(self.last, one)

    def row_chosen(self, row: int) -> None:
        """Show the region of a row that was selected."""
        if self.last is not None:
            self._show(self.last.region(row))

    def time_moved(self) -> None:
        """Show the same label at the time point and in the plane in view."""
        if self.last is None or self.shown is None or len(self.last.regions) == 1:
            return
        one = self.last.at(*self._view.place(self.last), self.shown.label)
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

        self._refits.follow(work)

    def refit_done(self, found: Association) -> None:
        """Show the fit of a range that is being picked."""
        if self.last is not None:
            self._view.show_refit(found)

    def range_picked(self, limits: tuple[float, float] | None) -> None:
        """Take a picked range over into the form and measure with it; None is all distances."""
        self._view.show_range(limits)
        self.run()

    def measure_delays(self) -> None:
        """Measure delays in the background."""
        inputs, choice = self.inputs(), self._view.choice()
        if inputs is None:
            return
        try:
            options = self._view.delay_options()
        except ValueError as error:
            self._view.show_refusal(str(error))
            return
        inputs = replace(inputs, **self._view.delay_inputs())
        regions = self._regions(choice, inputs)
        self.running = choice

        def work(progress: Progress) -> DelayRun:
            from covoxel.gui.distance.delay_run import delays

            return delays(choice, inputs, options, regions(), progress)

        self._delays.run(work)

    def delays_done(self, run: DelayRun) -> None:
        """Show delays."""
        self.last_delays, self.running = run, None
        self._view.put_delays(run)

    def forget(self) -> None:
        """Let go of the last result and its arrays."""
        self._refits.cancel()
        self.last = self.last_delays = self.shown = None
        self._view.show_nothing()


def _matters(caution: Caution) -> bool:
    """Return whether a caution affects distances."""
    return "distance" in caution.affects
