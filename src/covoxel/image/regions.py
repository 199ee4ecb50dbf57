"""Regions: the pixels of an image that are analysed, apart or together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from covoxel.core.checks import refuse_kind, refuse_path
from covoxel.core.types import AnyArray, BoolArray, IntArray
from covoxel.image.channel import Channel, Slices, block_slices, frame_slices
from covoxel.image.placement import same_placement
from covoxel.image.shapes import label_shapes, polygons

#: Labels below this are looked up in a table; others are searched.
_TABLE_LIMIT = 1 << 22
#: Beyond the highest label.
_TOO_HIGH = 1 << 63


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Which pixels belong to which region.

    ``image`` is None (everything), a mask or a label image, sliceable and read block by block;
    ``ids`` are the labels. What is 0, NaN or under a numpy mask is outside; of a ``mask`` all
    else is inside. ``timed`` if its first axis is time; with one spatial axis less than
    the channels, ``per_plane``, it applies to each plane. Pixels must also lie ``within`` another
    region, if there is one.
    """

    image: Any
    ids: IntArray
    timed: bool = False
    per_plane: bool = False
    mask: bool = False
    within: Region | None = None

    @property
    def everywhere(self) -> bool:
        """Whether every pixel of a frame is inside."""
        return self.image is None and self.within is None

    @property
    def changes(self) -> bool:
        """Whether it differs from one time point to another."""
        return self.timed or (self.within is not None and self.within.changes)

    @property
    def flat(self) -> bool:
        """Whether it is the same in all planes of a stack."""
        own = self.per_plane or self.image is None
        return own and (self.within is None or self.within.flat)

    def raw(self, t: int, slices: Slices) -> AnyArray | None:
        """Return the mask or the labels of a block as they are, None for everything."""
        own = self._own(t, slices)
        inside = None if self.within is None else self.within.raw(t, slices)
        if own is None or inside is None:
            return own if inside is None else inside
        both: AnyArray = own * (inside != 0)
        return both

    def _own(self, t: int, slices: Slices) -> AnyArray | None:
        if self.image is None:
            return None
        kept = slices[1:] if self.per_plane else slices
        block = _plain(self.image[(t, *kept) if self.timed else kept])
        return inside_of(block) if self.mask else _whole(block)

    def inside(self, shape: tuple[int, ...], t: int = 0) -> BoolArray | None:
        """Return which pixels of a frame of `shape` are in a region, None for all of them."""
        found = self.raw(t, frame_slices(shape))
        return None if found is None else np.broadcast_to(found != 0, shape)

    def read(self, t: int, slices: Slices) -> AnyArray | None:
        """Return region indices + 1 of a block (0 is outside), None for everything."""
        block = self.raw(t, slices)
        if block is None or block.dtype == np.bool_:
            return block
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

    def index(self, t: int, slices: Slices) -> IntArray:
        """Return region indices + 1 of each pixel of a block, 0 outside."""
        found = self.read(t, slices)
        shape = [part.stop - part.start for part in slices]
        full: AnyArray = np.broadcast_to(np.asarray(1 if found is None else found), shape)
        return full.astype(np.int64)


def inside_of(mask: AnyArray) -> BoolArray:
    """Return where a mask is neither 0 nor NaN."""
    if mask.dtype.kind == "b":
        return mask
    inside: BoolArray = np.abs(mask) > 0 if mask.dtype.kind == "f" else mask != 0
    return inside


def finite_inside(inside: BoolArray | None, values: AnyArray) -> BoolArray | None:
    """Return where `values` are finite inside a mask; None where all are, and there is no mask."""
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return inside
    finite = np.isfinite(values)
    return finite if inside is None else finite & inside


def _plain(block: Any) -> AnyArray:
    """Return an ordinary array; what lies under a numpy mask is outside."""
    array: AnyArray = np.ma.filled(block, 0)
    return array


def _whole(labels: AnyArray) -> AnyArray:
    """Return labels in a type that can index: NaN and negative ones are 0, bool is label 1.

    They are the labels themselves, where there is nothing to change.
    """
    if labels.dtype.kind == "f":
        return np.nan_to_num(labels, nan=0).astype(np.int64)
    if labels.dtype.kind == "b":
        return labels.view(np.uint8)
    if labels.dtype == np.uint64:
        return labels.astype(np.int64)
    if labels.dtype.kind == "i" and labels.min(initial=0) < 0:
        return np.maximum(labels, 0)
    return labels


def as_region(
    mask: Any,
    labels: Any,
    shape: tuple[int, ...],
    *,
    n_frames: int = 1,
    frames: Sequence[int] = (0,),
    name: str = "labels",
) -> Region:
    """Return the region(s) of frames of `shape` from a mask, labels, both or neither.

    The labels are those that occur in `frames`, whether or not any of their pixels lie inside
    the mask. Errors call them by `name`.

    Raises
    ------
    ValueError
        If a shape fits neither a frame, nor its planes, nor the series, or a label is no whole
        number from 0.
    TypeError
        If mask or labels hold neither bool, integers nor real numbers.
    """
    inside = None if mask is None else _region_of("mask", mask, shape, n_frames)
    if labels is None:
        return inside or Region(None, np.array([1], np.int64))
    region = _region_of(name, labels, shape, n_frames)
    images = [region.image[t] for t in frames] if region.timed else [region.image]
    ids = [_distinct(image, name) for image in images]
    found = reduce(np.union1d, ids) if ids else np.zeros(0, np.int64)
    return replace(region, ids=found, mask=False, within=inside)


def _region_of(name: str, given: Any, shape: tuple[int, ...], n_frames: int) -> Region:
    """Return a mask, or labels taken for a mask, as the one region of frames of `shape`."""
    if hasattr(given, "shape_type"):
        msg = f"{name} is a Shapes layer; an analysis takes it as shapes, else use its to_labels()"
        raise TypeError(msg)
    refuse_path(name, given)
    image = array_of(given)
    refuse_kind(name, np.dtype(image.dtype))
    timed, per_plane = _layout(name, tuple(image.shape), shape, n_frames)
    return Region(image, np.array([1], np.int64), timed, per_plane, mask=True)


def array_of(given: Any) -> Any:
    """Return what slices of a mask or labels: the data of a layer or Channel, else an array."""
    image = given
    if (hasattr(given, "scale") or hasattr(given, "axes")) and hasattr(given, "data"):
        image = given.data[0] if getattr(given, "multiscale", False) else given.data
    return image if hasattr(image, "dtype") and hasattr(image, "shape") else np.asarray(image)


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


def _distinct(labels: Any, name: str) -> IntArray:
    """Return the labels of an image, ascending."""
    found = np.zeros(0, np.int64)
    for slices in block_slices(labels.shape):
        block = _plain(labels[slices])
        _check_labels(block, name)
        flat = _whole(block).ravel()
        ends = np.flatnonzero(flat[1:] != flat[:-1])  # labels lie in runs
        block = np.append(flat[ends], flat[-1:])
        highest = int(block.max(initial=0))
        if highest < _TABLE_LIMIT:
            seen = np.zeros(highest + 1, np.bool_)
            seen[block] = True
            block = np.flatnonzero(seen)
        else:
            block = np.unique(block)
        found = np.union1d(found, block) if found.size else block
    return found[found > 0]


def _check_labels(block: AnyArray, name: str) -> None:
    """Refuse what cannot be a label, by the first such value.

    Integers below 0 are outside, as segmentations mark borders by −1; a float below 0 is no
    label, but most likely an image of something else.
    """
    if block.dtype.kind == "f":
        right = (block >= 0) & (block < np.float64(_TOO_HIGH)) & (np.floor(block) == block)
        wrong = ~(right | np.isnan(block))
    elif block.dtype == np.uint64:
        wrong = block >= np.uint64(_TOO_HIGH)
    else:
        return
    if wrong.any():
        msg = (
            f"{name} holds {block[wrong][0]}; allowed are whole numbers from 0 (outside) "
            "to 2**63 - 1"
        )
        raise ValueError(msg)


def shape_passes(shapes: Sequence[Any], shape: tuple[int, ...]) -> list[Region]:
    """Return regions that hold each polygon once, in every plane of a frame; see `label_shapes`."""
    plane = shape[-2:]
    return [
        Region(image, np.array(ids), per_plane=len(shape) > len(plane))
        for image, ids in label_shapes(shapes, plane)
    ]


class Regions:
    """Mask, labels or shapes, for channels of one grid.

    Every analysis takes its regions from here, so that all of them take the same.

    Parameters
    ----------
    mask : array-like, Channel or napari layer, optional
        Where to look: bool, integers or floats; what is 0, NaN or under a numpy mask is outside.
    labels : array-like, Channel or napari layer, optional
        Regions, one a label: whole numbers of any data type, or bool, which is one region. What
        is 0, NaN, under a numpy mask or an integer below 0 is outside. With a mask, pixels must
        lie in both; a label without any is a region without pixels.
    shapes : sequence of (N, 2) array-like or napari Shapes layer, optional
        Polygons, one region each, which may overlap; instead of labels.

    Raises
    ------
    ValueError
        If both labels and shapes are given.

    Examples
    --------
    >>> from covoxel.image.channel import as_channel
    >>> labels = np.array([[1.0, 1.0, np.nan], [4.0, 0.0, 4.0]])
    >>> regions = Regions(mask=np.array([[1, 0, 1], [0, 1, 0]]), labels=labels)
    >>> (region,) = regions.passes(as_channel(np.zeros((2, 3))), [0])
    >>> region.ids, region.read(0, (slice(0, 2), slice(0, 3)))
    (array([1, 4]), array([[1, 0, 0],
           [0, 0, 0]], dtype=uint32))
    """

    def __init__(self, mask: Any = None, labels: Any = None, shapes: Any = None) -> None:
        if labels is not None and shapes is not None:
            msg = "both labels and shapes are given; pass one of them, with a mask if needed"
            raise ValueError(msg)
        self._mask, self._labels, self._shapes = mask, labels, shapes
        self._lasting: list[Region] | None = None

    def passes(self, channel: Channel, frames: Sequence[int]) -> list[Region]:
        """Return the regions of frames; more than one only where shapes overlap."""
        if self._lasting is not None:
            return self._lasting
        shape, n_frames = channel.spatial_shape, channel.n_frames
        labels = None if self._shapes is not None else self._labels
        region = as_region(self._mask, labels, shape, n_frames=n_frames, frames=frames)
        found = [region]
        if self._shapes is not None:
            drawn = shape_passes(self._outlines(), shape)
            within = None if region.everywhere else region
            found = [replace(one, within=within) for one in drawn]
        if not any(region.changes for region in found):
            self._lasting = found
        return found

    def _outlines(self) -> Sequence[Any]:
        return polygons(self._shapes) if hasattr(self._shapes, "shape_type") else self._shapes

    def pooled(self, channel: Channel, t: int = 0) -> BoolArray | None:
        """Return one mask of all regions in a frame, None for everything."""
        inside: BoolArray | None = None
        for region in self.passes(channel, (t,)):
            own = region.inside(channel.spatial_shape, t)
            if own is None:
                return None
            inside = own if inside is None else inside | own
        return inside

    def as_mask(self, channel: Channel) -> Any:
        """Return what looks in all regions at once as a ``mask``, None for everything."""
        if self._shapes is None and (self._mask is None or self._labels is None):
            return self._mask if self._labels is None else self._labels
        if any(region.changes for region in self.passes(channel, (0,))):
            every = range(channel.n_frames)
            return np.stack([np.asarray(self.pooled(channel, t)) for t in every])
        return self.pooled(channel)

    def place_on(self, image: Any) -> None:
        """Refuse a mask or labels layer that lies elsewhere than an image layer.

        The shapes of a layer are taken where they are drawn on the image.
        """
        for name, given in (("mask", self._mask), ("labels", self._labels)):
            same_placement(f"of image1 and {name}", image, given)
        if hasattr(self._shapes, "shape_type"):
            placed = hasattr(image, "scale") and hasattr(image, "translate")
            self._shapes = polygons(self._shapes, image if placed else None)
