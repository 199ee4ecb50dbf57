"""The inputs of the Objects widget."""

from __future__ import annotations

from typing import Any

from covoxel.analysis.objects.options import ObjectsOptions
from covoxel.gui.forms.layer_fields import LayerField
from covoxel.gui.forms.pair_form import PairForm

_ROWS = (
    *(("find1", "find2"), ("threshold1", "threshold2"), ("spot_width",), ("spot_contrast",)),
    *(("max_distance",), ("min_size",), ("max_size",), ("split",), ("null",)),
)
_TEXTS = {
    "null": {
        "auto": "whichever holds",
        "distance_map": "distance map",
        "shifts": "shifts of channel",
        "clusters": "clusters anew",
        "placement": "objects anew in cells",
        "none": "no test",
    },
}
_GIVEN = "Labels or points of channel {}, by any program; or have them found in the image"
_CELLS = "Cells: labels or shapes by which objects are counted; objects outside have none"


class ObjectsForm(PairForm):
    """Layers, given objects, cells and options."""

    def __init__(self, viewer: Any) -> None:
        super().__init__(viewer)
        self._objects = [
            LayerField(
                viewer.layers,
                is_objects,
                nothing="in image",
                name=f"objects{number}",
                tooltip=_GIVEN.format(number),
            )
            for number in (1, 2)
        ]
        self.add_layers(inside=_CELLS, scope="takes", regions="cells")
        self.add_row("objects 1, 2", *self._objects)
        self.section = self.add_options(ObjectsOptions, _ROWS, _TEXTS, inputs=("per_plane",))
        self.begin()

    def refresh(self) -> None:
        """Update the layers."""
        for field in self._objects:
            field.reset_choices()
        super().refresh()

    def given(self) -> tuple[Any, Any]:
        """Return the layers of objects; None where they are found in the image."""
        held = self._viewer.layers
        one, other = (field.value if field.value in held else None for field in self._objects)
        return one, other

    def request(self) -> tuple[Any, ...]:
        """Return all that a result depends on, the images and cells aside."""
        layers = tuple(None if layer is None else id(layer) for layer in self.given())
        return *super().request(), layers


def is_objects(layer: Any) -> bool:
    """Whether a layer can be objects: labels, or points that are no table of results."""
    kind = type(layer).__name__
    return kind == "Labels" or (kind == "Points" and "covoxel" not in layer.metadata)
