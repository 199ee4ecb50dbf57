"""Mean intensities of regions over time, frame by frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from covoxel.core.types import FloatArray, IntArray, Progress
from covoxel.image.channel import Channel
from covoxel.image.region import Region
from covoxel.intensity.blocks import paired_blocks


@dataclass(frozen=True, slots=True, eq=False)
class Traces:
    """Mean intensity of both channels in each region at each time point, (regions, frames).

    NaN where a region has no pixel that is finite in both channels.
    """

    ids: IntArray
    mean1: FloatArray
    mean2: FloatArray


def joined(traces: Iterable[Traces]) -> Traces:
    """Return the traces of the regions of several passes as one, by label."""
    held = list(traces)
    ids = np.concatenate([one.ids for one in held])
    order = np.argsort(ids)
    mean1, mean2 = (
        np.concatenate(means)[order]
        for means in ([one.mean1 for one in held], [one.mean2 for one in held])
    )
    return Traces(ids[order], mean1, mean2)


def region_traces(
    channel1: Channel,
    channel2: Channel,
    region: Region,
    frames: Sequence[int],
    z: int | None = None,
    progress: Progress | None = None,
) -> Traces:
    """Return the mean intensities of regions; one block of one frame is in memory at a time."""
    shape = len(region.ids), len(frames)
    means = np.full((2, *shape), np.nan)
    for place, t in enumerate(frames):
        if progress is not None:
            progress(place, len(frames))
        count, sums = np.zeros(shape[0]), np.zeros((2, shape[0]))
        for block in paired_blocks(channel1, channel2, region, frames=(t,), z=z):
            values = (block.values1, block.values2)
            if block.region is None:
                count[:1] += values[0].size
                sums[:, 0] += [value.sum(dtype=np.float64) for value in values]
                continue
            index = block.region.astype(np.intp)
            count += np.bincount(index, minlength=shape[0])
            sums += [np.bincount(index, value, minlength=shape[0]) for value in values]
        np.divide(sums, count, out=means[:, :, place], where=count > 0)
    return Traces(region.ids, means[0], means[1])
