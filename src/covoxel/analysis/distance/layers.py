"""Profiles of distances as image layers, and the voxels that make associations as channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.channels import FramePair
from covoxel.analysis.inputs import AnalysisInputs, RegionPair, regions_of
from covoxel.analysis.result import LayerData, Result
from covoxel.core.lazy import Computed
from covoxel.core.types import AnyArray, FloatArray
from covoxel.image.channel import Channel

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


#: Time point, plane (None for all together) and label.
_RowKey = tuple[int, int | None, int]


def contributions_of(result: Result) -> list[Channel]:
    """Return the images of `DistanceResult.contributions`."""
    held = _held(result)
    inputs = result.inputs
    first, second = inputs.channels
    planes = "Z" * (inputs.per_plane and inputs.z is None and "Z" in first.axes)
    outer = "T" * ("T" in first.axes and inputs.t is None) + planes
    return [
        Channel(
            _Contributed(inputs, held, number, outer),
            outer + inputs.axes,
            first.spacing if planes else inputs.spacing,
            first.time_step,
            f"{one.name} with {other.name}",
            one.color,
        )
        for number, (one, other) in enumerate(((first, second), (second, first)))
    ]


def _held(result: Result) -> dict[_RowKey, Association]:
    """Return the associations by their place."""
    table = result.table
    if len(table[["channel1", "channel2"]].drop_duplicates()) > 1:
        msg = "several pairs of channels were measured; contributions are of one, choose two"
        raise ValueError(msg)
    planes = [
        None if missing else int(z)
        for z, missing in zip(table["z"], table["z"].isna(), strict=True)
    ]
    rows = zip(table["t"], planes, table["label"], result.found, strict=True)
    held = {(int(t), z, int(label)): one for t, z, label, one in rows if one and one.components}
    if not held:
        reason = next((note for note in table["notes"] if note), "no association was asked for")
        msg = f"no voxel makes an association: {reason}"
        raise ValueError(msg)
    return held


class _Contributed(Computed):
    """Data of one channel's contributions."""

    def __init__(
        self,
        inputs: AnalysisInputs,
        held: dict[_RowKey, Association],
        number: int,
        outer: str,
    ) -> None:
        shape = inputs.frame_pairs[0].shape
        several = {
            "T": len({frame_pair.t for frame_pair in inputs.frame_pairs}),
            "Z": len({frame_pair.z for frame_pair in inputs.frame_pairs}),
        }
        whole = (*(several[axis] for axis in outer), *shape)
        super().__init__(whole, np.dtype(np.float32), len(shape))
        self._inputs, self._held, self._number = inputs, held, number

    def _compute(self, index: tuple[int, ...]) -> AnyArray:
        number = np.ravel_multi_index(index, self.shape[: len(index)]) if index else 0
        frame_pair: FramePair = self._inputs.frame_pairs[number]
        out = np.zeros(frame_pair.shape, np.float32)
        passes = self._inputs.regions.passes(frame_pair.channel1, (frame_pair.t,))
        for pair in regions_of(frame_pair, passes):
            found = self._held.get((frame_pair.t, frame_pair.z, pair.label))
            values = np.nan if found is None else contributed(pair, found)[self._number]
            paint(out, pair, values)
        return out


def contributed(pair: RegionPair, found: Association) -> tuple[AnyArray, AnyArray]:
    """Return what the voxels of a region contribute, for each channel."""
    from covoxel.distance.contribution import contribution_images

    return contribution_images(pair.channel1, pair.channel2, found, mask=pair.mask)


def paint(image: AnyArray, pair: RegionPair, values: Any) -> None:
    """Put values of the voxels of a region into the image of its frame or plane."""
    inside = np.True_ if pair.mask is None else pair.mask
    np.copyto(image[pair.box], values, where=inside, casting="same_kind")
