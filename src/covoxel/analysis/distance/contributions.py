"""Which voxels make associations, as channels that are computed where they are read."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel.analysis.frame_pair import FramePair
from covoxel.analysis.inputs import AnalysisInputs, regions_of
from covoxel.analysis.result import Result
from covoxel.core.lazy import Computed
from covoxel.core.types import AnyArray
from covoxel.distance.contribution import contribution_images
from covoxel.distance.record import Association
from covoxel.image.channel import Channel

#: Time point, plane (None for all together) and label.
_Place = tuple[int, int | None, int]


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


def _held(result: Result) -> dict[_Place, Association]:
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
        held: dict[_Place, Association],
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
            inside = np.True_ if pair.mask is None else pair.mask
            values: Any = np.nan
            if found is not None:
                both = contribution_images(pair.channel1, pair.channel2, found, mask=pair.mask)
                values = both[self._number]
            box = out[pair.box]
            np.copyto(box, values, where=inside, casting="same_kind")
        return out
