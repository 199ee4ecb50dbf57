"""Results as napari layers, placed like their source; the user's own layers stay as they are."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.image_layers import rings_look
from covoxel.analysis.measure.schema import MEASURES
from covoxel.core.types import AnyArray, FloatArray, Progress
from covoxel.gui.viewer.tables import LabelsTable
from covoxel.gui.viewer.temporary_view import insert_layer, remove_layers
from covoxel.image.channel import Channel, as_channel, block_slices

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.result import LayerData


#: Diameter of a point on the screen, in its pixels.
_POINT = (6, 9)
#: First columns of the features of `covoxel.measure`.
_NUMBERS = tuple(column.name for column in MEASURES)
#: Columns that identify a row, beside its label.
_IDENTIFYING = ("channel1", "channel2", "t", "z")
#: Label of the mask layer for pixels that are marked in the histogram; 1 is colocalized.
LASSOED = 2


def table_layer(
    table: pd.DataFrame,
    source: Any,
    positions: FloatArray,
    *,
    axes: str | None = None,
    numbers: Sequence[str] = _NUMBERS,
    title: str = "Table",
) -> LayerData:
    """Return a table as a Points layer, one point a row, at the centroid of its region.

    A region without pixels has a hidden point in the middle of the frame.

    `source`: one of the measured layers.
    `positions`: from `row_positions`, (rows, axes).
    `axes`: axes of `source`, where it does not name them.
    `numbers`: the first columns, after those that identify a row.
    `title`: first part of the layer's name.
    """
    channel = as_channel(source, axes=axes)
    middle = (np.array(channel.shape) - 1) / 2
    varied = [name for name in _IDENTIFYING if table[name].nunique(dropna=False) > 1]
    first = [name for name in ("label", *varied, *numbers) if name in table]
    features = table[[*first, *(name for name in table if name not in first)]]
    features = features.reset_index(drop=True)
    features.insert(0, "row", np.arange(len(table)))
    options = {
        **placement(source),
        "name": f"{title}: {pair_name(table)}",
        "features": features,
        "metadata": _record(table),
        "shown": ~np.isnan(positions).any(axis=1),
        **rings_look(max(1.0, min(channel.shape[-2:]) / 100), _POINT),
    }
    return np.where(np.isnan(positions), middle, positions), options, "points"


def pair_name(table: pd.DataFrame) -> str:
    """Return the channels of a table in words."""
    pairs = set(zip(table["channel1"], table["channel2"], strict=True))
    return " × ".join(pairs.pop()) if len(pairs) == 1 else f"{len(pairs)} pairs"


def _record(table: pd.DataFrame) -> dict[str, Any]:
    """Return the metadata of a result layer, JSON-able."""
    names = [*table["channel1"], *table["channel2"]]
    return {"covoxel": {**table.attrs.get("covoxel", {}), "layers": list(dict.fromkeys(names))}}


def labels_copy_layer(copy: LabelsTable, table: pd.DataFrame, labels_layer: Any) -> LayerData:
    """Return the copy that `labels_table` made of a Labels layer, with the table as features."""
    options = {
        **placement(labels_layer),
        "name": f"{labels_layer.name}: {pair_name(table)}",
        "features": copy.features,
        "metadata": _record(table),
        "opacity": 0.4,
        "visible": False,
    }
    return copy.image, options, "labels"


def mask_array(colocalized: Channel, progress: Progress | None = None) -> AnyArray:
    """Return as uint8 where both channels are above their thresholds; safe in a thread.

    `colocalized`: from `MeasureResult.colocalized`; read block by block.
    `progress`: called with (done, total); it may raise `Cancelled`.
    """
    mask = np.zeros(colocalized.shape, np.uint8)
    frames = mask if "T" in colocalized.axes else mask[None]
    blocks = list(block_slices(colocalized.spatial_shape))
    steps = [(t, where) for t in range(colocalized.n_frames) for where in blocks]
    for done, (t, where) in enumerate(steps):
        if progress is not None:
            progress(done, len(steps))
        frames[t][where] = colocalized.read(t, where) != 0
    return mask


def mask_layer(
    mask: AnyArray, source: Any, table: pd.DataFrame, *, color: str = "yellow"
) -> LayerData:
    """Return the mask of colocalized pixels as a Labels layer in a colour."""
    options = {
        **placement(source),
        "name": f"Colocalized: {pair_name(table)}",
        "metadata": _record(table),
        "colormap": {None: "transparent", 0: "transparent", 1: color, LASSOED: "white"},
        "opacity": 0.5,
    }
    return mask, options, "labels"


def placement(
    layer: Any, kept: Sequence[int] | None = None, corner: Sequence[float] | None = None
) -> dict[str, Any]:
    """Return scale, translate, rotate, shear, affine, units and axis labels of a layer.

    Parameters
    ----------
    layer : napari layer
    kept : sequence of int, optional
        The axes to return them for; default all.
    corner : sequence of float, optional
        Origin of another layer along these axes, in pixels of `layer`; default its first pixel.
    """
    from napari.utils.transforms import CompositeAffine

    axes = list(range(layer.ndim) if kept is None else kept)
    own = CompositeAffine(
        scale=layer.scale,
        translate=layer.translate,
        rotate=layer.rotate,
        shear=layer.shear,
        units=layer.units,
        axis_labels=layer.axis_labels,
        ndim=layer.ndim,
    ).set_slice(axes)
    return {
        "scale": own.scale,
        "translate": own.translate if corner is None else own(np.asarray(corner, np.float64)),
        "rotate": own.rotate,
        "shear": own.shear,
        "affine": layer.affine.set_slice(axes).affine_matrix,
        "units": own.units,
        "axis_labels": own.axis_labels,
    }


def add_or_update_layer(
    viewer: Any, data: Any, options: dict[str, Any], kind: str, **more: Any
) -> Generator[None, None, Any]:
    """Add a layer, or update that of an earlier run, and return it; step by step."""
    from napari.layers import Layer

    name = options["name"]
    if name in viewer.layers:
        layer = viewer.layers[name]
        if "covoxel" in layer.metadata:  # else it is the user's own
            if type(layer).__name__.lower() == kind and _updated(layer, data, options, kind):
                return layer
            yield from remove_layers(viewer, [layer])
    layer = Layer.create(data, {**options, **more}, kind)
    yield
    yield from insert_layer(viewer, layer)
    return layer


def _updated(layer: Any, data: Any, options: dict[str, Any], kind: str) -> bool:
    """Update a layer in the same place; return False if it is elsewhere."""
    ndim = data.ndim if kind in ("image", "labels") else data.shape[-1]
    for name in ("scale", "translate"):
        here, there = np.asarray(getattr(layer, name)), np.asarray(options[name])
        if layer.ndim != ndim or here.shape != there.shape or not np.allclose(here, there):
            return False
    layer.data = (data, ["rectangle"] * len(data)) if kind == "shapes" else data
    for name in ("edge_width", "features", "shown", "metadata"):
        if name in options:
            setattr(layer, name, options[name])
    if not isinstance(options.get("border_color", ""), str):  # one for each point
        layer.border_color = options["border_color"]
    return True


def show_table(viewer: Any, layer: Any) -> None:
    """Open napari's table of a layer's rows."""
    if layer in viewer.layers:
        viewer.layers.selection.active = layer
        viewer.window.add_plugin_dock_widget("napari", "Features table widget", tabify=True)
