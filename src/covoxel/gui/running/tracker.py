"""Track whether results still match what is selected; outdated ones are marked and disabled."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Sequence
from itertools import compress
from typing import Any, Literal, NamedTuple, get_args

from qtpy.QtWidgets import QWidget

from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.selection import RunRecord, Selection

#: Nothing, or a field of `Request`, in their order.
Difference = Literal["", "layers", "data", "view", "options"]
LastRun = Callable[[], RunRecord | None]


class Request(NamedTuple):
    """What a run depends on.

    Attributes
    ----------
    layers : tuple
        Weak references to the layers, their axes and the scope.
    data : tuple
        What `LayerWatch.state` returned for each layer.
    view : tuple
        Time point and plane, where only these are measured.
    """

    layers: tuple[Any, ...]
    data: tuple[Any, ...]
    view: tuple[Any, ...]
    options: tuple[Any, ...]

    def difference(self, now: Request) -> Difference:
        """Return the first field that has changed; empty if none."""
        names: tuple[Difference, ...] = get_args(Difference)
        changed = (before != after for before, after in zip(self, now, strict=True))
        return next(compress(names[1:], changed), "")


class ResultTracker:
    """Compares each result with what was requested when its run began.

    `request`: returns the current request.
    `show`: called with a sentence on an outdated result; empty if there is none.
    `harmless`: differences in spite of which a result may still be acted on.
    """

    def __init__(
        self,
        request: Callable[[], Request],
        show: Callable[[str], None],
        harmless: Collection[Difference],
    ) -> None:
        self._request, self._show = request, show
        self._harmless: set[Difference] = {"", *harmless}
        self._tracked: list[tuple[Jobs, LastRun, Callable[[], Sequence[QWidget]]]] = []
        self._options: dict[Jobs, Callable[[], tuple[Any, ...]] | None] = {}
        self._begun: dict[Jobs, Request] = {}
        self._requests: weakref.WeakKeyDictionary[Any, Request] = weakref.WeakKeyDictionary()

    def track(
        self,
        jobs: Jobs,
        last: LastRun,
        parts: Callable[[], Sequence[QWidget]],
        options: Callable[[], tuple[Any, ...]] | None = None,
    ) -> None:
        """Track the results of jobs.

        `last`: returns the result that is shown, or None.
        `parts`: returns the widgets that act on it, which are disabled while it is outdated.
        `options`: returns the options that the result depends on, where these are not the requested
            ones.
        """
        self._tracked.append((jobs, last, parts))
        self._options[jobs] = options
        jobs.busy.connect(lambda busy: self._on_busy(jobs, busy))
        jobs.returned.connect(lambda run: self._requests.update({run: self._begun[jobs]}))

    def is_current(self, run: RunRecord | None) -> bool:
        """Whether a result matches the selected layers in their current state."""
        if run is None:
            return False
        jobs = next((jobs for jobs, last, _ in self._tracked if last() is run), None)
        return self._difference(run, self._now(jobs, self._request())) in self._harmless

    def renew(self, run: RunRecord) -> None:
        """Take a result, which has changed a layer itself, as one of the current request."""
        self._requests[run] = self._request()
        self.update()

    def follow(self, run: RunRecord, earlier: RunRecord) -> None:
        """Take a result as one of the same request as an earlier one, of which it is a part."""
        self._requests[run] = self._requests.setdefault(earlier, self._request())

    def update(self) -> None:
        """Mark and disable outdated results."""
        self._mark(self._request())

    def _mark(self, request: Request) -> None:
        sentence = ""
        for jobs, last, parts in self._tracked:
            run, now = last(), self._now(jobs, request)
            difference = "" if run is None else self._difference(run, now)
            for part in parts():
                part.setEnabled(difference in self._harmless)
            renewing = jobs.running and difference == "options"
            if run is not None and difference and not sentence and not renewing:
                sentence = _sentence(run, difference)
        self._show(sentence)

    def _now(self, jobs: Jobs | None, request: Request) -> Request:
        """Return the current request with the options that the results of jobs depend on."""
        options = None if jobs is None else self._options[jobs]
        return request if options is None else request._replace(options=options())

    def _difference(self, run: RunRecord, now: Request) -> Difference:
        return self._requests.setdefault(run, now).difference(now)

    def _on_busy(self, jobs: Jobs, busy: bool) -> None:  # a Qt signal's argument
        now = self._request()
        if busy:
            self._begun[jobs] = self._now(jobs, now)
        self._mark(now)


def _sentence(run: RunRecord, difference: Difference) -> str:
    if difference == "layers":
        return f"These results are of {described(run.selection)}, which was chosen before."
    if difference == "data":
        return "These results are of an earlier state of the layers, which have changed since."
    if difference == "view":
        at = (("time point", run.inputs.t), ("plane", run.inputs.z))
        view = ", ".join(f"{what} {number}" for what, number in at if number is not None)
        return f"These results are of {view}."
    return "These results were made with the options chosen before."


def described(selection: Selection) -> str:
    """Return the layers of a selection in words."""
    one, other, region, *second = selection.layers
    pair = " × ".join(layer.name for layer in (one, other) if layer is not None)
    words = pair if region is None else f"{pair} in {region.name}"
    again = " and ".join(layer.name for layer in second if layer is not None)
    return f"{words} with the second images {again}" if again else words
