"""The layers that the Measure widget adds to the viewer, and keeps up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from covoxel.gui.preferences import preferences
from covoxel.gui.running.jobs import gc_pause
from covoxel.gui.running.selection import plane_in_view
from covoxel.gui.viewer.layers import (
    add_or_update_layer,
    labels_copy_layer,
    mask_layer,
    show_table,
    table_layer,
)
from covoxel.gui.viewer.split import guess_channel_axis, split_stack
from covoxel.gui.viewer.table_link import link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from covoxel.core.types import AnyArray, BoolArray
    from covoxel.gui.measure.run import MeasureRun

#: Labels of the mask layer: colocalized pixels, and pixels that a lasso holds.
_COLOCALIZED, _LASSOED = 1, 2


class MeasureLayers:
    """Adds result layers, and replaces those of an earlier run of the same channels.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._mask: Any = None
        self._table: Any = None
        self._link: Any = None

    def show(self, run: MeasureRun, on_row: Callable[[int], None]) -> Iterator[None]:
        """Put mask, table and labelled table into the viewer, step by step on the main thread.

        Layers of an earlier run of the same channels are taken over. Between steps the window
        may have its turn: what napari needs for one layer is long enough.
        """
        with gc_pause():
            yield from self._show(run, on_row)

    def _show(self, run: MeasureRun, on_row: Callable[[int], None]) -> Iterator[None]:
        source, region = run.selection.layer1, run.selection.region
        self._mask = self._table = None
        if self._link is not None:
            self._link.disconnect()
            self._link = None
        chosen = self._viewer.layers.selection.active
        color = preferences().mask_color
        self._mask = yield from add_or_update_layer(
            self._viewer, *mask_layer(run.mask, source, run.table, color=color)
        )
        yield
        points = table_layer(run.table, source, positions=run.positions, axes=run.selection.axes)
        self._table = table = yield from add_or_update_layer(self._viewer, *points)
        yield
        if run.labelled is not None:
            copy = labels_copy_layer(run.labelled, run.table, region)
            region = yield from add_or_update_layer(self._viewer, *copy, visible=False)
            yield
        if hasattr(region, "selected_label"):
            self._link = link(self._viewer, table, region, on_row)
        if chosen is not None and chosen in self._viewer.layers:
            self._viewer.layers.selection.active = chosen

    def open_table(self) -> None:
        """Open napari's table of the rows."""
        if self._table is not None:
            show_table(self._viewer, self._table)

    def show_plane(self, run: MeasureRun, above: BoolArray) -> None:
        """Show the mask of the plane in view."""
        layer = self._held_mask()
        if layer is not None:
            self._plane_of(layer, run)[...] = above
            layer.refresh(extent=False)

    def show_lasso(self, run: MeasureRun, marked: BoolArray | None) -> None:
        """Show the pixels of the plane in view that a lasso holds; None takes them away."""
        layer = self._held_mask()
        if layer is None:
            return
        plane = self._plane_of(layer, run)
        plane[plane == _LASSOED] = 0
        if marked is not None:
            plane[marked] = _LASSOED
        layer.refresh(extent=False)

    def _held_mask(self) -> Any:
        return self._mask if self._mask is not None and self._mask in self._viewer.layers else None

    def _plane_of(self, layer: Any, run: MeasureRun) -> AnyArray:
        """Return the plane in view of the mask, to be written to."""
        t, z = plane_in_view(run, self._viewer.dims)
        axes = run.inputs.channels[0].axes
        index = tuple(at for axis, at in (("T", t), ("Z", z)) if axis in axes)
        plane: AnyArray = layer.data[index]
        return plane

    def splits(self, layer: Any) -> bool:
        """Whether a layer looks like a stack of channels."""
        return layer is not None and guess_channel_axis(layer) is not None

    def split(self, layer: Any) -> list[Any]:
        """Split a stack into one layer per channel, hide the stack, and return the layers."""
        from napari.layers import Layer

        axis = guess_channel_axis(layer)
        if axis is None:
            return []
        parts = [Layer.create(*part) for part in split_stack(layer, axis)]
        for part in parts:
            self._viewer.add_layer(part)
        layer.visible = False
        return parts
