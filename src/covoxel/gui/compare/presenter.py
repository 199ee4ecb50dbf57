"""What the Compare widget does, without Qt: choice → run → numbers, layers and views."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from covoxel.analysis.compare.options import FITS, CompareOptions
from covoxel.gui.choice import Choice, Inputs, unrefused
from covoxel.gui.compare.inputs import compare_inputs

if TYPE_CHECKING:
    from covoxel.core.types import Progress
    from covoxel.gui.background import Background
    from covoxel.gui.compare.run import CompareRun

#: Where a refusal begins to name what could be done.
_REMEDIES = "fit them with "
#: Colour of links, to be read on dark and on light.
_LINK = "#4a90e2"


class CompareView(Protocol):
    """What the presenter asks of the window."""

    def choice(self) -> Choice:
        """Return what is chosen."""

    def options(self) -> CompareOptions:
        """Return the options; ValueError where one is not as it must be."""

    def min_pixels(self) -> int:
        """Return the fewest pixels of a change that is boxed."""

    def show_refusal(self, sentence: str) -> None:
        """Say why nothing can be compared; empty says that it can."""

    def put_result(self, run: CompareRun) -> None:
        """Show a result and put it into the viewer."""

    def show_nothing(self) -> None:
        """Show that nothing is compared."""


class ComparePresenter:
    """Stands between the window and the core.

    Parameters
    ----------
    view : CompareView
    runs : Background
        What runs comparisons.
    """

    def __init__(self, view: CompareView, runs: Background) -> None:
        self._view, self._runs = view, runs
        self.running: Choice | None = None
        self.last: CompareRun | None = None

    def inputs(self) -> Inputs | None:
        """Return what is chosen as inputs; say why, and return None, where it cannot be."""
        view = self._view
        return unrefused(
            lambda: compare_inputs(view.choice(), view.options().fit), view.show_refusal
        )

    def chosen(self) -> None:
        """Say whether what is chosen can be compared."""
        self.inputs()

    def run(self) -> None:
        """Compare in the background."""
        inputs, choice = self.inputs(), self._view.choice()
        if inputs is None:
            return
        options, min_pixels = self._view.options(), self._view.min_pixels()
        self.running = choice

        def work(progress: Progress) -> Any:
            from covoxel.gui.compare.run import compared  # takes a while to load

            return compared(choice, inputs, options, progress, min_pixels=min_pixels)

        self._runs.run(work)

    def done(self, run: CompareRun) -> None:
        """Show a result."""
        self.last, self.running = run, None
        self._view.put_result(run)

    def forget(self) -> None:
        """Let go of the last result and its arrays."""
        self.last = None
        self._view.show_nothing()


def with_remedies(sentence: str) -> str:
    """Return a refusal as rich text, in which the remedies that it names are links.

    Examples
    --------
    >>> with_remedies("sizes differ; fit them with crop")
    "sizes differ; fit them with <a href='crop' style='color: #4a90e2'>crop</a>"
    """
    why, found, remedies = sentence.partition(_REMEDIES)
    link = rf"<a href='\1' style='color: {_LINK}'>\1</a>"
    links = re.sub(rf"\b({'|'.join(FITS)})\b", link, remedies)
    return f"{escape(why)}{found}{links}"
