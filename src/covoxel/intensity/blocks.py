"""Two channels and their regions, block by block, as flat arrays of valid pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from covoxel.core.checks import same_shape
from covoxel.core.lazy import Computed
from covoxel.core.sharing import map_parts
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray, Progress
from covoxel.image.channel import (
    BLOCK_VOXELS,
    Channel,
    Slices,
    as_channel,
    frame_blocks,
    single_frame,
)
from covoxel.image.regions import Region, finite_inside
from covoxel.intensity.value_codes import EXACT

#: Beyond so many voxels an image is taken slab by slab.
LARGE_VOXELS = 1 << 28
#: Bytes of a slab of both channels, and how many planes of large ones it goes through: so that
#: chunks of one plane and of many are read a few times only.
_SLAB_BYTES, _SLAB_PLANES = 1 << 27, 32


#: A time point, and a part of its frame.
Slab = tuple[int, Slices]
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """Pixels of both channels, finite or not."""

    value1: AnyArray
    value2: AnyArray
    #: Pixels that each entry stands for; 1 without it, (N,).
    count: IntArray | None = None
    #: Which pixels are in the only region; all without it, (N,).
    inside: BoolArray | None = None
    #: Index of each one's region + 1, 0 outside, where there are more regions, (N,).
    region: AnyArray | None = None

    @property
    def values(self) -> tuple[AnyArray, AnyArray]:
        """The values of both channels."""
        return self.value1, self.value2

    def read_only(self) -> list[AnyArray | None]:
        """Return the arrays, read-only all of them, so that kernels are compiled once."""
        return [None if array is None else read_only(array) for array in self._arrays()]

    def _arrays(self) -> tuple[AnyArray | None, ...]:
        return (*self.values, self.count, self.inside, self.region)

    def part(self, at: Any) -> Pixels:
        """Return some of the pixels."""
        arrays: list[Any] = [None if array is None else array[at] for array in self._arrays()]
        return Pixels(*arrays)

    def astype(self, dtype1: Any, dtype2: Any) -> Pixels:
        """Return the pixels with values of other types."""
        value1, value2 = self.values
        values = value1.astype(dtype1, copy=False), value2.astype(dtype2, copy=False)
        return Pixels(*values, self.count, self.inside, self.region)

    def counted_in(self, units: tuple[float, float]) -> Pixels:
        """Return the pixels as float64, with intensities in other units."""
        return replace(self, value1=self.value1 / units[0], value2=self.value2 / units[1])

    def counted(self, n_regions: int) -> IntArray:
        """Return how many there are in each region."""
        if self.region is not None:
            return np.bincount(self.region, minlength=n_regions + 1)[1:]
        found = np.zeros(n_regions, np.int64)
        found[:1] = self.value1.size if self.inside is None else self.inside.sum()
        return found

    def surveys(self) -> list[tuple[bool, float, type[np.integer[Any]] | None]]:
        """Return of each channel whether it is finite, its peak, and a type of 64 bits if whole."""
        return [_survey(values) for values in self.values]

    def as_counts(self) -> Pixels | None:
        """Return the pixels as whole numbers of 16 bits, None where some are no such numbers."""
        counts = []
        for values in self.values:
            found = _as_counts(values)
            if found is None:
                return None
            counts.append(found)
        return replace(self, value1=counts[0], value2=counts[1])


def _as_counts(values: AnyArray) -> AnyArray | None:
    if values.dtype.kind == "u" and values.dtype.itemsize <= 2:
        return values.astype(np.uint16, copy=False)
    if values.dtype not in (np.float32, np.float64):
        return None
    from covoxel.intensity.survey_kernels import as_counts

    counts = np.empty(values.shape, np.uint16)
    return counts if as_counts(read_only(values), counts) else None


def _survey(values: AnyArray) -> tuple[bool, float, type[np.integer[Any]] | None]:
    from covoxel.intensity.survey_kernels import all_whole

    low, high = values.min(initial=0), values.max(initial=0)
    if values.dtype.kind != "f":
        highest = max(int(high), -int(low))
        large = values.dtype.kind == "u" and highest > np.iinfo(np.int64).max
        return True, highest, np.uint64 if large else np.int64
    peak = max(float(high), -float(low))
    if not math.isfinite(float(high) + float(low)):
        return False, peak, None
    if peak >= EXACT or not all_whole(read_only(values)):
        return True, peak, None
    return True, peak, np.int64


def read_only(array: AnyArray) -> AnyArray:
    """Return an array as a kernel takes it: native, C-contiguous, not to be written."""
    view = np.ascontiguousarray(array, array.dtype.newbyteorder("=")).view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Valid pixels of a block: values and region indices (None for one region).

    ``first`` is the index of each region's first pixel here (−1 if there is none);
    ``dropped`` counts each region's pixels that are not finite.
    """

    values1: AnyArray
    values2: AnyArray
    region: AnyArray | None
    dropped: IntArray
    first: IntArray


def checked_pair(image1: Any, image2: Any, *, one_size: bool = True) -> tuple[Channel, Channel]:
    """Return two images as channels, which must lie on one grid and have no time axis.

    With `one_size` False they may differ in size along the same axes.
    """
    channel1, channel2 = as_channel(image1), as_channel(image2)
    if one_size or len(channel1.shape) != len(channel2.shape):
        same_shape("image1", channel1.shape, "image2", channel2.shape)
    for name, channel in (("image1", channel1), ("image2", channel2)):
        single_frame(name, channel, "covoxel.measure")
    return channel1, channel2


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """Two channels and their regions, to be read block by block as often as needed.

    It is of some frames, or of their plane `z`, or of one `slab` of them.
    """

    channel1: Channel
    channel2: Channel
    region: Region
    frames: Sequence[int] = (0,)
    z: int | None = None
    voxels: int = BLOCK_VOXELS
    progress: Progress | None = None
    slab: Slab | None = None

    @property
    def regions(self) -> IntArray:
        """Labels of the regions, ascending; 1 for a mask or the whole image."""
        return self.region.ids

    @property
    def dtypes(self) -> tuple[np.dtype[Any], np.dtype[Any]]:
        """Data types of both channels."""
        return self.channel1.dtype, self.channel2.dtype

    def slabs(self) -> list[Slab]:
        """Return the parts of a large image, which shape and data types alone decide.

        There are none of a smaller one. Those of planes that are computed whole are no thicker.
        """
        shape = self.channel1.spatial_shape
        n_voxels = math.prod(shape if self.z is None else shape[1:]) * len(self.frames)
        if self.slab is not None or n_voxels <= LARGE_VOXELS:
            return []
        voxels = _SLAB_BYTES // sum(dtype.itemsize for dtype in self.dtypes)
        solid = self.z is None and len(shape) == 3
        computed = any(isinstance(c.data, Computed) for c in (self.channel1, self.channel2))
        rows = max(1, voxels // (_SLAB_PLANES * shape[-1]))
        if not solid or computed or rows >= shape[1]:
            cut = list(frame_blocks(shape, self.z, voxels))
        else:
            planes, lines = _ranges(shape[0], _SLAB_PLANES), _ranges(shape[1], rows)
            cut = [(z, y, slice(0, shape[2])) for z in planes for y in lines]
        return [(t, at) for t in self.frames for at in cut]

    def each_slab(self, function: Callable[[Stream], Found]) -> Iterator[Found]:
        """Yield what a function returns of each slab, in order; of a smaller image as a whole."""
        slabs = self.slabs()
        if not slabs:
            yield function(self)
            return
        task = partial(_of_slab, function, replace(self, progress=None))
        for done, found in enumerate(map_parts(task, slabs)):
            if self.progress is not None:
                self.progress(done, len(slabs))
            yield found

    def pixels(self) -> Iterator[Pixels]:
        """Yield all pixels, block by block, in C order of the slabs and of each of them."""
        shape = self.channel1.spatial_shape
        parts = [self.slab] if self.slab is not None else self.slabs()
        parts = parts or [
            (t, at) for t in self.frames for at in frame_blocks(shape, self.z, self.voxels)
        ]
        for done, part in enumerate(parts):
            if self.progress is not None:
                self.progress(done, len(parts))
            pixels = self._read(*part)
            for low in range(0, pixels.value1.size, self.voxels):
                yield pixels.part(slice(low, low + self.voxels))
        if self.progress is not None:
            self.progress(len(parts), len(parts))

    def _read(self, t: int, at: Slices) -> Pixels:
        values1 = self.channel1.read(t, at)
        same = self.channel2 is self.channel1
        values2 = values1 if same else self.channel2.read(t, at)
        region = self.region.read(t, at)
        pixels = Pixels(values1.ravel(), values2.ravel())
        if region is None:
            return pixels
        region = np.broadcast_to(region, values1.shape).ravel()
        if self.regions.size > 1:
            if region.dtype == np.int32:  # none is below 0
                region = region.view(np.uint32)
            return replace(pixels, region=region.astype(np.uint32, copy=False))
        return replace(pixels, inside=region.astype(np.bool_, copy=False))

    def blocks(self) -> Iterator[Block]:
        """Yield the valid pixels, block by block, in C order."""
        for pixels in self.pixels():
            inside = pixels.inside if pixels.region is None else pixels.region
            yield _valid(*pixels.values, inside, self.regions.size)


def _of_slab(function: Callable[[Stream], Found], stream: Stream, slab: Slab) -> Found:
    return function(replace(stream, slab=slab))


def _ranges(size: int, step: int) -> list[slice]:
    return [slice(low, min(low + step, size)) for low in range(0, size, step)]


def note_first(first: FloatArray, block: Block) -> None:
    """Fill in the (R, 2) first pairs of regions that begin in a block; NaN are yet to come."""
    fresh = np.flatnonzero(np.isnan(first[:, 0]) & (block.first >= 0))
    if fresh.size:
        first[fresh, 0] = block.values1[block.first[fresh]]
        first[fresh, 1] = block.values2[block.first[fresh]]


def _valid(values1: AnyArray, values2: AnyArray, inside: AnyArray | None, n_regions: int) -> Block:
    finite = finite_inside(finite_inside(None, values1), values2)
    dropped = np.zeros(n_regions, np.int64)
    if finite is not None:
        everywhere = np.ones(1, np.bool_) if inside is None else inside
        lost = np.broadcast_to(everywhere, finite.shape)[~finite]
        dropped = np.bincount(lost.astype(np.int64), minlength=n_regions + 1)[1:]
        inside = everywhere * finite
    first = np.full(n_regions, -1, np.int64)
    if inside is not None:
        positions = np.flatnonzero(inside)
        if positions.size < inside.size:
            values1, values2, inside = values1[positions], values2[positions], inside[positions]
    if inside is None or n_regions == 1:
        first[:1] = 0 if values1.size else -1
        return Block(values1, values2, None, dropped, first)
    index = inside.astype(np.uint32) - np.uint32(1)
    starts = np.append(0, np.flatnonzero(index[1:] != index[:-1]) + 1)[: index.size]
    first[index[starts[::-1]]] = starts[::-1]  # the last assignment, the first pixel, stays
    return Block(values1, values2, index, dropped, first)
