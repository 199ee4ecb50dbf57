"""The layers that the Map widget adds: the plane in view, the map, what is beyond, the table."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from covoxel.analysis.image_layers import placed
from covoxel.analysis.map.options import MEANINGS, look_of
from covoxel.gui.running.result_layers import ResultLayers, on_channels, provenance, rows_layer
from covoxel.gui.viewer.layers import placement
from covoxel.gui.viewer.temporary_view import remove_layers

if TYPE_CHECKING:
    from covoxel.analysis.result import LayerData
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


class MapLayers(ResultLayers):
    """Adds result layers, and the map of the plane in view."""

    _preview: Any = None
    _source: Any = None

    def is_preview(self, layer: Any) -> bool:
        """Whether a layer is the map of the plane in view."""
        return layer is not None and layer is self._preview

    def preview(self, preview: Preview, source: Any) -> None:
        """Show the map of a plane, in the layer of the one before where it lies there too."""
        look = look_of(preview.options.kind, preview.image)
        layer = self._preview if self._source is source else None
        if layer is None or layer.data.shape != preview.image.shape:
            self.drop_preview()
            self._add_preview(preview, source, look)
            return
        layer.data = preview.image
        if layer.colormap.name != look["colormap"]:
            layer.colormap = look["colormap"]
        if tuple(layer.contrast_limits) != look["contrast_limits"]:
            layer.contrast_limits = look["contrast_limits"]

    def _add_preview(self, preview: Preview, source: Any, look: dict[str, Any]) -> None:
        from napari.layers import Image

        with self.unchanged_selection():
            self._preview, self._source = (
                Image(
                    preview.image,
                    name=PREVIEW,
                    metadata={"covoxel": {"derived": True}},
                    **placement(source, range(source.ndim - 2, source.ndim)),
                    **look,
                ),
                source,
            )
            self._viewer.add_layer(self._preview)

    def drop_preview(self) -> None:
        """Take the map of a plane away."""
        layer, self._preview, self._source = self._preview, None, None
        if layer is not None:
            deque(remove_layers(self._viewer, [layer]), maxlen=0)

    def show(self, run: MapRun, on_row: Callable[[int], None]) -> Iterator[None]:
        """Put map, what is beyond, and table into the viewer, step by step."""
        layers = _layers(run)
        yield from self.add(layers)
        self.link(self.held("table"), [run.selection.region], on_row)
        for image in self.held("map"):
            image.visible = image.colorbar.visible = True
            image.colormap = layers["map"][0][1]["colormap"]
        for labels in self.held("beyond"):
            labels.visible, labels.contour = True, 1


def _layers(run: MapRun) -> dict[str, list[LayerData]]:
    """Return the layers of a run in groups."""
    title, source = TITLES[run.options.kind], run.selection.layer1
    names = f"{source.name} × {run.selection.layer2.name}"
    region, meaning = run.selection.region, MEANINGS[run.options.kind]
    metadata = provenance(
        run,
        meaning=meaning,
        region=None if region is None else region.name,
        t=run.inputs.t,
        **({"beyond": run.thresholds} if run.thresholds else {}),
    )
    channel = run.result.image.with_data(run.image)
    look = {**placed(channel), "metadata": metadata, "name": f"{title}: {names}"}
    image = on_channels((run.image, look | look_of(run.options.kind, run.image), "image"), run)
    numbers = [name for name in _NUMBERS if name in run.table]
    table, options, kind = rows_layer(run, numbers=numbers, title=f"{title} by region")
    rows: LayerData = table, options | {"metadata": metadata}, kind
    groups: dict[str, list[LayerData]] = {"map": [image], "beyond": [], "table": [rows]}
    if run.beyond is not None:
        colors = {"name": f"Beyond chance: {names}", "colormap": _BEYOND, "opacity": 0.9}
        beyond, place, _ = on_channels((run.beyond, look | colors, "image"), run)
        groups["beyond"] = [(beyond, place, "labels")]
    return groups
