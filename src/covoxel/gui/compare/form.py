"""The inputs of the Compare widget."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import SpinBox

from covoxel.analysis.compare.options import CompareOptions
from covoxel.gui.forms.pair_form import PairForm


class CompareForm(PairForm):
    """Layers, regions and options."""

    proposes = False

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        boxed = "Fewest pixels of a change that is boxed"
        self._smallest = SpinBox(value=4, min=1, max=10**6, name="smallest_change", tooltip=boxed)
        where = "Where the images are compared, on image 1"
        self.add_layers(("image 1", "image 2"), where, scope="compares")
        options = self.add_options(CompareOptions, (("fit",), ("measures",)))
        options.fold(self.make_row("changes from", self._smallest, "px"))
        self.begin()

    def request(self) -> tuple[Any, ...]:
        """Return all that a comparison depends on, the images aside."""
        return *super().request(), self._smallest.value
