"""Progress over steps that report their own."""

from __future__ import annotations

from covoxel.core.types import Progress


class Steps:
    """Progress over steps, in which anything may go through its own several times.

    It is called with (done, total) of the step that is under way. What is reported never runs
    back, and its total is 100 for each step.

    `progress`: what is reported to; it may raise `Cancelled`.
    `steps`: how many there are.
    """

    def __init__(self, progress: Progress | None, steps: int) -> None:
        self._progress, self._steps = progress, steps
        self._step = self._most = 0

    def __call__(self, done: int, total: int) -> None:
        """Report how far the step is that is under way."""
        self._most = max(self._most, 100 * self._step + 100 * done // max(1, total))
        if self._progress is not None:
            self._progress(self._most, 100 * self._steps)

    def part(self, number: int, of: int) -> Progress:
        """Begin one of several equal parts of a step, from 0, and return its progress."""
        self(number, of)
        return lambda done, total: self(number * total + done, of * total)

    def next(self) -> None:
        """Go on to the next step."""
        self._step += 1
        self(0, 1)
