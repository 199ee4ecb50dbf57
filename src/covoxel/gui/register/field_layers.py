"""Displacement fields as layers of the viewer, where the channels lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.gui.placement import placement
from covoxel.gui.reader import LayerData
from covoxel.registration.field.layer import (
    NAMES,
    arrows,
    image_look,
    points_look,
    vectors_look,
)

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.gui.register.field_run import FieldRun

#: Columns that are seen first in the table.
_FIRST = ("valid", "reason", "correlation", "uncertainty", "length", "length_um")


def field_layers(run: FieldRun) -> list[LayerData]:
    """Return the length of displacements, the arrows, and the table of tiles.

    Parameters
    ----------
    run : FieldRun
    """
    fields, source = [found.field for found in run.fields.values()], run.choice.layer1
    names = run.choice.layer1.name, run.choice.layer2.name
    place, table = placement(source), _table(run)
    metadata = {"covoxel": {**run.table.attrs["covoxel"], "layers": list(names)}}
    common = {
        kind: {**place, "name": f"{title}: {' × '.join(names)}", "metadata": metadata}
        for kind, title in NAMES.items()
    }
    there = {"features": table, "shown": np.ones(len(table), np.bool_)}
    valid = table[table["valid"]].reset_index(drop=True)
    placed = list(zip(fields, _places(run), strict=True))
    tiles = np.concatenate([_extended(field.positions, where) for field, where in placed])
    drawn = np.concatenate([_extended(arrows(field), where) for field, where in placed])
    first = {"translate": place["translate"] + _linear(source) @ _corner(run)}
    return [
        (run.lengths, common["image"] | first | image_look(fields), "image"),
        (drawn, common["vectors"] | {"features": valid} | vectors_look(fields), "vectors"),
        (tiles, common["points"] | there | points_look(fields), "points"),
    ]


def _places(run: FieldRun) -> Iterator[FloatArray]:
    """Yield the time point and the plane of each field, as far as it does not have such an axis."""
    channel = run.inputs.channels[0]
    for t, found in run.fields.items():
        plane = [run.inputs.z] * (len(channel.spatial_axes) - len(found.field.shape))
        yield np.array([*([t] if "T" in channel.axes else []), *plane], np.float64)


def _extended(data: FloatArray, where: FloatArray) -> FloatArray:
    """Return points, or starts of arrows, at a time point and plane; arrows stay within these."""
    lead = np.broadcast_to(where, (*data.shape[:-1], where.size)).copy()
    if data.ndim == 3:
        lead[:, 1] = 0
    return np.concatenate([lead, data], axis=-1)


def _corner(run: FieldRun) -> FloatArray:
    """Return where the first pixel of the lengths lies, in pixels of the channels."""
    channel = run.inputs.channels[0]
    corner = np.zeros(len(channel.axes))
    for axis, index in (("T", run.inputs.t), ("Z", run.inputs.z)):
        if axis in channel.axes and index is not None:
            corner[channel.axes.index(axis)] = index
    return corner


def _linear(layer: Any) -> FloatArray:
    """Return the matrix by which a layer's own scale and turn lead from pixels to the world."""
    from napari.utils.transforms import CompositeAffine

    placed = placement(layer)
    told = {name: placed[name] for name in ("scale", "rotate", "shear")}
    own: FloatArray = CompositeAffine(ndim=layer.ndim, **told).linear_matrix
    return own


def _table(run: FieldRun) -> pd.DataFrame:
    """Return the tiles with the reasons of those refused; first what is looked at first."""
    fields = [found.field for found in run.fields.values()]
    reasons = np.concatenate([field.reason for field in fields])
    table = run.table.reset_index(drop=True).assign(reason=reasons.astype(object))
    offsets = [f"offset_{axis}" for axis in fields[0].axes.lower()]
    first = [*(["t"] if run.several else []), *offsets, *_FIRST]
    table = table[[*first, *(name for name in table if name not in first)]]
    table.insert(0, "row", np.arange(len(table)))
    return table
