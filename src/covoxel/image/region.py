"""Which pixels belong to which region: a mask, labels or everything, read block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel._types import AnyArray, IntArray
from covoxel.image.channel import Slices, block_slices

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
