"""Two channels and their regions, block by block, as flat arrays of valid pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel._checks import same_shape
from covoxel._types import AnyArray, BoolArray, IntArray, Progress
from covoxel.channel import (
    BLOCK_VOXELS,
    Channel,
    Slices,
    as_channel,
    block_slices,
    frame_blocks,
)

#: Labels below this are looked up in a table; others are searched.
_TABLE_LIMIT = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Which pixels belong to which region.

    ``image`` is None (everything), a mask or an integer label image (0 is outside), sliceable
    and read block by block; ``ids`` are the labels. Of a ``mask`` all that is not 0 counts.
    ``timed`` tells that its first axis is time; with one spatial axis less than the
    channels, ``per_plane``, it applies to each plane.
    """

    image: Any
    ids: IntArray
    timed: bool = False
    per_plane: bool = False
    mask: bool = False

    def raw(self, t: int, slices: Slices) -> AnyArray | None:
        """Return the mask or the labels of a block as they are, None for everything."""
        if self.image is None:
            return None
        kept = slices[1:] if self.per_plane else slices
        block = _filled(self.image[(t, *kept) if self.timed else kept])
        return block != 0 if self.mask else block

    def read(self, t: int, slices: Slices) -> AnyArray | None:
        """Return region indices + 1 of a block (0 is outside), None for everything."""
        block = self.raw(t, slices)
        if block is None or block.dtype == np.bool_:
            return block
        block = _indexable(block)
        last = int(self.ids[-1]) if self.ids.size else 0
        highest = int(block.max(initial=0))
        if last == self.ids.size and highest <= last:
            return block
        if max(last, highest) < _TABLE_LIMIT:
            table = np.zeros(max(last, highest) + 1, np.uint32)
            table[self.ids] = np.arange(1, self.ids.size + 1)
            return table[block]
        after = np.searchsorted(self.ids, block, side="right")
        return np.where(np.append(-1, self.ids)[after] == block, after, 0)


def _filled(block: Any) -> AnyArray:
    """Return a block of a region image; what lies under a numpy mask is outside."""
    array: AnyArray = np.ma.filled(block, 0)
    return array


def _indexable(labels: AnyArray) -> AnyArray:
    """Return labels in a type that can index, the negative ones as 0."""
    if labels.dtype == np.uint64:
        labels = labels.astype(np.int64)
    return np.maximum(labels, 0) if labels.dtype.kind == "i" else labels


def as_region(
    mask: Any,
    labels: Any,
    shape: tuple[int, ...],
    *,
    n_frames: int = 1,
    frames: Sequence[int] = (0,),
) -> Region:
    """Return the region(s) of frames of `shape` from a mask, labels or neither.

    The labels are those that occur in `frames`.

    Raises
    ------
    ValueError
        If both are given, or the shape fits neither a frame, nor its planes, nor the series.
    TypeError
        If labels are no integers.
    """
    if mask is not None and labels is not None:
        msg = "both mask and labels are given; pass one of them"
        raise ValueError(msg)
    given = mask if labels is None else labels
    if given is None:
        return Region(None, np.array([1], np.int64))
    name = "mask" if labels is None else "labels"
    image = given.data if hasattr(given, "scale") and hasattr(given, "data") else given
    if not (hasattr(image, "dtype") and hasattr(image, "shape")):
        image = np.asarray(image)
    timed, per_plane = _layout(name, tuple(image.shape), shape, n_frames)
    if labels is None:
        return Region(image, np.array([1], np.int64), timed, per_plane, mask=True)
    if np.dtype(image.dtype).kind not in "ui":
        msg = f"labels has dtype {image.dtype}; allowed are integers"
        raise TypeError(msg)
    ids = [_distinct(image[t]) for t in frames] if timed else [_distinct(image)]
    return Region(image, np.unique(np.concatenate(ids)), timed, per_plane)


def _layout(
    name: str, given: tuple[int, ...], shape: tuple[int, ...], n_frames: int
) -> tuple[bool, bool]:
    """Return (timed, per_plane) of a region image."""
    layouts = {shape: (False, False)}
    solid = len(shape) > 2
    if solid:
        layouts[shape[1:]] = (False, True)
    if n_frames > 1:
        layouts.setdefault((n_frames, *shape), (True, False))
    if n_frames > 1 and solid:
        layouts.setdefault((n_frames, *shape[1:]), (True, True))
    if given not in layouts:
        allowed = ", ".join(str(layout) for layout in layouts)
        msg = f"{name} has shape {given}; allowed for this image are {allowed}"
        raise ValueError(msg)
    return layouts[given]


def _distinct(labels: Any) -> IntArray:
    """Return the positive labels of an image, ascending."""
    found = np.zeros(0, np.int64)
    seen = np.zeros(_TABLE_LIMIT, np.bool_)
    for slices in block_slices(labels.shape):
        block = _filled(labels[slices])
        highest = int(block.max(initial=0))
        if highest > np.iinfo(np.int64).max:
            msg = f"labels holds {highest}; allowed are labels below 2**63"
            raise ValueError(msg)
        block = _indexable(block)
        if highest < _TABLE_LIMIT:
            seen[block] = True
        else:
            found = np.union1d(found, block)
    found = np.union1d(found, np.flatnonzero(seen))
    return found[found > 0]


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


def checked_pair(image1: Any, image2: Any) -> tuple[Channel, Channel]:
    """Return two images as channels, which must lie on one grid and have no time axis."""
    channel1, channel2 = as_channel(image1), as_channel(image2)
    same_shape("image1", channel1.shape, "image2", channel2.shape)
    for name, channel in (("image1", channel1), ("image2", channel2)):
        if channel.n_frames > 1:
            msg = (
                f"{name} has {channel.n_frames} time points; "
                "covoxel.measure takes series, this function one frame"
            )
            raise ValueError(msg)
    return channel1, channel2


def paired_blocks(
    channel1: Channel,
    channel2: Channel,
    region: Region,
    *,
    frames: Sequence[int] = (0,),
    z: int | None = None,
    voxels: int = BLOCK_VOXELS,
    progress: Progress | None = None,
) -> Iterator[Block]:
    """Yield the valid pixels of frames (or of their plane `z`) block by block, in C order."""
    shape = channel1.spatial_shape
    blocks = [(t, where) for t in frames for where in frame_blocks(shape, z, voxels)]
    for done, (t, where) in enumerate(blocks):
        if progress is not None:
            progress(done, len(blocks))
        values1, values2 = channel1.read(t, where), channel2.read(t, where)
        regions = region.read(t, where)
        if regions is not None:
            regions = np.broadcast_to(regions, values1.shape).ravel()
        yield _valid(values1.ravel(), values2.ravel(), regions, region.ids.size)
    if progress is not None:
        progress(len(blocks), len(blocks))


def _valid(values1: AnyArray, values2: AnyArray, inside: AnyArray | None, n_regions: int) -> Block:
    finite = _finite(values1, values2)
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


def _finite(values1: AnyArray, values2: AnyArray) -> BoolArray | None:
    """Return where both values are finite; None when all of them are."""
    good: BoolArray | None = None
    for values in (values1, values2):
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            ok = np.isfinite(values)
            good = ok if good is None else good & ok
    return good
