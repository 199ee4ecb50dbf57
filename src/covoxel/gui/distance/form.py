"""The inputs of the Distance widget."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import CheckBox

from covoxel.analysis.ccf import CcfOptions
from covoxel.analysis.delay import DelayOptions
from covoxel.analysis.distance.options import DistanceOptions
from covoxel.gui.forms.narrow import AUTO
from covoxel.gui.forms.pair_form import PairForm

_ROWS = (
    *(("model", "like"), ("max_distance",), ("fit_range",)),
    *(("psf1", "psf2"), ("components",), ("bleed", "intervals")),
)
_CURVE_ROWS = (("max_shift", "extreme"), ("direction", "fractions"), ("background1", "background2"))
_EACH = "A row of the table for each label or shape, else all of them as one mask"


class DistanceForm(PairForm):
    """Layers, regions and options; those of curves and of delays stand on their own tabs."""

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self._each = CheckBox(text="each alone", name="each_region", tooltip=_EACH)
        inside = "Where particles may be; not a segmentation of them"
        self.add_layers(("channel 1", "channel 2"), inside, self._each, scope="measures")
        self.distances = self.add_options(DistanceOptions, _ROWS, inputs=("per_plane",))
        row = self.distances.model.native.parentWidget().layout()
        row.setStretchFactor(self.distances.model.native, 3)  # its placeholder is long
        row.setStretchFactor(self.distances.like.native, 2)
        self.curves = self.add_options(CcfOptions, _CURVE_ROWS)
        self.delays = self.add_options(
            DelayOptions, (("time_step", "max_delay"),), inputs=("per_plane",)
        )
        for section in (self.curves, self.delays):
            section.visible = False  # until its tab takes it over
        for field in (self._regions, self.distances.like):
            field.changed.connect(self._follow)
        self.begin()

    def separate(self) -> bool:
        """Whether each label or shape is measured by itself."""
        return bool(self._regions.value is not None and self._each.value)

    def request(self) -> tuple[Any, ...]:
        """Return all that distances depend on, the layers aside."""
        return *super().request(), self.separate(), self.curves.read_options()

    def delay_request(self) -> tuple[Any, ...]:
        """Return all that delays depend on, the layers aside."""
        return self.delays.read_options(), tuple(self.delays.inputs().items()), self.separate()

    def show_range(self, limits: tuple[float, float] | None) -> None:
        """Show a range that was picked on the profile, where it can be changed; None is all."""
        shown = None if limits is None else tuple(float(f"{at:.3g}") for at in limits)
        self.distances.fit_range.value = shown
        if shown is not None:
            self.distances.unfold()

    def _follow(self) -> None:
        super()._follow()
        model = "shell" if self.distances.like.value is None else "gaussian"
        self.distances.model.set_placeholder(f"{AUTO}{model}")
        self._each.enabled = self._regions.value is not None
