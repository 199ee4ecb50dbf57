"""The inputs of the Map widget."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import CheckBox

from covoxel.analysis.map.options import MapOptions
from covoxel.gui.forms.pair_form import PairForm
from covoxel.image.channel import Channel

_ROWS = (("kind",), ("radius",), ("weights", "unit"), ("threshold1", "threshold2"))
#: Names in the form; what lies beyond chance is a tick of the local correlation.
_TEXTS = {
    "kind": {
        "correlation": "local correlation",
        "manders1": "Manders M1, local",
        "manders2": "Manders M2, local",
        "pdm": "PDM, product of differences",
        "nmdp": "nMDP, normalised product",
        "li": "Li, its sign",
        "colocalized": "colocalized pixels",
    },
    "unit": {"px": "px", "um": "µm"},
}
_LIVE = "Map the plane in view as soon as the radius or an option is changed"
_BEYOND = "A second layer: what displaced copies reach nowhere. It takes 20 times as long"


class MapForm(PairForm):
    """Layers, regions and options."""

    scope_axes = "t"

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self._live = CheckBox(value=True, text="preview", name="live", tooltip=_LIVE)
        self._beyond = CheckBox(text="beyond chance", name="beyond", tooltip=_BEYOND)
        inside = "Pixels that count; the table has a row for each label or shape"
        self.add_layers(inside=inside, scope="maps")
        self._options = self.add_options(MapOptions, _ROWS, _TEXTS)
        self._options.radius.follow_unit(self._options.unit)
        self.add_beside(self._options.row_of("kind"), self._live)
        self.add_beside(self._options.row_of("register"), self._beyond)
        self._options.kind.changed.connect(self._follow)
        self.begin()

    def request(self) -> tuple[Any, ...]:
        """Return all that a map depends on, the layers aside."""
        return *super().request(), self.beyond_too()

    def beyond_too(self) -> bool:
        """Whether a layer of what lies beyond chance is wanted."""
        return bool(self._beyond.enabled and self._beyond.value)

    def show_channel(self, channel: Channel) -> None:
        """Follow the axes and the pixel size of what is chosen."""
        shape, radius = channel.spatial_shape, self._options.radius
        untouched = not {"radius", "unit"} & {*self._options.changes()}
        radius.offer(deep=len(shape) > 2, longest=max(shape[-2:]), spacing=channel.spacing)
        if untouched:
            shown = {"radius": radius.value, "unit": self._options.unit.value}
            self._options.starts |= shown

    def _follow(self) -> None:
        super()._follow()
        self._beyond.enabled = self._options.kind.value == "correlation"
