"""Where a layer lies in the world, for layers that are made from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def placement(layer: Any, kept: Sequence[int] | None = None) -> dict[str, Any]:
    """Return the options that put another layer where `layer` lies.

    Parameters
    ----------
    layer : napari layer
    kept : sequence of int, optional
        The axes of `layer` that the other layer has; default all.

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
        "translate": own.translate,
        "rotate": own.rotate,
        "shear": own.shear,
        "affine": layer.affine.set_slice(axes).affine_matrix,
        "units": own.units,
        "axis_labels": own.axis_labels,
    }
