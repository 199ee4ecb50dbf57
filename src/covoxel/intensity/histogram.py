"""The joint histogram: which pairs of intensities occur, and how often, region by region."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from covoxel.core.types import FloatArray, IntArray, Progress
from covoxel.image.channel import BLOCK_VOXELS, Channel
from covoxel.image.regions import Region, as_region
from covoxel.intensity.blocks import Stream, checked_pair, note_first
from covoxel.intensity.cells import Cells, Gated, Group, Part, gathered, grouped
from covoxel.intensity.encoding import Encoded, codes_of, encoded_blocks
from covoxel.intensity.runs import SortedRun, cells_of_run, merge_runs, run_of_cells, run_of_pixels
from covoxel.intensity.spill import BYTES_A_CELL, CellRun, GatheredRuns, Spill
from covoxel.intensity.value_codes import ValueCodes, codes_for, distinct, level_codes

#: Bytes that cells, and what is computed on them, may take before sorted runs go to disk.
MEMORY_BUDGET = 1 << 32
#: Fewest pixels of a block, however small the budget.
_FEWEST_VOXELS = 1 << 16
#: What they may take of an image that is counted slab by slab, by each process that shares it.
_SHARED_BUDGET = 1 << 28
#: Most bytes of levels of 64 bits that are sent with each slab.
_SENT = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class JointHistogram:
    """The pairs of intensities that occur in two channels, with counts, region by region.

    Exact: nothing is binned. Histograms of chunks of an image add up (``a + b``) to the
    histogram of the image. Every intensity measure is a reading of it.

    Attributes
    ----------
    regions : (R,) int array
        Labels of the regions, ascending; 1 for a mask or the whole image.
    pixels : (R,) int array
        Finite pixels in each region.
    dropped : (R,) int array
        Pixels left out because one of the channels is NaN or infinite.
    first : (R, 2) float array
        The first pair of each region in C order (NaN if empty), which Coloc 2's
        regression skips.
    marginals : dict
        Those of groups of regions that were read before, see `covoxel.intensity.marginal`.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.arange(12).reshape(3, 4)
    >>> total = joint_histogram(image[:1], image[:1]) + joint_histogram(image[1:], image[1:])
    >>> total.pixels, total.above(5, 7).pixels
    (array([12]), array([4]))
    """

    regions: IntArray
    pixels: IntArray
    dropped: IntArray
    first: FloatArray
    codes1: ValueCodes
    codes2: ValueCodes
    parts: tuple[Part, ...]
    spilled: bool = False
    marginals: dict[tuple[int, int, int], Any] = field(default_factory=dict, init=False, repr=False)
    _groups: list[Group] = field(default_factory=list, init=False, repr=False)

    @property
    def n_cells(self) -> int:
        """Number of distinct pairs, over all regions."""
        return sum(cells.count.size for group in self.groups() for cells in group.load())

    @property
    def dtypes(self) -> tuple[np.dtype[Any], np.dtype[Any]]:
        """Data types of both channels, or such as hold their values."""
        return self.codes1.dtype, self.codes2.dtype

    def values(self, cells: Cells) -> tuple[Any, Any]:
        """Return both intensities of cells, as int64 or float64 arrays."""
        return self.codes1.decode(cells.code1), self.codes2.decode(cells.code2)

    def groups(self) -> list[Group]:
        """Return groups of regions; the parts of a region always share a group."""
        if not self._groups:
            self._groups.extend(grouped(self.parts))
        return self._groups

    def above(self, threshold1: Any, threshold2: Any) -> JointHistogram:
        """Return the histogram of the pixels above both thresholds (raw units, strict).

        Parameters
        ----------
        threshold1, threshold2 : float or (R,) array of float
            One threshold for all regions, or one a region; NaN leaves a region empty.
        """
        shape = self.regions.shape
        limit1, limit2 = (
            np.broadcast_to(np.asarray(limit, np.float64), shape)
            for limit in (threshold1, threshold2)
        )
        codes = self.codes1, self.codes2
        gated: list[Part] = [Gated(part, *codes, limit1, limit2) for part in self.parts]
        if not self.spilled:
            gated = [part.load() for part in gated]
        pixels = np.zeros(shape, np.int64)
        for part in gated:
            cells = part.load()
            pixels[cells.regions] += cells.by_region(cells.count)
        return replace(self, parts=tuple(gated), pixels=pixels)

    def __add__(self, other: JointHistogram) -> JointHistogram:
        """Return the histogram of the pixels of both, `self`'s before `other`'s."""
        regions = np.union1d(self.regions, other.regions)
        joined = [_aligned(histogram, regions) for histogram in (self, other)]
        codes = []
        for own, their, channel in (
            (self.codes1, other.codes1, 1),
            (self.codes2, other.codes2, 2),
        ):
            codes.append(own if own.matches(their) else _common(self, other, channel))
        runs = [_recoded(histogram, codes[0], codes[1]) for histogram in joined]
        cells = cells_of_run(merge_runs(runs), 0, regions.size)
        empty = np.isnan(joined[0].first)
        return JointHistogram(
            regions=regions,
            pixels=joined[0].pixels + joined[1].pixels,
            dropped=joined[0].dropped + joined[1].dropped,
            first=np.where(empty, joined[1].first, joined[0].first),
            codes1=codes[0],
            codes2=codes[1],
            parts=(cells,),
        )


def _aligned(histogram: JointHistogram, regions: IntArray) -> JointHistogram:
    """Return a histogram in memory over more regions."""
    at = np.searchsorted(regions, histogram.regions)
    pixels, dropped = np.zeros((2, regions.size), np.int64)
    pixels[at], dropped[at] = histogram.pixels, histogram.dropped
    first = np.full((regions.size, 2), np.nan)
    first[at] = histogram.first
    cells = _only(histogram)
    sizes = np.zeros(regions.size, np.int64)
    sizes[at] = np.diff(cells.starts)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    held = replace(cells, starts=starts)
    return replace(
        histogram, regions=regions, pixels=pixels, dropped=dropped, first=first, parts=(held,)
    )


def _only(histogram: JointHistogram) -> Cells:
    return gathered(histogram.parts, histogram.regions.size)


def _common(one: JointHistogram, other: JointHistogram, channel: int) -> ValueCodes:
    values = np.concatenate([h.values(_only(h))[channel - 1] for h in (one, other)])
    return level_codes(values.dtype, [distinct(values, values.dtype)])


def _recoded(histogram: JointHistogram, codes1: ValueCodes, codes2: ValueCodes) -> SortedRun:
    cells = _only(histogram)
    kept = (codes1 is histogram.codes1 or codes1.matches(histogram.codes1)) and (
        codes2 is histogram.codes2 or codes2.matches(histogram.codes2)
    )
    if not kept:
        value1, value2 = histogram.values(cells)
        cells = replace(cells, code1=_encoded(codes1, value1), code2=_encoded(codes2, value2))
    return run_of_cells(cells, histogram.regions.size)


def _encoded(codes: ValueCodes, values: Any) -> Any:
    return codes.encode(values if codes.kind == "levels" else values.astype(codes.dtype))


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """The pairs of some pixels, as runs; see `JointHistogram`."""

    pixels: IntArray
    dropped: IntArray
    first: FloatArray
    runs: Sequence[CellRun]


def _counted(
    codes: tuple[ValueCodes, ValueCodes],
    budget: int,
    spill: Spill,
    only: Encoded | None,
    stream: Stream,
) -> _Counted:
    """Count the pairs of a stream; `only` is its block, where there is one that is known."""
    n_regions = stream.regions.size
    pixels, dropped = np.zeros((2, n_regions), np.int64)
    first = np.full((n_regions, 2), np.nan)
    runs = GatheredRuns(budget, spill, wide=_are_wide(codes))
    for block, code1, code2 in encoded_blocks(codes, stream) if only is None else [only]:
        if block.region is None:
            pixels[:1] += block.values1.size
        else:
            pixels += np.bincount(block.region, minlength=n_regions)
        dropped += block.dropped
        note_first(first, block)
        runs.add(run_of_pixels(code1, code2, block.region))
    if not (found := runs.runs(sent=stream.slab is not None)):
        none1, none2 = (one.encode(np.zeros(0, one.dtype)) for one in codes)
        region = None if n_regions == 1 else np.zeros(0, np.uint32)
        found = [run_of_pixels(none1, none2, region)]
    return _Counted(pixels, dropped, first, found)


def joint_histogram(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    labels: Any = None,
    memory_budget: int = MEMORY_BUDGET,
    progress: Progress | None = None,
) -> JointHistogram:
    """Count the pairs of intensities of two channels.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, on one grid; any real dtype. Pixels that are NaN or infinite in one
        of them are left out and counted.
    mask : bool array-like, optional
        Where to count; a (Y, X) mask applies to each plane.
    labels : int array-like, optional
        One region a label; 0 is outside.
    memory_budget : int
        Bytes that cells, and readings of them, may take; past it, sorted runs of 8- and 16-bit
        images go to disk.
    progress : callable, optional
        Called with (blocks done, blocks in all).

    Returns
    -------
    JointHistogram

    Raises
    ------
    ValueError
        If shapes differ.
    TypeError
        If an image is complex or RGB, or labels are no integers.
    MemoryError
        If the cells of a 32-bit or float image outgrow `memory_budget`.

    Examples
    --------
    >>> import numpy as np
    >>> h = joint_histogram(np.array([[1, 1], [2, 1]]), np.array([[5, 5], [0, 7]]))
    >>> h.pixels, h.n_cells
    (array([4]), 3)
    """
    channel1, channel2 = checked_pair(image1, image2)
    region = as_region(mask, labels, channel1.spatial_shape)
    return frame_histogram(
        channel1, channel2, region, memory_budget=memory_budget, progress=progress
    )


def frame_histogram(
    channel1: Channel,
    channel2: Channel,
    region: Region,
    *,
    frames: Sequence[int] = (0,),
    z: int | None = None,
    voxels: int | None = None,
    memory_budget: int = MEMORY_BUDGET,
    progress: Progress | None = None,
) -> JointHistogram:
    """Count the pairs of intensities of frames, pooled (or of their plane `z`)."""
    most = max(memory_budget // BYTES_A_CELL, _FEWEST_VOXELS)
    if voxels is None:
        known = all(codes_for(channel.dtype) for channel in (channel1, channel2))
        voxels = BLOCK_VOXELS if known else most  # one sort finds all levels, if they fit
    voxels = min(voxels, most)
    stream = Stream(channel1, channel2, region, frames, z, voxels, progress)
    codes, only = codes_of(stream, memory_budget)
    spill, wide = Spill(), _are_wide(codes)
    if not wide and stream.slabs():
        memory_budget = min(memory_budget, _SHARED_BUDGET)
    count = partial(_counted, codes, memory_budget, spill, only)
    sent = sum(one.levels.nbytes for one in codes if one.levels is not None)
    counted = stream.each_slab(count) if sent <= _SENT else iter([count(stream)])
    return _joined(codes, region.ids, counted, GatheredRuns(memory_budget, spill, wide=wide))


def _are_wide(codes: tuple[ValueCodes, ValueCodes]) -> bool:
    return any(one.kind != "narrow" for one in codes)


def _joined(
    codes: tuple[ValueCodes, ValueCodes],
    regions: IntArray,
    found: Iterable[_Counted],
    runs: GatheredRuns,
) -> JointHistogram:
    """Return the histogram of pixels that were counted in parts, in the order of the image."""
    pixels, dropped = np.zeros((2, regions.size), np.int64)
    first = np.full((regions.size, 2), np.nan)
    for part in found:
        pixels += part.pixels
        dropped += part.dropped
        first = np.where(np.isnan(first), part.first, first)
        for run in part.runs:
            runs.take(run)
    parts, spilled = runs.parts(regions.size)
    return JointHistogram(regions, pixels, dropped, first, *codes, parts, spilled=spilled)
