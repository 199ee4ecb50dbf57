"""Result layers put into the viewer, over those of an earlier run."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np


def put(
    viewer: Any, data: Any, options: dict[str, Any], kind: str, **more: Any
) -> Generator[None, None, Any]:
    """Add a layer, or renew the one that an earlier run has left, and return it.

    Each layer that napari removes costs a search through all objects, which stops the window.
    Between its steps the window may have its turn: what napari needs for one layer is long enough.
    """
    from napari.layers import Layer

    name = options["name"]
    if name in viewer.layers:
        layer = viewer.layers[name]
        if "covoxel" in layer.metadata:  # else it is the user's own
            if type(layer).__name__.lower() == kind and _renewed(layer, data, options, kind):
                return layer
            viewer.layers.remove(name)
    layer = Layer.create(data, {**options, **more}, kind)
    yield
    return viewer.add_layer(layer)


def _renewed(layer: Any, data: Any, options: dict[str, Any], kind: str) -> bool:
    """Give a layer that lies in the same place what a new one would hold; False elsewhere."""
    here = [np.asarray(getattr(layer, name)) for name in ("scale", "translate")]
    there = [np.asarray(options[name]) for name in ("scale", "translate")]
    ndim = data.ndim if kind in ("image", "labels") else data.shape[-1]
    if layer.ndim != ndim or not all(
        one.shape == other.shape and np.allclose(one, other)
        for one, other in zip(here, there, strict=True)
    ):
        return False
    layer.data = (data, ["rectangle"] * len(data)) if kind == "shapes" else data
    for name in ("edge_width", "features", "shown", "metadata"):
        if name in options:
            setattr(layer, name, options[name])
    return True


def show_table(viewer: Any, layer: Any) -> None:
    """Open napari's table of a layer's rows."""
    if layer in viewer.layers:
        viewer.layers.selection.active = layer
        viewer.window.add_plugin_dock_widget("napari", "Features table widget", tabify=True)
