"""Results as napari layers, placed like their source; the user's own layers stay as they are."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.measure.schema import MEASURES
from covoxel.core.types import AnyArray, FloatArray, Progress
from covoxel.gui.viewer.reader import LayerData
from covoxel.gui.viewer.tables import LabelsTable, row_positions
from covoxel.image.channel import Channel, as_channel, block_slices

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.analysis.result import LayerData


#: Diameter of a point on the screen, in its pixels.
_POINT = (6, 9)
#: What is seen first of a table of `covoxel.measure`.
_NUMBERS = tuple(column.name for column in MEASURES)
#: What tells rows apart, beside their label.
_TELLING = ("channel1", "channel2", "t", "z")
#: Label of the mask layer for pixels that are marked in the histogram; 1 is colocalized.
LASSOED = 2


def table_layer(
    table: pd.DataFrame,
    source: Any,
    *,
    mask: Any = None,
    labels: Any = None,
    shapes: Sequence[Any] | None = None,
    axes: str | None = None,
    positions: FloatArray | None = None,
    numbers: Sequence[str] = _NUMBERS,
    title: str = "Table",
) -> LayerData:
    """Return a table as a Points layer, one point a row, at the centroid of its region.

    Parameters
    ----------
    table : pandas.DataFrame
        What `covoxel.measure` returned.
    source : napari image layer
        One of the layers that were measured.
    mask, labels, shapes, axes
        As they were given to `covoxel.measure`.
    positions : (rows, axes) float array, optional
        What `row_positions` returned for them, where a thread has called it.
    numbers : sequence of str
        The columns that are seen first, after those that tell rows apart.
    title : str
        Of the layer, before the names of the channels.

    Returns
    -------
    LayerData
        A region without pixels has its point in the middle of the frame, not shown: napari
        knows no point without a place, and a mark where nothing is would mislead.
    """
    channel = as_channel(source, axes=axes)
    if positions is None:
        positions = row_positions(table, channel, mask=mask, labels=labels, shapes=shapes)
    nowhere = np.isnan(positions).any(axis=1)
    middle = (np.array(channel.shape) - 1) / 2
    features = _main_first(table.reset_index(drop=True), numbers)
    features.insert(0, "row", np.arange(len(table)))
    options = {
        **placement(source),
        "name": f"{title}: {_pair(table)}",
        "features": features,
        "metadata": _record(table),
        "shown": ~nowhere,
        **point_look(channel),
    }
    return np.where(np.isnan(positions), middle, positions), options, "points"


def point_look(channel: Channel) -> dict[str, Any]:
    """Return how the points of a table look: small rings that hide nothing."""
    return {
        "size": max(1.0, min(channel.shape[-2:]) / 100),
        "canvas_size_limits": _POINT,
        "face_color": "transparent",
        "border_color": "white",
        "border_width": 0.2,
    }


def _main_first(table: pd.DataFrame, numbers: Sequence[str]) -> pd.DataFrame:
    """Return a table whose first columns, those in sight, tell rows apart and show numbers."""
    varied = [name for name in _TELLING if table[name].nunique(dropna=False) > 1]
    first = ["label", *varied, *(name for name in numbers if name in table)]
    return table[[*first, *(name for name in table if name not in first)]]


def _pair(table: pd.DataFrame) -> str:
    """Return the channels of a table in words."""
    pairs = table[["channel1", "channel2"]].drop_duplicates()
    if len(pairs) == 1:
        return " × ".join(pairs.iloc[0])
    return f"{len(pairs)} pairs"


def _record(table: pd.DataFrame) -> dict[str, Any]:
    """Return what a result layer remembers of the run, JSON-able."""
    names = [*table["channel1"], *table["channel2"]]
    return {"covoxel": {**table.attrs.get("covoxel", {}), "layers": list(dict.fromkeys(names))}}


def labels_copy_layer(copy: LabelsTable, table: pd.DataFrame, labels_layer: Any) -> LayerData:
    """Return a copy of a Labels layer that has a table for its features.

    Parameters
    ----------
    copy : LabelsTable
        What `labels_table` returned for the layer's data.
    table : pandas.DataFrame
        What `covoxel.measure` returned.
    labels_layer : napari Labels layer
        The layer that was copied.
    """
    options = {
        **placement(labels_layer),
        "name": f"{labels_layer.name}: {_pair(table)}",
        "features": copy.features,
        "metadata": _record(table),
        "opacity": 0.4,
    }
    return copy.image, options, "labels"


def mask_array(colocalized: Channel, progress: Progress | None = None) -> AnyArray:
    """Compute where both channels are above their thresholds, block by block.

    Touches no layer, so that a thread may do it.

    Parameters
    ----------
    colocalized : Channel
        What `covoxel.analysis.colocalized` returned.
    progress : callable, optional
        Called with (done, total); it may raise `Cancelled`.

    Returns
    -------
    uint8 array
        Of the shape of the channel: 1 where both are, else 0.
    """
    timed = "T" in colocalized.axes
    mask = np.zeros(colocalized.shape, np.uint8)
    blocks = list(block_slices(colocalized.spatial_shape))
    steps = [(t, where) for t in range(colocalized.n_frames) for where in blocks]
    for done, (t, where) in enumerate(steps):
        if progress is not None:
            progress(done, len(steps))
        frame = mask[t] if timed else mask
        frame[where] = colocalized.read(t, where) != 0
    return mask


def mask_layer(
    mask: AnyArray, source: Any, table: pd.DataFrame, *, color: str = "yellow"
) -> LayerData:
    """Return the colocalized pixels as a Labels layer.

    Parameters
    ----------
    mask : uint8 array
        What `mask_array` returned.
    source : napari image layer
        One of the layers that were measured.
    table : pandas.DataFrame
        The rows of their pair.
    color : str
        The colour of the pixels.
    """
    options = {
        **placement(source),
        "name": f"Colocalized: {_pair(table)}",
        "metadata": _record(table),
        "colormap": {None: "transparent", 0: "transparent", 1: color, LASSOED: "white"},
        "opacity": 0.5,
    }
    return mask, options, "labels"


def placement(
    layer: Any, kept: Sequence[int] | None = None, corner: Sequence[float] | None = None
) -> dict[str, Any]:
    """Return the options that put another layer where `layer` lies.

    Parameters
    ----------
    layer : napari layer
    kept : sequence of int, optional
        The axes of `layer` that the other layer has; default all.
    corner : sequence of float, optional
        Where the other layer begins along these axes, in pixels of `layer`; default the first.

    Returns
    -------
    dict
        Scale, translate, rotate, shear, affine, units and axis labels.
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
    """Add a layer, or renew the one that an earlier run has left, and return it.

    Each layer that napari removes costs a search through all objects, which stops the window.
    Between its steps the window may have its turn: what napari needs for one layer is long enough.
    """
    from napari.layers import Layer

    name = options["name"]
    if name in viewer.layers:
        layer = viewer.layers[name]
        if "covoxel" in layer.metadata:  # else it is the user's own
            if type(layer).__name__.lower() == kind and _renewed(layer, data, options, kind):
                return layer
            viewer.layers.remove(name)
    layer = Layer.create(data, {**options, **more}, kind)
    yield
    return viewer.add_layer(layer)


def _renewed(layer: Any, data: Any, options: dict[str, Any], kind: str) -> bool:
    """Give a layer that lies in the same place what a new one would hold; False elsewhere."""
    here = [np.asarray(getattr(layer, name)) for name in ("scale", "translate")]
    there = [np.asarray(options[name]) for name in ("scale", "translate")]
    ndim = data.ndim if kind in ("image", "labels") else data.shape[-1]
    if layer.ndim != ndim or not all(
        one.shape == other.shape and np.allclose(one, other)
        for one, other in zip(here, there, strict=True)
    ):
        return False
    layer.data = (data, ["rectangle"] * len(data)) if kind == "shapes" else data
    for name in ("edge_width", "features", "shown", "metadata"):
        if name in options:
            setattr(layer, name, options[name])
    return True


def show_table(viewer: Any, layer: Any) -> None:
    """Open napari's table of a layer's rows."""
    if layer in viewer.layers:
        viewer.layers.selection.active = layer
        viewer.window.add_plugin_dock_widget("napari", "Features table widget", tabify=True)
