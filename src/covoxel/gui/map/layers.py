"""The layers that the Map widget adds: the plane in view, the map, what is beyond, the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.map.options import MEANINGS, look_of
from covoxel.core.types import AnyArray
from covoxel.gui.collector import without_collection
from covoxel.gui.placement import placement
from covoxel.gui.put import put, show_table
from covoxel.gui.results import table_layer

if TYPE_CHECKING:
    from covoxel.gui.map.preview import Preview
    from covoxel.gui.map.run import MapRun

PREVIEW = "Map preview"
#: Names of the result layers, by what is mapped.
TITLES = {
    "correlation": "Correlation",
    "manders1": "Manders M1",
    "manders2": "Manders M2",
    "pdm": "PDM",
    "nmdp": "nMDP",
    "li": "Li",
    "colocalized": "Both",
}
#: What is seen first in the table.
_NUMBERS = ("mean", "standard_deviation", "minimum", "maximum", "pixels", "undefined", "beyond")
_BEYOND = {None: "transparent", 0: "transparent", 1: "gold", 2: "deepskyblue"}


class MapLayers:
    """Adds result layers, and replaces those of an earlier run of the same channels.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._preview: Any = None
        self._source: Any = None
        self._table: Any = None

    def is_preview(self, layer: Any) -> bool:
        """Whether a layer is the map of the plane in view."""
        return layer is not None and layer is self._preview

    def preview(self, preview: Preview, source: Any) -> None:
        """Show the map of a plane, in the layer of the one before where it lies there too."""
        look = look_of(preview.options.kind, preview.image)
        layer = self._preview if self._source is source else None
        if layer is None or layer.data.shape != preview.image.shape:
            self.drop_preview()
            with without_collection():
                layer = self._added_preview(preview, source, look)
        else:
            layer.data = preview.image
        for name, value in look.items():
            if not _same(getattr(layer, name), value):
                setattr(layer, name, value)

    def _added_preview(self, preview: Preview, source: Any, look: dict[str, Any]) -> Any:
        from napari.layers import Image

        layers, active = self._viewer.layers, self._viewer.layers.selection.active
        layer = Image(
            preview.image,
            name=PREVIEW,
            metadata={"covoxel": {"derived": True}},
            **placement(source, range(source.ndim - 2, source.ndim)),
            **look,
        )
        self._preview, self._source = layer, source
        self._viewer.add_layer(layer)
        if active is not None and active in layers:
            layers.selection.active = active
        return layer

    def drop_preview(self) -> None:
        """Take the map of a plane away."""
        layer, self._preview, self._source = self._preview, None, None
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    def show(self, run: MapRun) -> Iterator[None]:
        """Put map, what is beyond, and table into the viewer, step by step."""
        with without_collection():
            active = self._viewer.layers.selection.active
            source = run.choice.layer1
            names = f"{source.name} × {run.choice.layer2.name}"
            told = {"metadata": _record(run), **_place(run)}
            look = look_of(run.options.kind, run.image)
            options = {**told, "name": f"{TITLES[run.options.kind]}: {names}", **look}
            layer = yield from put(self._viewer, _framed(run, run.image), options, "image")
            layer.visible = True
            for name, value in look.items():
                setattr(layer, name, value)
            layer.colorbar.visible = True
            yield
            yield from self._show_beyond(run, {**told, "name": f"Beyond chance: {names}"})
            numbers = [name for name in _NUMBERS if name in run.table]
            table, options, kind = table_layer(
                run.table,
                source,
                axes=run.choice.axes,
                positions=run.positions,
                numbers=numbers,
                title=f"{TITLES[run.options.kind]} by region",
            )
            options["metadata"] = _record(run)
            self._table = yield from put(self._viewer, table, options, kind)
            self._choose(active)

    def _show_beyond(self, run: MapRun, options: dict[str, Any]) -> Iterator[None]:
        layers = self._viewer.layers
        if run.beyond is None:
            name = options["name"]
            if name in layers and "covoxel" in layers[name].metadata:
                layers.remove(name)
            return
        layer = yield from put(
            self._viewer,
            _framed(run, run.beyond),
            options,
            "labels",
            colormap=_BEYOND,
            opacity=0.9,
        )
        layer.contour = 1
        layer.visible = True

    def open_table(self) -> None:
        """Open napari's table of the rows."""
        if self._table is not None:
            show_table(self._viewer, self._table)

    def _choose(self, active: Any) -> None:
        if active is not None and active in self._viewer.layers:
            self._viewer.layers.selection.active = active


def _same(shown: Any, wanted: Any) -> bool:
    if isinstance(wanted, str):
        return bool(shown.name == wanted)
    return bool(np.array_equal(shown, wanted))


def _framed(run: MapRun, image: AnyArray) -> AnyArray:
    """Return a map with all axes of the channels, also that of one time point."""
    return image if run.inputs.t is None else image[None]


def _place(run: MapRun) -> dict[str, Any]:
    """Return where a map lies; that of one time point is shown at no other."""
    source, ndim = run.choice.layer1, len(run.inputs.channels[0].axes)
    place = placement(source, range(source.ndim - ndim, source.ndim))
    if run.inputs.t is not None:
        moved = np.array(place["translate"])
        moved[0] += run.inputs.t * place["scale"][0]
        place["translate"] = moved
    return place


def _record(run: MapRun) -> dict[str, Any]:
    """Return what a result layer remembers of the run, JSON-able."""
    layers = [run.choice.layer1.name, run.choice.layer2.name]
    told = {
        **run.table.attrs["covoxel"],
        "meaning": MEANINGS[run.options.kind],
        "layers": layers,
        "region": None if run.choice.region is None else run.choice.region.name,
        "t": run.inputs.t,
        "derived": True,
    }
    if run.thresholds:
        told["beyond"] = list(run.thresholds)
    return {"covoxel": told}
