"""The pixels that are measured: held as a joint histogram, or streamed as sums."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from covoxel.core.memory import free_memory, in_words
from covoxel.core.types import FloatArray, IntArray, Progress
from covoxel.image.channel import BLOCK_VOXELS, Channel
from covoxel.image.regions import Region
from covoxel.intensity.blocks import Stream
from covoxel.intensity.cells import gathered
from covoxel.intensity.cuts import Cut
from covoxel.intensity.histogram import JointHistogram, frame_histogram
from covoxel.intensity.marginal import Marginal, marginal
from covoxel.intensity.reading import Reasons
from covoxel.intensity.runs import cells_of_run, run_of_cells, sorted_run
from covoxel.intensity.stream_levels import levels_are_counted, stream_marginals
from covoxel.intensity.sums import ClassSums, MomentOrder, class_sums
from covoxel.quality.levels import ChannelLevels

#: Voxels of a block that is streamed; keeps the working memory in the tens of megabytes.
_STREAM_VOXELS = 1 << 19
#: Bytes that Costes' walk takes for each cell of 32 or 64 bits, which all have levels of their own.
_BYTES_A_WALKED_CELL = 450
#: Up to so many voxels fit into memory anyway, so that it is not asked how much is free.
_FEW_VOXELS = 1 << 18
#: One channel's levels are kept for the next reading up to this many.
_KEPT_LEVELS = 1 << 18
#: Bytes of the memory budget for each level that is kept: 16 of each channel, in a third of it.
_BYTES_A_KEPT_LEVEL = 96


#: One value a region, or one for all, with the reasons for NaN; and such values by column.
Reasoned = tuple[FloatArray, Reasons | str]
Values = dict[str, Reasoned]


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


@dataclass(frozen=True, slots=True, eq=False)
class _RegionCounts:
    """The counts of regions of a joint histogram, without its cells."""

    pixels: IntArray
    dropped: IntArray
    first: FloatArray


class MeasurementData:
    """What measures are read from: the joint histogram, or sums.

    Without need of `cells`, large views are streamed, floats, whose levels cost a sort, and those
    in memory whose levels are counted without one of all, and those whose cells outgrow the budget.
    With need of them, cells beyond `memory_budget` bytes go to disk or, of 32 and 64 bits, are
    refused.

    Attributes
    ----------
    n_regions : int
    progress : callable or None
        What each pass over the pixels reports to; it may raise `Cancelled`.
    """

    def __init__(
        self, view: View, *, cells: bool, memory_budget: int, progress: Progress | None = None
    ) -> None:
        self.view, self.n_regions = view, view.region.ids.size
        self._free = int(free_memory()) if view.voxels > _FEW_VOXELS else sys.maxsize
        self._budget = min(memory_budget, self._free)
        self.progress = progress
        channels = view.channel1, view.channel2
        dtypes = [channel.dtype for channel in channels]
        wide = any(dtype.kind == "f" or dtype.itemsize > 4 for dtype in dtypes)
        self._in_memory = all(isinstance(channel.data, np.ndarray) for channel in channels)
        quick = self._in_memory and levels_are_counted(dtypes)
        self._streamed = not cells and (wide or view.voxels > BLOCK_VOXELS or quick)
        self._refused = ""
        self._counts: _RegionCounts | None = None
        self._marginals: dict[int, Marginal] = {}
        self._levels: dict[int, list[tuple[slice, ChannelLevels]]] = {}

    @cached_property
    def histogram(self) -> JointHistogram:
        """The joint histogram of the view; MemoryError where it outgrows the budget."""
        if self._refused:
            raise MemoryError(self._refused)
        view = self.view
        try:
            return frame_histogram(
                view.channel1,
                view.channel2,
                view.region,
                frames=view.frames,
                z=view.z,
                memory_budget=self._budget,
                progress=self.progress,
            )
        except MemoryError as error:
            self._streamed = True
            self._refused = self._too_large("pairs of intensities")
            raise MemoryError(self._refused) from error

    def walked_histogram(self) -> JointHistogram:
        """Return the joint histogram if a walk along all its levels fits into the budget too."""
        histogram = self.histogram
        narrow = histogram.codes1.kind == histogram.codes2.kind == "narrow"
        if not narrow and histogram.n_cells * _BYTES_A_WALKED_CELL > self._budget:
            raise MemoryError(self._too_large("steps of Costes' line"))
        return histogram

    def _too_large(self, what: str) -> str:
        bound = f"memory_budget={self._budget} bytes"
        if self._budget == self._free:
            bound = f"the {in_words(self._free)} of memory that are free"
        return f"the {what} do not fit into {bound}"

    def _held(self) -> bool:
        """Whether there is a joint histogram, made now if that is the way."""
        if "histogram" not in vars(self) and not self._streamed:
            try:
                _ = self.histogram
            except MemoryError:
                return False
        return "histogram" in vars(self)

    def sums(
        self, cuts1: Sequence[Cut] = (), cuts2: Sequence[Cut] = (), order: MomentOrder = 2
    ) -> ClassSums:
        """Return the sums over the classes that cuts make."""
        if self._held():
            return class_sums(self.histogram, cuts1, cuts2, order)
        sums = class_sums(self._stream(), cuts1, cuts2, order)
        pixels = np.asarray(sums.select().n, np.int64)
        self._counts = _RegionCounts(pixels, sums.dropped, sums.first)
        return sums

    def _stream(self) -> Stream:
        view = self.view
        pair = view.channel1, view.channel2, view.region
        return Stream(*pair, view.frames, view.z, _STREAM_VOXELS, self.progress)

    def _counted(self) -> _RegionCounts | JointHistogram:
        if self._held():
            return self.histogram
        if self._counts is None:
            self.sums()
        assert self._counts is not None
        return self._counts

    @property
    def pixels(self) -> IntArray:
        """Finite pixels of each region."""
        return self._counted().pixels

    @property
    def dropped(self) -> IntArray:
        """Pixels of each region that are not finite."""
        return self._counted().dropped

    @property
    def first(self) -> FloatArray:
        """First pair of each region."""
        return self._counted().first

    def marginals(self, channel: int) -> list[tuple[slice, Marginal]]:
        """Return one channel's levels, group of regions by group."""
        if self._held():
            histogram = self.histogram
            groups = histogram.groups()
            return [(group.slice, marginal(histogram, group, channel)) for group in groups]
        if channel not in self._marginals:
            self._read_marginals(channel)
        found = self._marginals[channel]
        if found.values.size > min(_KEPT_LEVELS, self._budget // _BYTES_A_KEPT_LEVEL):
            del self._marginals[channel]
        return [(slice(0, self.n_regions), found)]

    def levels(self, channel: int) -> list[tuple[slice, ChannelLevels]]:
        """Return what checks ask of one channel's levels, group of regions by group."""
        if channel not in self._levels:
            marginals = self.marginals(channel)  # which describes what it streams
            if channel not in self._levels:
                self._describe(channel, marginals)
        return self._levels[channel]

    def _describe(self, channel: int, marginals: Sequence[tuple[slice, Marginal]]) -> None:
        dtype = (self.view.channel1 if channel == 1 else self.view.channel2).dtype
        self._levels[channel] = [(at, ChannelLevels(one, dtype)) for at, one in marginals]

    def _read_marginals(self, channel: int) -> None:
        """Read the levels of both channels in one pass, or of one where both are too many.

        They are described now, as those that are too many are kept for the next reading only.
        """
        stream = self._stream()
        if self._in_memory and levels_are_counted(stream.dtypes):
            stream = replace(stream, voxels=BLOCK_VOXELS)  # levels of fewer blocks to merge
        found = _levels_within(self._budget, stream, (1, 2))
        if found is None:
            found = _levels_within(self._budget, stream, (channel,))
        if found is None:
            raise MemoryError(self._too_large("intensities"))
        for one in found:
            self._marginals[one.channel] = one
            self._describe(one.channel, [(slice(0, self.n_regions), one)])


def _levels_within(
    memory_budget: int, stream: Stream, channels: Sequence[int]
) -> list[Marginal] | None:
    """Return the levels of channels, None where they outgrow the budget.

    What was gathered is released, as it is not where an error is handled.
    """
    try:
        return stream_marginals(stream, memory_budget, channels)
    except MemoryError:
        return None


def pooled(histogram: JointHistogram) -> JointHistogram:
    """Return the histogram of all regions as one, in memory.

    Which of their pixels is the first is not known: ``first`` is NaN.
    """
    cells = gathered(histogram.parts, histogram.regions.size)
    run = run_of_cells(replace(cells, starts=np.array([0, cells.count.size])), 1)
    merged = sorted_run(run.bits, run.key, count=run.count.copy())
    return replace(
        histogram,
        regions=np.array([1], np.int64),
        pixels=histogram.pixels.sum(keepdims=True),
        dropped=histogram.dropped.sum(keepdims=True),
        first=np.full((1, 2), np.nan),
        parts=(cells_of_run(merged, 0, 1),),
        spilled=False,
    )
