"""What the Compare widget does, without Qt: selection → run → numbers, layers and views."""

from __future__ import annotations

import re
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from covoxel.analysis.compare.analysis import compared_channels
from covoxel.analysis.compare.options import FITS
from covoxel.core.types import Work
from covoxel.gui.running.presenter import PairPresenter
from covoxel.gui.running.selection import Inputs, Selection, inputs_of

if TYPE_CHECKING:
    from covoxel.core.types import Progress
    from covoxel.gui.compare.run import CompareRun
    from covoxel.gui.compare.widget import CompareWidget

#: Where a refusal begins to name what could be done.
_REMEDIES = "fit them with "
#: Colour of links, to be read on dark and on light.
_LINK = "#4a90e2"


class ComparePresenter(PairPresenter):
    """Compares two images, which may be of different size if something is done about it."""

    _view: CompareWidget
    last: CompareRun | None
    checks_images = False

    def _checked(self) -> Inputs:
        fit = self._view.read_options().fit
        return inputs_of(self._view.selection(), partial(compared_channels, fit))

    def _work(self, selection: Selection, inputs: Inputs) -> Work:
        options, min_pixels = self._view.read_options(), self._view.form.smallest_change.value

        def work(progress: Progress) -> CompareRun:
            from covoxel.gui.compare.run import run_compare  # takes a while to load

            return run_compare(selection, inputs, options, progress, min_pixels=min_pixels)

        return work


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
