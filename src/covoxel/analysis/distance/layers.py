"""Profiles of correlation against distance as image layers: time × z × label × distance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from covoxel.analysis.result import LayerData
from covoxel.core.types import FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from covoxel.distance.record import Association


def profile_layers(
    table: pd.DataFrame,
    found: Sequence[Association | None],
    step: float,
    time_step: float | None,
) -> list[LayerData]:
    """Return an image layer for each pair of channels of a table of distances.

    Columns are a `step` apart, in the unit of the table; time points `time_step` seconds.
    """
    single = (table["component"] == 1).to_numpy()
    kept = [one for one, first in zip(found, single, strict=True) if first]
    rows = table[single].reset_index(drop=True)
    pairs = rows.groupby(["channel1", "channel2"], sort=False).groups
    return [
        _layer(rows.loc[places], [kept[i] for i in places], step, time_step)
        for places in pairs.values()
    ]


def _layer(
    rows: pd.DataFrame, found: Sequence[Association | None], step: float, time_step: float | None
) -> LayerData:
    names = [name for name in ("t", "z", "label") if rows[name].notna().all()]
    kept = {name: list(dict.fromkeys(rows[name].tolist())) for name in names}
    places = [{value: i for i, value in enumerate(values)} for values in kept.values()]
    reach = max([1, *(_line(one, step).size for one in found if one is not None)])
    data = np.full((*map(len, kept.values()), reach), np.nan)
    for place, one in zip(rows[names].itertuples(index=False), found, strict=True):
        if one is not None:
            line = _line(one, step)
            index = tuple(known[at] for known, at in zip(places, place, strict=True))
            data[index][: line.size] = line
    first, microns = rows.iloc[0], rows["unit"].iloc[0] == "µm"
    axes = {name: (len(values), 1.0, "pixel") for name, values in kept.items()}
    axes["distance"] = reach, step, "um" if microns else "pixel"
    if time_step is not None:
        axes["t"] = len(kept["t"]), time_step, "second"
    several = {name: axis for name, axis in axes.items() if axis[0] > 1 or name == "distance"}
    if len(several) == 1:  # an image has two axes at least
        several = {name: axes[name] for name in ("t", "distance")}
    data = data.reshape([n for n, _, _ in several.values()])
    attributes = {
        "name": f"Correlation of {first['channel1']} and {first['channel2']} by distance",
        "scale": tuple(scale for _, scale, _ in several.values()),
        "units": tuple(unit for _, _, unit in several.values()),
        "axis_labels": tuple(several),
        "metadata": {"covoxel": kept | {"unit": first["unit"]}},
    }
    return data, attributes, "image"


def _line(found: Association, step: float) -> FloatArray:
    """Return a profile in columns a pixel wide: the mean of its points in each."""
    columns = np.rint(found.profile.distance / step).astype(int)
    counts = np.bincount(columns)
    sums = np.bincount(columns, found.profile.correlation)
    return np.asarray(np.divide(sums, counts, out=np.full(counts.size, np.nan), where=counts > 0))
