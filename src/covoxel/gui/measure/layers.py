"""The layers that the Measure widget adds to the viewer, and keeps up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from covoxel.gui.preferences import preferences
from covoxel.gui.running.result_layers import ResultLayers, provenance, rows_layer
from covoxel.gui.running.selection import plane_in_view
from covoxel.gui.viewer.layers import LASSOED, labels_copy_layer, mask_layer, pair_name, placement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from covoxel.core.types import AnyArray, BoolArray
    from covoxel.gui.measure.run import MeasureRun


class MeasureLayers(ResultLayers):
    """Adds mask, table and labelled regions, and updates the mask."""

    def show(self, run: MeasureRun, on_row: Callable[[int], None]) -> Iterator[None]:
        """Add the layers of a run step by step, or update those of the same channels."""
        yield from self.drop("intensities")
        self._made.clear()
        self.unlink()
        source, region = run.selection.layer1, run.selection.region
        color = preferences().mask_color
        groups = {
            "mask": [mask_layer(run.mask, source, run.table, color=color)],
            "table": [rows_layer(run)],
        }
        if run.labelled is not None:
            groups["regions"] = [labels_copy_layer(run.labelled, run.table, region)]
        yield from self.add(groups)
        self.link(self.held("table"), [*self.held("regions"), region], on_row)

    def show_intensities(self, run: MeasureRun, data: AnyArray) -> Iterator[None]:
        """Add the intensities of colocalized pixels as an image."""
        look = {
            **placement(run.selection.layer1),
            "name": f"Intensities: {pair_name(run.table)}",
            "metadata": provenance(run),
            "blending": "additive",
        }
        yield from self.add({"intensities": [(data, look, "image")]})

    def show_plane(self, run: MeasureRun, above: BoolArray) -> None:
        """Show the mask of the plane in view."""
        for layer in self.held("mask"):
            self._plane_of(layer, run)[...] = above
            layer.refresh(extent=False)

    def show_lasso(self, run: MeasureRun, marked: BoolArray | None) -> None:
        """Mark pixels of the plane in view; None removes the marks."""
        for layer in self.held("mask"):
            plane = self._plane_of(layer, run)
            plane[plane == LASSOED] = 0
            if marked is not None:
                plane[marked] = LASSOED
            layer.refresh(extent=False)

    def _plane_of(self, layer: Any, run: MeasureRun) -> AnyArray:
        """Return a view of the mask's plane in view."""
        t, z = plane_in_view(run, self._viewer.dims)
        axes = run.inputs.channels[0].axes
        index = tuple(at for axis, at in (("T", t), ("Z", z)) if axis in axes)
        plane: AnyArray = layer.data[index]
        return plane
