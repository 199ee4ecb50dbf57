"""Where a layer lies in the world, for layers that are made from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from covoxel.analysis.result import LayerData
    from covoxel.gui.choice import RunRecord


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


def on_channels(layer: LayerData, run: RunRecord) -> LayerData:
    """Return a layer that an analysis has made of channels, where the layers of these lie.

    An image gets all axes of the channels; of a single time point or plane it lies there.
    """
    data, options, kind = layer
    source, axes = run.choice.layer1, run.inputs.channels[0].axes
    own = "".join(options["axis_labels"]).upper()
    corner = {"T": run.inputs.t or 0, "Z": run.inputs.z or 0}
    if kind == "image":
        first = np.divide(options.get("translate", 0), options["scale"])
        corner |= dict(zip(own, np.broadcast_to(first, len(own)).tolist(), strict=True))
        sizes = dict(zip(own, data.shape, strict=True))
        data = data.reshape([sizes.get(axis, 1) for axis in axes])
        begins = [corner[axis] for axis in axes]
    else:
        begins = [0] * len(axes)
    kept = range(source.ndim - len(axes), source.ndim)
    return data, options | placement(source, kept, begins), kind
