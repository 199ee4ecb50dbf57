"""Two channels and their regions, block by block, as flat arrays of valid pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel._checks import same_shape
from covoxel._types import AnyArray, BoolArray, IntArray, Progress
from covoxel.channel import Channel, Slices, as_channel, block_slices

#: Largest label for which a lookup table is made; sparser ones are searched.
_TABLE_LIMIT = 1 << 26


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Which pixels belong to which region.

    ``image`` is None (everything), a boolean mask or an integer label image (0 is outside);
    one axis shorter than the channels, it applies to each plane. ``ids`` are the labels.
    """

    image: Any
    ids: IntArray

    def read(self, slices: Slices) -> AnyArray | None:
        """Return region indices + 1 of a block (0 is outside), None for everything."""
        if self.image is None:
            return None
        kept = slices[len(slices) - self.image.ndim :]
        block = np.asarray(self.image[kept])
        if block.dtype == np.bool_:
            return block
        if self.ids.size and self.ids[-1] == self.ids.size:
            return np.maximum(block, 0) if block.dtype.kind == "i" else block
        if self.ids.size and self.ids[-1] < _TABLE_LIMIT:
            table = np.zeros(int(self.ids[-1]) + 1, np.uint32)
            table[self.ids] = np.arange(1, self.ids.size + 1)
            return table[np.maximum(block, 0) if block.dtype.kind == "i" else block]
        index = np.searchsorted(self.ids, block)
        index[index == self.ids.size] = 0
        return np.where((self.ids[index] == block) & (block > 0), index + 1, 0)


def as_region(mask: Any, labels: Any, shape: tuple[int, ...]) -> Region:
    """Return the region(s) of a frame of `shape` from a mask, labels or neither."""
    if mask is not None and labels is not None:
        msg = "both mask and labels are given; pass one of them"
        raise ValueError(msg)
    given = mask if labels is None else labels
    if given is None:
        return Region(None, np.array([1], np.int64))
    name = "mask" if labels is None else "labels"
    image = given if hasattr(given, "dtype") else np.asarray(given)
    if hasattr(given, "data") and hasattr(given, "scale"):
        image = given.data
    if image.ndim not in (len(shape), len(shape) - 1):
        same_shape(name, image.shape, "the image", shape)
    same_shape(name, image.shape, "the image", shape[len(shape) - image.ndim :])
    if labels is None:
        if image.dtype != np.bool_:
            image = np.asarray(image) != 0
        return Region(image, np.array([1], np.int64))
    if np.dtype(image.dtype).kind not in "ui":
        msg = f"labels has dtype {image.dtype}; allowed are integers"
        raise TypeError(msg)
    return Region(image, _distinct(image))


def _distinct(labels: Any) -> IntArray:
    """Return the positive labels of an image, ascending."""
    highest = 0
    found: set[int] = set()
    seen = np.zeros(0, np.bool_)
    for slices in block_slices(labels.shape):
        block = np.asarray(labels[slices])
        if not block.size:
            continue
        highest = max(highest, int(block.max()))
        if highest >= _TABLE_LIMIT:
            found.update(np.unique(block).tolist())
            continue
        if seen.size <= highest:
            seen = np.concatenate([seen, np.zeros(highest + 1 - seen.size, np.bool_)])
        seen[np.maximum(block, 0) if block.dtype.kind == "i" else block] = True
    found.update(np.flatnonzero(seen).tolist())
    return np.array(sorted(label for label in found if label > 0), np.int64)


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
    t: int = 0,
    z: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Block]:
    """Yield the valid pixels of one frame (or of its plane `z`) block by block."""
    shape = channel1.spatial_shape
    grid = shape if z is None else (1, *shape[1:])
    blocks = list(block_slices(grid))
    for done, slices in enumerate(blocks):
        if progress is not None:
            progress(done, len(blocks))
        where = slices if z is None else (slice(z, z + 1), *slices[1:])
        values1 = np.ravel(channel1.read(t, where))
        values2 = np.ravel(channel2.read(t, where))
        regions = region.read(where)
        if regions is not None and regions.size != values1.size:
            full = tuple(s.stop - s.start for s in where)
            regions = np.broadcast_to(regions, full)
        yield _valid(values1, values2, regions, region.ids.size)
    if progress is not None:
        progress(len(blocks), len(blocks))


def _valid(
    values1: AnyArray, values2: AnyArray, regions: AnyArray | None, n_regions: int
) -> Block:
    inside = None if regions is None else np.ravel(regions)
    finite = _finite(values1, values2)
    dropped = np.zeros(n_regions, np.int64)
    if finite is not None:
        lost = ~finite if inside is None else inside[~finite]
        dropped = (
            np.array([np.count_nonzero(lost)])
            if inside is None
            else np.bincount(lost.astype(np.intp), minlength=n_regions + 1)[1:]
        )
        inside = finite if inside is None else np.where(finite, inside, 0)
    first = np.full(n_regions, -1, np.int64)
    if inside is None:
        first[:1] = 0 if values1.size else -1
        return Block(values1, values2, None, dropped, first)
    keep = inside if inside.dtype == np.bool_ else inside > 0
    positions = np.flatnonzero(keep)
    whole = positions.size == keep.size
    if not whole:
        values1, values2 = values1[positions], values2[positions]
    if n_regions == 1:
        first[:1] = 0 if positions.size else -1
        return Block(values1, values2, None, dropped, first)
    index = (inside if whole else inside[positions]).astype(np.uint32) - np.uint32(1)
    first[index[::-1]] = np.arange(index.size)[::-1]  # the last assignment, the first pixel, stays
    return Block(values1, values2, index, dropped, first)


def _finite(values1: AnyArray, values2: AnyArray) -> BoolArray | None:
    """Return where both values are finite; None when all of them are."""
    good: BoolArray | None = None
    for values in (values1, values2):
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            ok = np.isfinite(values)
            good = ok if good is None else good & ok
    return good
