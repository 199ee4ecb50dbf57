"""Split a gray stack that holds channels into one layer per channel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.gui.viewer.layers import placement
from covoxel.gui.viewer.reader import channel_colormap, color_by_number, get_reader, placed_by_file
from covoxel.image.channel import AXES
from covoxel.io.errors import ImageError
from covoxel.io.load import load

if TYPE_CHECKING:
    from covoxel.analysis.result import LayerData
from covoxel.io.series import Series

#: Plausible numbers of channels.
_FEWEST, _MOST = 2, 6
#: Names of a channel axis.
_NAMES = ("c", "ch", "channel", "channels")


def guess_channel_axis(layer: Any) -> int | None:
    """Return the likely channel axis of an image layer, if there is one.

    It is the one that the layer or its file names, else the only one of length 2 to 6, except
    the last two.
    """
    outer = range(layer.ndim - 2)
    if layer.rgb or not outer:
        return None
    labels = [str(label).lower() for label in layer.axis_labels]
    named = [axis for axis in outer if labels[axis] in _NAMES]
    if named or set(labels) <= {*AXES.lower()}:
        return named[0] if len(named) == 1 else None
    series = _series(layer)
    if series is not None:
        return series.axes.index("C")
    shape = _shape(layer)
    small = [axis for axis in outer if _FEWEST <= shape[axis] <= _MOST]
    return small[0] if len(small) == 1 else None


def split_stack(layer: Any, axis: int) -> list[LayerData]:
    """Split a stack into its channels; no pixel is copied or read.

    `layer`: napari image layer that is no RGB picture.
    `axis`: the axis of channels, none of the last two.

    Returns
    -------
    list of LayerData
        With names and colours of the file, else by number, the first two as preferred, and
        placed like the stack; where that has no voxel size, the file's is used.
    """
    series = _series(layer)
    if series is not None and series.axes.index("C") != axis:
        series = None
    shared = placement(layer, [i for i in range(layer.ndim) if i != axis])
    if series is not None and _unplaced(layer):
        shared |= placed_by_file(series, series.axes.replace("C", ""))
    shared |= {"blending": "additive", "multiscale": layer.multiscale}
    return [
        (_part(layer, axis, number), {**shared, **_own(layer, axis, number, series)}, "image")
        for number in range(_shape(layer)[axis])
    ]


def is_splittable(layer: Any, *, refused: bool) -> bool:
    """Whether a layer looks like a stack of channels, or is an RGB picture that is `refused`."""
    return layer is not None and (
        guess_channel_axis(layer) is not None or (refused and bool(layer.rgb))
    )


def add_channels(viewer: Any, layer: Any) -> list[Any]:
    """Add the channels of a stack or an RGB picture as layers, hide it, and return them."""
    from napari.layers import Layer
    from napari.layers.utils.stack_utils import split_rgb

    axis = guess_channel_axis(layer)
    parts: list[Any] = []
    if layer.rgb:
        parts = split_rgb(layer)
    elif axis is not None:
        parts = [Layer.create(*one) for one in split_stack(layer, axis)]
    for part in parts:
        viewer.add_layer(part)
    layer.visible = not parts
    return parts


def _unplaced(layer: Any) -> bool:
    """Whether a layer has no voxel size, as from napari's own reader."""
    plain = np.allclose(layer.scale, 1) and all(str(unit) == "pixel" for unit in layer.units)
    return plain and np.array_equal(layer.affine.affine_matrix, np.eye(layer.ndim + 1))


def _shape(layer: Any) -> tuple[int, ...]:
    return tuple((layer.data[0] if layer.multiscale else layer.data).shape)


def _part(layer: Any, axis: int, number: int) -> Any:
    """Return a view of one channel."""
    at = (slice(None),) * axis + (number,)
    return [level[at] for level in layer.data] if layer.multiscale else layer.data[at]


def _own(layer: Any, axis: int, number: int, series: Series | None) -> dict[str, Any]:
    """Return name, colour and source of a channel."""
    if series is None:
        name, color = f"channel {number + 1}", color_by_number(number)
    else:
        name, color = series.names[number], channel_colormap(series, number)
    options: dict[str, Any] = {"name": f"{layer.name}: {name}", "colormap": color}
    if _path(layer) is not None:
        source = {"path": layer.source.path, "series": 0, "channel": number + 1}
        if series is None:
            spatial = AXES[len(AXES) + 1 - layer.ndim :]
            source["axes"] = f"{spatial[:axis]}C{spatial[axis:]}"
        options["metadata"] = {"covoxel": {"source": source}}
    return options


def _path(layer: Any) -> Path | None:
    """Return the file from which a layer was opened, if any."""
    path = layer.source.path
    return None if path is None or get_reader(path) is None else Path(path)


def _series(layer: Any) -> Series | None:
    """Return the image in the file of a layer, if it names a channel axis."""
    path = _path(layer)
    try:
        found = [] if path is None else load(path)[1][:1]
    except ImageError:
        return None
    for series in found:
        fits = series.levels[0].shape == _shape(layer) and not series.rgb
        if fits and "C" in series.axes[:-2] and series.sizes["C"] == series.n_channels:
            return series
    return None
