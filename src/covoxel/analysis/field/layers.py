"""Displacement fields as layers of napari: lengths, arrows and tiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from covoxel.analysis.image_layers import place_of, placed
from covoxel.analysis.result import LayerData
from covoxel.core.types import FloatArray
from covoxel.image.channel import Channel

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.registration.field.record import DisplacementField

#: Columns that are seen first in the table.
_FIRST = ("valid", "reason", "correlation", "uncertainty", "length", "length_um")


def field_layers(
    channel: Channel,
    found: Mapping[int, DisplacementField],
    tiles: pd.DataFrame,
    lengths: Channel,
    *,
    t: int | None,
    z: int | None,
) -> list[LayerData]:
    """Return the lengths of displacements, the arrows, and the table of tiles.

    They have all axes of the channels; of a chosen time point or plane, in its place.
    """
    from covoxel.registration.field.layer import (  # takes a while to load
        NAMES,
        arrows,
        image_look,
        points_look,
        vectors_look,
    )

    fields = list(found.values())
    names, place = list(fields[0].names), placed(channel)
    metadata = {"covoxel": {**tiles.attrs["covoxel"], "layers": names}}
    common = {
        kind: {**place, "name": f"{title}: {' × '.join(names)}", "metadata": metadata}
        for kind, title in NAMES.items()
    }
    table = _table(tiles, fields)
    there = {"features": table, "shown": np.ones(len(table), np.bool_)}
    valid = {"features": table[table["valid"]].reset_index(drop=True)}
    more = len(channel.axes) - len(fields[0].shape)
    pairs = [(field, place_of(channel, at, z)[:more]) for at, field in found.items()]
    points = np.concatenate([_extended(field.positions, where) for field, where in pairs])
    drawn = np.concatenate([_extended(arrows(field), where) for field, where in pairs])
    first = place_of(channel, t, z) * place["scale"]
    frames = (lengths.n_frames,) * ("T" in channel.axes)
    image = np.asarray(lengths.data).reshape(frames + (1,) * (more - len(frames)) + fields[0].shape)
    look = {"translate": tuple(first.tolist())} | image_look(fields)
    return [
        (image, common["image"] | look, "image"),
        (drawn, common["vectors"] | valid | vectors_look(fields), "vectors"),
        (points, common["points"] | there | points_look(fields), "points"),
    ]


def _extended(data: FloatArray, where: FloatArray) -> FloatArray:
    """Return points, or starts of arrows, at a time point and plane; arrows stay within these."""
    lead = np.broadcast_to(where, (*data.shape[:-1], where.size)).copy()
    if data.ndim == 3:
        lead[:, 1] = 0
    return np.concatenate([lead, data], axis=-1)


def _table(tiles: pd.DataFrame, fields: list[DisplacementField]) -> pd.DataFrame:
    """Return the tiles with the reasons of those refused; the columns of most interest first."""
    reasons = np.concatenate([field.reason for field in fields])
    table = tiles.reset_index(drop=True).assign(reason=reasons.astype(object))
    offsets = [f"offset_{axis}" for axis in fields[0].axes.lower()]
    first = [*(["t"] if tiles["t"].nunique() > 1 else []), *offsets, *_FIRST]
    table = table[[*first, *(name for name in table if name not in first)]]
    table.insert(0, "row", np.arange(len(table)))
    return table
