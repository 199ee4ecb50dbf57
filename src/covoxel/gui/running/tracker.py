"""Track whether results still match what is selected; outdated ones are marked and disabled."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from qtpy.QtWidgets import QWidget

from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.selection import RunRecord, Selection

Difference = Literal["", "layers", "data", "view", "options"]


@dataclass(frozen=True)
class Request:
    """What a run is asked.

    Attributes
    ----------
    layers : tuple
        References to the layers, none of which is kept alive, and what they are taken for.
    states : tuple
        Of each layer, what `LayerWatch.state` returned.
    view : tuple
        Time point and plane, as far as only these are measured.
    options : tuple
    """

    layers: tuple[Any, ...]
    states: tuple[Any, ...]
    view: tuple[Any, ...]
    options: tuple[Any, ...]

    def difference(self, now: Request) -> Difference:
        """Return what is asked now, and was not then; empty if nothing."""
        if self.layers != now.layers:
            return "layers"
        if self.states != now.states:
            return "data"
        if self.view != now.view:
            return "view"
        return "" if self.options == now.options else "options"


@dataclass(frozen=True, eq=False)
class _Tie:
    jobs: Jobs
    last: Callable[[], RunRecord | None]
    parts: Callable[[], Sequence[QWidget]]


class ResultTracker:
    """Ties results to what was asked when they were begun.

    Parameters
    ----------
    request : callable
        Returns what is asked now.
    say : callable
        Called with a sentence on results that are of something else; empty if none is.
    harmless : collection of str
        Differences in spite of which a result may still be acted on.
    """

    def __init__(
        self,
        request: Callable[[], Request],
        say: Callable[[str], None],
        harmless: Collection[Difference],
    ) -> None:
        self._request, self._say = request, say
        self._harmless: set[Difference] = {"", *harmless}
        self._ties: list[_Tie] = []
        self._begun: dict[Jobs, Request] = {}
        self._of: weakref.WeakKeyDictionary[Any, Request] = weakref.WeakKeyDictionary()

    def track(
        self,
        jobs: Jobs,
        last: Callable[[], RunRecord | None],
        parts: Callable[[], Sequence[QWidget]],
    ) -> None:
        """Follow what jobs return.

        Parameters
        ----------
        jobs : Jobs
        last : callable
            Returns the result that is shown, or None.
        parts : callable
            Returns the widgets that act on it, which are disabled where it is of other layers.
        """
        self._ties.append(_Tie(jobs, last, parts))
        jobs.busy.connect(lambda busy: self._on_busy(jobs, busy))
        jobs.returned.connect(lambda run: self._on_returned(jobs, run))

    def is_current(self, run: RunRecord | None) -> bool:
        """Whether a result is of the layers that are chosen now, as they are now."""
        return run is not None and self._difference(run, self._request()) in self._harmless

    def renew(self, run: RunRecord) -> None:
        """Tie a result to what is asked now, since it has changed a layer itself."""
        self._of[run] = self._request()
        self.update()

    def follow(self, run: RunRecord, earlier: RunRecord) -> None:
        """Tie a result to what an earlier one is tied to, of which it shows another part."""
        self._of[run] = self._of.setdefault(earlier, self._request())

    def update(self) -> None:
        """Mark what is of something else."""
        now, said = self._request(), ""
        for tie in self._ties:
            run = tie.last()
            difference = "" if run is None else self._difference(run, now)
            for part in tie.parts():
                part.setEnabled(difference in self._harmless)
            renewing = tie.jobs.running and difference == "options"
            if run is not None and difference and not said and not renewing:
                said = _sentence(run, difference)
        self._say(said)

    def _difference(self, run: RunRecord, now: Request) -> Difference:
        return self._of.setdefault(run, now).difference(now)

    def _on_busy(self, jobs: Jobs, busy: bool) -> None:  # a Qt signal's argument
        if busy:
            self._begun[jobs] = self._request()
        self.update()

    def _on_returned(self, jobs: Jobs, run: Any) -> None:
        self._of[run] = self._begun[jobs]


def _sentence(run: RunRecord, difference: Difference) -> str:
    if difference == "layers":
        return f"These results are of {described(run.selection)}, which was chosen before."
    if difference == "data":
        return "These results are of an earlier state of the layers, which have changed since."
    if difference == "view":
        return f"These results are of {_view(run)}."
    return "These results were made with the options chosen before."


def described(selection: Selection) -> str:
    """Return layers and region of a selection in words."""
    pair = " × ".join(
        layer.name for layer in (selection.layer1, selection.layer2) if layer is not None
    )
    return pair if selection.region is None else f"{pair} in {selection.region.name}"


def _view(run: RunRecord) -> str:
    numbers = (("time point", run.inputs.t), ("plane", run.inputs.z))
    return ", ".join(f"{what} {number}" for what, number in numbers if number is not None)
