"""The layers that the Compare widget adds: maps, boxes of what changed, and the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.gui.running.result_layers import ResultLayers, on_channels, provenance, rows_layer
from covoxel.gui.running.selection import full_data
from covoxel.gui.viewer.layers import placement

if TYPE_CHECKING:
    from covoxel.analysis.result import LayerData
    from covoxel.gui.compare.run import CompareRun

#: Maps by what they are called in the widget, with how their titles in the analysis begin.
MAPS = {"difference": "difference", "SSIM": "ssim_map"}


class CompareLayers(ResultLayers):
    """Adds result layers, and takes those of an earlier pair of images away."""

    def show(self, run: CompareRun, on_row: Callable[[int], None]) -> Iterator[None]:
        """Put table, boxes and maps into the viewer, step by step; maps are not shown yet."""
        yield from self.add(_layers(run), others=False)
        self.link(self.held("table"), [], on_row)


def _layers(run: CompareRun) -> dict[str, list[LayerData]]:
    """Return the layers of a run in groups."""
    one, other = run.selection.layer1.name, run.selection.layer2.name
    names = {"difference": f"Difference: {one} − {other}", "SSIM": f"SSIM: {one} × {other}"}
    metadata = provenance(run)
    hidden = {"metadata": metadata, "visible": False}
    groups: dict[str, list[LayerData]] = {
        what: [
            on_channels((data, options | hidden | {"name": names[what]}, kind), run)
            for data, options, kind in run.layers
            if options["name"].startswith(title)
        ]
        for what, title in MAPS.items()
    }
    boxes = {
        **placement(run.selection.layer1),
        "name": f"Changes: {one} × {other}",
        "features": run.changes.features,
        "edge_color": "orange",
        "face_color": "transparent",
        "edge_width": box_edge(run.selection.layer1),
        "opacity": 1.0,
        "metadata": metadata,
    }
    found = run.changes.rectangles
    groups["changes"] = [(np.stack(found), boxes, "shapes")] if found else []
    table, options, kind = rows_layer(run, numbers=run.options.measures, title="Comparison")
    groups["table"] = [(table, options | {"metadata": metadata}, kind)]
    return groups


def box_edge(layer: Any) -> float:
    """Return the width of lines that are seen on a layer, in its pixels."""
    return float(max(0.5, min(full_data(layer).shape[-2:]) / 250))
