"""Displacement fields as layers of the viewer, where the channels lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from covoxel.analysis.field.layers import corner
from covoxel.core.types import FloatArray
from covoxel.gui.viewer.layers import placement

if TYPE_CHECKING:
    from covoxel.analysis.result import LayerData
    from covoxel.gui.register.field_run import FieldRun


def field_layers(run: FieldRun) -> Iterator[LayerData]:
    """Yield the layers of a run where layer 1 lies.

    Parameters
    ----------
    run : FieldRun
    """
    source, inputs = run.selection.layer1, run.inputs
    first = _linear(source) @ corner(inputs.channels[0], inputs.t, inputs.z)
    for data, attributes, kind in run.layers:
        place = placement(source)
        if kind == "image":  # it begins at the time point and plane that were chosen
            place["translate"] = place["translate"] + first
        yield data, attributes | place, kind


def _linear(layer: Any) -> FloatArray:
    """Return the matrix by which a layer's own scale and turn lead from pixels to the world."""
    from napari.utils.transforms import CompositeAffine

    placed = placement(layer)
    told = {name: placed[name] for name in ("scale", "rotate", "shear")}
    own: FloatArray = CompositeAffine(ndim=layer.ndim, **told).linear_matrix
    return own
