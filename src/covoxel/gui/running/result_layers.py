"""The layers of a result in the viewer, in place of those of an earlier run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.memory import gc_pause
from covoxel.gui.viewer.layers import add_or_update_layer, placement, show_table, table_layer
from covoxel.gui.viewer.table_link import TableLink
from covoxel.gui.viewer.temporary_view import remove_layers

if TYPE_CHECKING:
    from covoxel.analysis.result import LayerData
    from covoxel.gui.running.selection import RunRecord


class ResultLayers:
    """Adds layers in groups, and renews those that an earlier run has left."""

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._made: dict[str, list[Any]] = {}
        self._links: dict[str, list[TableLink]] = {}

    def link(
        self,
        points: Iterable[Any],
        labels: Sequence[Any],
        on_row: Callable[[int], None],
        what: str = "table",
    ) -> None:
        """Link the rows of table layers with the labels of their regions, in place of earlier ones.

        `labels`: others than Labels layers are ignored.
        `on_row`: called with the row that is selected.
        `what`: the kind of table.
        """
        self.unlink(what)
        own = [layer for layer in labels if hasattr(layer, "selected_label")] or [None]
        pairs = product(points, own)
        self._links[what] = [TableLink(self._viewer, *pair, on_row) for pair in pairs]

    def unlink(self, what: str = "table") -> None:
        """Disconnect the layers of a kind of table."""
        for link in self._links.pop(what, ()):
            link.disconnect()

    def select_row(self, row: int, what: str = "table") -> None:
        """Select the point of a row, and its label, and bring it into view."""
        for link in self._links.get(what, ()):
            link.select(row)

    def add(
        self, groups: Mapping[str, Iterable[LayerData]], *, others: bool = True
    ) -> Iterator[None]:
        """Add the layers of each group, step by step; a group without any is taken away.

        `groups`: layers by the name of their group.
        `others`: whether layers of other names that a group had before are kept.
        """
        with self.unchanged_selection():
            for what, layers in groups.items():
                wanted = list(layers)
                names = {options["name"] for _, options, _ in wanted}
                if not (wanted and others):
                    yield from self.drop(what, but=names)
                made = self._made[what] = []
                for data, options, kind in wanted:
                    layer = yield from add_or_update_layer(self._viewer, data, options, kind)
                    if "contrast_limits" in options:
                        layer.contrast_limits = options["contrast_limits"]
                    made.append(layer)
                    yield

    @contextmanager
    def unchanged_selection(self) -> Iterator[None]:
        """Select in the end what was selected; keep the search for garbage from interrupting."""
        selection = self._viewer.layers.selection
        active = selection.active
        with gc_pause():
            yield
            if active is not None and active in self._viewer.layers:
                selection.active = active

    def held(self, what: str) -> list[Any]:
        """Return the layers of a group that are still there."""
        return [layer for layer in self._made.get(what, ()) if layer in self._viewer.layers]

    def drop(self, what: str, but: Collection[str] = ()) -> Iterator[None]:
        """Take the layers of a group away, but for those of some names, step by step."""
        gone = [layer for layer in self.held(what) if layer.name not in but]
        self._made.pop(what, None)
        yield from remove_layers(self._viewer, gone)

    def clear(self) -> Iterator[None]:
        """Take all layers away, step by step."""
        for what in [*self._links]:
            self.unlink(what)
        gone = [layer for what in self._made for layer in self.held(what)]
        yield from remove_layers(self._viewer, gone)
        self._made.clear()

    def open_table(self, what: str = "table") -> None:
        """Open napari's table of the last layer of a group."""
        for layer in self.held(what)[-1:]:
            show_table(self._viewer, layer)


def provenance(run: RunRecord, **more: Any) -> dict[str, Any]:
    """Return the metadata of a result layer: what it remembers of the run, JSON-able."""
    names = [run.selection.layer1.name, run.selection.layer2.name]
    return {"covoxel": {**run.table.attrs["covoxel"], "layers": names, "derived": True, **more}}


def rows_layer(run: RunRecord, **look: Any) -> LayerData:
    """Return the rows of a run as points; `look` is that of `table_layer`."""
    axes = run.selection.axes
    return table_layer(run.table, run.selection.layer1, run.positions, axes=axes, **look)


def on_channels(layer: LayerData, run: RunRecord) -> LayerData:
    """Return a layer that an analysis has made of channels, where the layers of these lie.

    An image of a single time point or plane has the axis nevertheless, and lies there.
    """
    data, options, kind = layer
    source, channel_axes = run.selection.layer1, run.inputs.channels[0].axes
    own = "".join(options["axis_labels"]).upper()
    places = {"T": run.inputs.t, "Z": run.inputs.z}
    axes = [axis for axis in channel_axes if axis in own or places.get(axis) is not None]
    begins = [0.0] * len(axes)
    if kind == "image":
        first = np.divide(options.get("translate", 0), options["scale"])
        corner = places | dict(zip(own, np.broadcast_to(first, len(own)), strict=True))
        sizes = dict(zip(own, data.shape, strict=True))
        data = data.reshape([sizes.get(axis, 1) for axis in axes])
        begins = [float(corner[axis] or 0) for axis in axes]
    lead = source.ndim - len(channel_axes)
    kept = [lead + channel_axes.index(axis) for axis in axes]
    return data, options | placement(source, kept, begins), kind
