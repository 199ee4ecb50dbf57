"""The layers of what was looked for: places, boxes, and matches on both images side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.image_layers import rings_look
from covoxel.core.types import FloatArray
from covoxel.gui.compare.layers import box_edge
from covoxel.gui.compare.search import KEY_POINTS, SMALL_IMAGE
from covoxel.gui.running.result_layers import ResultLayers
from covoxel.gui.viewer.layers import placement

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.result import LayerData
    from covoxel.gui.compare.search import SearchRun
    from covoxel.similarity.boxes import Boxes

_COLORS = ("orange", "cyan", "magenta", "lime", "yellow", "red", "deepskyblue", "white")
#: Of the key points of both images.
_ENDS = ("magenta", "lime")
#: Diameter of a place in pixels of the image, and of the screen.
_SIZE, _POINT = 4, (8, 12)


class SearchLayers(ResultLayers):
    """Adds what was found, in place of what an earlier search of its kind has found."""

    def show(self, run: SearchRun) -> Iterator[None]:
        """Put what was found into the viewer, step by step; side by side is not shown yet."""
        yield from self.drop(run.what)
        layers = _LAYERS.get(run.what, _repeats)
        yield from self.add({run.what: layers(run)})


def _small_image(run: SearchRun) -> Iterator[LayerData]:
    import pandas as pd

    found: Any = run.found
    if not len(found.scores):
        return
    name = f"{run.selection.layer2.name} in {run.selection.layer1.name}"
    scores = pd.DataFrame({"score": found.scores})
    yield _boxes(run, f"Boxes: {name}", found.boxes, scores)
    yield _places(run, f"Found: {name}", found.centers, scores)


def _repeats(run: SearchRun) -> Iterator[LayerData]:
    import pandas as pd

    found: Any = run.found
    if not len(found):
        return
    numbers = np.arange(1, len(found) + 1)
    rows = {"pair": numbers, "correlation": found.correlation, "blocks": found.blocks}
    table, name, sides = pd.DataFrame(rows), run.selection.layer1.name, (found.boxes1, found.boxes2)
    for side, boxes in enumerate(sides, start=1):
        yield _boxes(run, f"Repeats {side}: {name}", boxes, table)
    axes = "zyx"[-found.boxes1.start.shape[1] :]
    for side, boxes in enumerate(sides, start=1):
        for end, corners in (("start", boxes.start), ("stop", boxes.stop)):
            for i, axis in enumerate(axes):
                table[f"{end}{side}_{axis}"] = corners[:, i]
    middle = (found.boxes1.start + found.boxes1.stop - 1) / 2
    yield _places(run, f"Repeats: {name}", middle, table)


def _key_points(run: SearchRun) -> Iterator[LayerData]:
    import pandas as pd

    found: Any = run.found
    if not len(found.points1):
        return
    layer, other = run.selection.layer1, run.selection.layer2
    place = {**placement(layer, range(layer.ndim - 2, layer.ndim)), "visible": False}
    place["metadata"] = _metadata(run)
    table = pd.DataFrame({"match": np.arange(1, len(found.points1) + 1)})
    side_by_side = found.side_by_side()
    limits = (0, float(np.quantile(side_by_side, 0.998)) or 1.0)
    names = f"{layer.name} | {other.name}"
    yield side_by_side, {**place, "name": names, "contrast_limits": limits}, "image"
    look = {"shape_type": "line", "edge_color": "yellow", "edge_width": box_edge(layer) / 3}
    lines = found.lines()
    yield lines, {**place, **look, "name": f"Matches: {names}", "features": table}, "shapes"
    for end, (source, color) in enumerate(zip((layer, other), _ENDS, strict=True)):
        rings = {**place, **rings_look(_SIZE, _POINT, color), "features": table}
        rings["name"] = f"Key points: {source.name}"
        yield lines[:, end], rings, "points"


_LAYERS = {SMALL_IMAGE: _small_image, KEY_POINTS: _key_points}


def _boxes(run: SearchRun, name: str, boxes: Boxes, rows: pd.DataFrame) -> LayerData:
    drawn, owner = boxes.rectangles()
    options = {
        **placement(run.selection.layer1),
        "name": name,
        "edge_color": [_COLORS[number % len(_COLORS)] for number in owner],
        "face_color": "transparent",
        "edge_width": box_edge(run.selection.layer1),
        "opacity": 1.0,
        "features": rows.iloc[owner].reset_index(drop=True),
        "metadata": _metadata(run),
    }
    return np.stack([_in_image(run, corners) for corners in drawn]), options, "shapes"


def _places(run: SearchRun, name: str, points: FloatArray, rows: pd.DataFrame) -> LayerData:
    look = {**placement(run.selection.layer1), **rings_look(_SIZE, _POINT), "name": name}
    look |= {"features": rows, "metadata": _metadata(run)}
    return _in_image(run, points), look, "points"


def _in_image(run: SearchRun, points: FloatArray) -> FloatArray:
    """Return points of a frame or plane in all axes of image 1."""
    return np.hstack([np.tile(np.asarray(run.lead, np.float64), (len(points), 1)), points])


def _metadata(run: SearchRun) -> dict[str, Any]:
    """Return what a result layer remembers, JSON-able."""
    names = [layer.name for layer in run.selection.layers[:2] if layer is not None]
    return {"covoxel": {"searched": run.what, "layers": names, "derived": True}}
