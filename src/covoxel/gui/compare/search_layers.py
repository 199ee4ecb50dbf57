"""The layers of what was looked for: places, boxes, and matches on both images side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.gui.compare.layers import Made, box_edge
from covoxel.gui.compare.search import KEY_POINTS, SMALL_IMAGE
from covoxel.gui.running.jobs import gc_pause
from covoxel.gui.viewer.layers import add_or_update_layer, placement, show_table

if TYPE_CHECKING:
    from covoxel.gui.compare.search import Searched
    from covoxel.similarity.boxes import Boxes

_COLORS = ("orange", "cyan", "magenta", "lime", "yellow", "red", "deepskyblue", "white")
#: Of the key points of both images.
_ENDS = ("magenta", "lime")
#: Diameter of a place on the screen, in its pixels.
_POINT = (8, 12)


class SearchLayers:
    """Adds what was found, and replaces what an earlier search of its kind has found.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._made: dict[str, list[Any]] = {}

    def show(self, searched: Searched) -> Iterator[None]:
        """Put what was found into the viewer, step by step; side by side is not shown yet."""
        for layer in self.held(searched.what):
            self._viewer.layers.remove(layer)
        made = self._made[searched.what] = []
        with gc_pause():
            active = self._viewer.layers.selection.active
            for data, options, kind in _LAYERS.get(searched.what, _repeats)(searched):
                made.append((yield from add_or_update_layer(self._viewer, data, options, kind)))
                yield
            if active is not None and active in self._viewer.layers:
                self._viewer.layers.selection.active = active

    def held(self, what: str) -> list[Any]:
        """Return the layers of a search that are still there."""
        return [layer for layer in self._made.get(what, ()) if layer in self._viewer.layers]

    def open_table(self, what: str) -> None:
        """Open napari's table of what was found."""
        if self.held(what):
            show_table(self._viewer, self.held(what)[-1])


def _small_image(searched: Searched) -> Iterator[Made]:
    import pandas as pd

    found: Any = searched.found
    if not len(found.scores):
        return
    selection = searched.selection
    name = f"{selection.layer2.name} in {selection.layer1.name}"
    scores = pd.DataFrame({"score": found.scores})
    yield _boxes(searched, f"Boxes: {name}", found.boxes, scores)
    yield _places(searched, f"Found: {name}", found.centers, scores)


def _repeats(searched: Searched) -> Iterator[Made]:
    import pandas as pd

    found: Any = searched.found
    if not len(found):
        return
    numbers = np.arange(1, len(found) + 1)
    told = {"pair": numbers, "correlation": found.correlation, "blocks": found.blocks}
    table = pd.DataFrame(told)
    name = searched.selection.layer1.name
    for side, boxes in enumerate((found.boxes1, found.boxes2), start=1):
        yield _boxes(searched, f"Repeats {side}: {name}", boxes, table)
    axes = "zyx"[-found.boxes1.start.shape[1] :]
    for side, boxes in enumerate((found.boxes1, found.boxes2), start=1):
        for end, corners in (("start", boxes.start), ("stop", boxes.stop)):
            table = table.assign(
                **{f"{end}{side}_{axis}": corners[:, i] for i, axis in enumerate(axes)}
            )
    yield _places(searched, f"Repeats: {name}", _middle(found.boxes1), table)


def _key_points(searched: Searched) -> Iterator[Made]:
    import pandas as pd

    found: Any = searched.found
    if not len(found.points1):
        return
    layer, other = searched.selection.layer1, searched.selection.layer2
    place = {**placement(layer, range(layer.ndim - 2, layer.ndim)), "visible": False}
    place["metadata"] = _record(searched)
    table = pd.DataFrame({"match": np.arange(1, len(found.points1) + 1)})
    side_by_side = found.side_by_side()
    limits = (0, float(np.quantile(side_by_side, 0.998)) or 1.0)
    names = f"{layer.name} | {other.name}"
    yield side_by_side, {**place, "name": names, "contrast_limits": limits}, "image"
    look = {"shape_type": "line", "edge_color": "yellow", "edge_width": box_edge(layer) / 3}
    lines = found.lines()
    yield lines, {**place, **look, "name": f"Matches: {names}", "features": table}, "shapes"
    for end, (source, color) in enumerate(zip((layer, other), _ENDS, strict=True)):
        rings = {**place, **_rings(color), "name": f"Key points: {source.name}", "features": table}
        yield lines[:, end], rings, "points"


_LAYERS = {SMALL_IMAGE: _small_image, KEY_POINTS: _key_points}


def _boxes(searched: Searched, name: str, boxes: Boxes, rows: Any) -> Made:
    drawn, owner = boxes.rectangles()
    options = {
        **placement(searched.selection.layer1),
        "name": name,
        "edge_color": [_COLORS[number % len(_COLORS)] for number in owner],
        "face_color": "transparent",
        "edge_width": box_edge(searched.selection.layer1),
        "opacity": 1.0,
        "features": rows.iloc[owner].reset_index(drop=True),
        "metadata": _record(searched),
    }
    return np.stack([_led(searched, corners) for corners in drawn]), options, "shapes"


def _places(searched: Searched, name: str, points: FloatArray, rows: Any) -> Made:
    options = {
        **placement(searched.selection.layer1),
        **_rings("white"),
        "name": name,
        "features": rows,
        "metadata": _record(searched),
    }
    return _led(searched, points), options, "points"


def _rings(color: str) -> dict[str, Any]:
    return {
        "size": 4,
        "canvas_size_limits": _POINT,
        "face_color": "transparent",
        "border_color": color,
        "border_width": 0.2,
    }


def _led(searched: Searched, points: FloatArray) -> FloatArray:
    """Return points of a frame or plane in all axes of image 1."""
    lead = np.broadcast_to(np.asarray(searched.lead, np.float64), (len(points), len(searched.lead)))
    return np.hstack([lead, points])


def _middle(boxes: Boxes) -> FloatArray:
    middle: FloatArray = (boxes.start + boxes.stop - 1) / 2
    return middle


def _record(searched: Searched) -> dict[str, Any]:
    """Return what a result layer remembers, JSON-able."""
    selection = searched.selection
    names = [selection.layer1.name, *([] if selection.layer2 is None else [selection.layer2.name])]
    return {"covoxel": {"searched": searched.what, "layers": names, "derived": True}}
