"""The pixels that rows are read from: held as a joint histogram, or streamed as sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from covoxel._types import FloatArray, IntArray, Progress
from covoxel.channel import BLOCK_VOXELS, Channel
from covoxel.intensity.blocks import Block, Region, paired_blocks
from covoxel.intensity.codes import codes_for, level_codes
from covoxel.intensity.histogram import HistogramBuilder, JointHistogram, frame_histogram
from covoxel.intensity.marginal import Marginal, marginal
from covoxel.intensity.sums import ClassSums, Cut, class_sums

#: Voxels of a block that is streamed; keeps the working memory in the tens of megabytes.
_STREAM_VOXELS = 1 << 19


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Two channels, their regions, and which frames and plane of them are meant."""

    channel1: Channel
    channel2: Channel
    region: Region
    frames: Sequence[int]
    z: int | None = None

    @property
    def voxels(self) -> int:
        """Number of voxels, regions or not."""
        shape = self.channel1.spatial_shape
        planes = shape if self.z is None else shape[1:]
        return int(np.prod(planes, dtype=np.int64)) * len(self.frames)


class Source:
    """What measures are read from.

    Parameters
    ----------
    view : View
    cells : bool
        Whether the joint histogram is needed, whatever its size.
    memory_budget : int
        Bytes of cells to hold before they go to disk.
    progress : callable, optional
    """

    def __init__(
        self, view: View, *, cells: bool, memory_budget: int, progress: Progress | None = None
    ) -> None:
        self.view = view
        self._budget = memory_budget
        self._progress = progress
        self.streamed = not cells and view.voxels > BLOCK_VOXELS
        self._first: FloatArray | None = None
        self._pixels: IntArray | None = None
        self._dropped: IntArray | None = None

    @cached_property
    def histogram(self) -> JointHistogram:
        """The joint histogram of the view."""
        view = self.view
        return frame_histogram(
            view.channel1,
            view.channel2,
            view.region,
            frames=view.frames,
            z=view.z,
            memory_budget=self._budget,
            progress=self._progress,
        )

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return self.view.region.ids.size

    def sums(self, cuts1: Sequence[Cut] = (), cuts2: Sequence[Cut] = ()) -> ClassSums:
        """Return the sums over the classes that cuts make."""
        if not self.streamed:
            return class_sums(self.histogram, cuts1, cuts2)
        sums = ClassSums(self.n_regions, cuts1, cuts2)
        pixels, dropped = np.zeros((2, self.n_regions), np.int64)
        first = np.full((self.n_regions, 2), np.nan)
        for histogram in self._block_histograms():
            for group in histogram.groups():
                for cells in group.load():
                    sums.add(histogram, cells)
            pixels += histogram.pixels
            dropped += histogram.dropped
            first = np.where(np.isnan(first), histogram.first, first)
        self._pixels, self._dropped, self._first = pixels, dropped, first
        return sums

    def _block_histograms(self) -> Iterator[JointHistogram]:
        view = self.view
        for block in paired_blocks(
            view.channel1,
            view.channel2,
            view.region,
            frames=view.frames,
            z=view.z,
            voxels=_STREAM_VOXELS,
            progress=self._progress,
        ):
            yield self._histogram_of(block)

    def _histogram_of(self, block: Block) -> JointHistogram:
        codes1, codes2 = (
            codes_for(values.dtype) or level_codes(values)
            for values in (block.values1, block.values2)
        )
        builder = HistogramBuilder(codes1, codes2, self.view.region.ids, self._budget)
        builder.add(block)
        return builder.finish()

    @property
    def pixels(self) -> IntArray:
        """Finite pixels of each region; of a stream, once sums were taken."""
        return self.histogram.pixels if self._pixels is None else self._pixels

    @property
    def dropped(self) -> IntArray:
        """Pixels of each region that are not finite; of a stream, once sums were taken."""
        return self.histogram.dropped if self._dropped is None else self._dropped

    @property
    def first(self) -> FloatArray:
        """First pair of each region; of a stream, once sums were taken."""
        return self.histogram.first if self._first is None else self._first

    def marginals(self, channel: int) -> list[tuple[slice, Marginal]]:
        """Return one channel's levels, group of regions by group."""
        histogram = self._alone(channel) if self.streamed else self.histogram
        of = 1 if self.streamed else channel
        return [
            (group.slice, replace(marginal(histogram, group, of), channel=channel))
            for group in histogram.groups()
        ]

    def _alone(self, channel: int) -> JointHistogram:
        """Count one channel by itself: at most 65 536 cells a region for 8 and 16 bits."""
        view = self.view
        data = view.channel1 if channel == 1 else view.channel2
        nothing = data.with_data(np.broadcast_to(np.uint8(0), data.shape))
        return frame_histogram(
            data,
            nothing,
            view.region,
            frames=view.frames,
            z=view.z,
            memory_budget=self._budget,
            voxels=_STREAM_VOXELS,
        )
