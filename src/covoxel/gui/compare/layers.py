"""The layers that the Compare widget adds: table, boxes of what changed, and maps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.gui.running.jobs import gc_pause
from covoxel.gui.viewer.layers import add_or_update_layer, placement, point_look, show_table

if TYPE_CHECKING:
    from covoxel.gui.compare.run import CompareRun

Made = tuple[Any, dict[str, Any], str]
_BOX = {"edge_color": "orange", "face_color": "transparent", "opacity": 1.0}


class CompareLayers:
    """Adds result layers, and replaces those of an earlier run.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._made: dict[str, Any] = {}

    def show(self, run: CompareRun) -> Iterator[None]:
        """Put table, boxes and maps into the viewer, step by step; maps are not shown yet."""
        made: dict[str, Made | None] = {
            "difference": _difference(run),
            "SSIM": _ssim(run),
            "changes": _changes(run),
            "table": _table(run),
        }
        with gc_pause():
            active = self._viewer.layers.selection.active
            for what, layer in made.items():
                yield
                if layer is None or self._name(what) != layer[1]["name"]:
                    self._drop(what)
                if layer is not None:
                    shown = yield from add_or_update_layer(self._viewer, *layer)
                    if "contrast_limits" in layer[1]:
                        shown.contrast_limits = layer[1]["contrast_limits"]
                    self._made[what] = shown
            if active is not None and active in self._viewer.layers:
                self._viewer.layers.selection.active = active

    def held(self, what: str) -> Any:
        """Return the layer made for a purpose if it is still there, else None."""
        layer = self._made.get(what)
        return layer if layer is not None and layer in self._viewer.layers else None

    def open_table(self) -> None:
        """Open napari's table of the rows."""
        if self.held("table") is not None:
            show_table(self._viewer, self.held("table"))

    def _name(self, what: str) -> str:
        layer = self.held(what)
        return "" if layer is None else str(layer.name)

    def _drop(self, what: str) -> None:
        layer = self.held(what)
        if layer is not None:
            self._viewer.layers.remove(layer)
        self._made.pop(what, None)


def placed_at(layer: Any, corner: IntArray) -> dict[str, Any]:
    """Return the options that put another layer where the pixels of `layer` from a corner lie.

    Parameters
    ----------
    layer : napari layer
    corner : (axes,) int array
    """
    from napari.utils.transforms import CompositeAffine

    options = placement(layer)
    told = {name: options[name] for name in ("scale", "rotate", "shear")}
    own: FloatArray = CompositeAffine(ndim=layer.ndim, **told).linear_matrix
    return {**options, "translate": np.asarray(options["translate"]) + own @ corner}


def names_of(run: CompareRun) -> str:
    """Return the images of a run in words."""
    return f"{run.selection.layer1.name} × {run.selection.layer2.name}"


def _map(run: CompareRun, data: AnyArray, **look: Any) -> Made:
    place = placed_at(run.selection.layer1, run.corner)
    return data, {**place, "metadata": _record(run), "visible": False, **look}, "image"


def _difference(run: CompareRun) -> Made:
    name = f"Difference: {run.selection.layer1.name} − {run.selection.layer2.name}"
    limits = (-run.largest, run.largest)
    return _map(run, run.difference, name=name, colormap="PiYG", contrast_limits=limits)


def _ssim(run: CompareRun) -> Made | None:
    if run.ssim is None:
        return None
    name = f"SSIM: {names_of(run)}"
    return _map(run, run.ssim, name=name, colormap="viridis", contrast_limits=(0, 1))


def _changes(run: CompareRun) -> Made | None:
    if not run.changes.rectangles:
        return None
    options = {
        **placement(run.selection.layer1),
        **_BOX,
        "name": f"Changes: {names_of(run)}",
        "features": run.changes.features,
        "edge_width": box_edge(run.selection.layer1),
        "metadata": _record(run),
    }
    return np.stack(run.changes.rectangles), options, "shapes"


def _table(run: CompareRun) -> Made:
    """Return the rows as points in the middle of what they tell of."""
    channel = run.inputs.channels[0]
    points = np.tile((np.array(channel.shape) - 1) / 2, (len(run.table), 1))
    if "T" in channel.axes:
        points[:, 0] = run.table["t"]
    if run.inputs.z is not None:
        points[:, channel.axes.index("Z")] = run.inputs.z
    first = [*(["t"] if len(run.table) > 1 else []), *run.options.measures]
    table = run.table.reset_index(drop=True)
    options = {
        **placement(run.selection.layer1),
        "name": f"Comparison: {names_of(run)}",
        "features": table[[*first, *(name for name in table if name not in first)]],
        "metadata": _record(run),
        **point_look(channel),
    }
    return points, options, "points"


def box_edge(layer: Any) -> float:
    """Return the width of lines that are seen on a layer, in its pixels."""
    data = layer.data[0] if layer.multiscale else layer.data
    return float(max(0.5, min(data.shape[-2:]) / 250))


def _record(run: CompareRun) -> dict[str, Any]:
    """Return what a result layer remembers of the run, JSON-able."""
    names = [run.selection.layer1.name, run.selection.layer2.name]
    return {"covoxel": {**run.table.attrs["covoxel"], "layers": names, "derived": True}}
