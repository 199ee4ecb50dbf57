"""What the presenters of all widgets share; no Qt."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from covoxel.analysis.registry import analysis_of
from covoxel.core.types import Work
from covoxel.gui.running.cautions import CautionWatch
from covoxel.gui.running.selection import Inputs, Selection, inputs_of, make_or_refuse
from covoxel.quality.caution import Caution

if TYPE_CHECKING:
    from covoxel.gui.pair_widget import PairWidget
    from covoxel.gui.running.jobs import Jobs


class PairPresenter:
    """Runs an analysis on what is selected, and keeps the last result."""

    #: Whether the images are checked, and whether a shift between them is searched for.
    checks_images, searches_shift = True, True
    #: Warnings on what is selected, where images are checked.
    cautions: CautionWatch | None = None

    def __init__(self, view: PairWidget) -> None:
        self._view = view
        self._options: Any = None
        self.running: Selection | None = None
        self.last: Any = None
        if self.checks_images:
            shifts = view.shifts if self.searches_shift else None
            self.cautions = CautionWatch(view.show_cautions, self._matters, view.checks, shifts)

    def inputs(self) -> Inputs | None:
        """Return the inputs that are selected; None, and a refusal, where they are invalid."""
        return make_or_refuse(self._checked, self._view.show_refusal)

    def _checked(self) -> Inputs:
        inputs = inputs_of(self._view.selection())
        self._view.read_options()  # raises where one is invalid
        return inputs

    def selection_changed(self) -> Inputs | None:
        """Check whether what is selected can be run, its images in the background; return it."""
        inputs = self.inputs()
        self._view.show_inputs(inputs)
        if self.cautions is not None:
            self.cautions.check(self._view.selection(), inputs)
        return inputs

    def _matters(self, caution: Caution) -> bool:
        """Whether a caution affects the numbers, with the last options that were valid."""
        with suppress(ValueError):
            self._options = self._view.read_options()
        known = self._options
        return known is None or analysis_of(known).reports(caution, known)

    def run(self) -> None:
        """Run the analysis in the background."""
        self._start(self._view.runs, self._work)

    def _work(self, selection: Selection, inputs: Inputs) -> Work:
        """Return what runs in a thread; ValueError where that is impossible."""
        raise NotImplementedError

    def _start(self, jobs: Jobs, work: Callable[[Selection, Inputs], Work]) -> None:
        """Run what `work` returns for the selection in the background, unless it is refused."""
        inputs, selection = self.inputs(), self._view.selection()
        if inputs is None:
            return
        made = make_or_refuse(lambda: work(selection, inputs), self._view.show_refusal)
        if made is not None:
            self.running = selection
            jobs.run(made)

    def done(self, run: Any) -> None:
        """Show a result."""
        self.last, self.running = run, None
        self._view.put_result(run)

    def moved(self) -> None:
        """Show what belongs to the time point and plane in view."""

    def forget(self) -> None:
        """Release the last result and its arrays."""
        self.last = None
        self._view.show_nothing()
