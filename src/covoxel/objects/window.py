"""Window: where points can lie, the pixels of a mask or of the whole frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import ndimage, special

from covoxel.core.types import BoolArray, FloatArray, IntArray
from covoxel.correlation.overlaps import Lags, pair_counts, pair_sums
from covoxel.image.channel import frame_slices
from covoxel.image.regions import as_region
from covoxel.objects.grid import frame_of, step_of

#: Pixels of the padded grid up to which sums over far displacements are exact; above, the mask
#: is binned.
_COARSE_PIXELS = 1 << 21


@dataclass(frozen=True, eq=False)
class PointWindow:
    """Where points can lie: pixels are boxes around their centres, and axes have a length."""

    #: Pixels of the bounding box along the axes that are longer than one pixel.
    shape: tuple[int, ...]
    #: The first pixel of the box, in pixels of the frame, (D,).
    origin: FloatArray
    #: Size of a pixel, (D,).
    step: FloatArray
    #: Which pixels of the box are inside; None for all of them.
    mask: BoolArray | None
    #: The axes of the frame that are kept.
    axes: tuple[int, ...]
    #: Pixels of the frame along them.
    frame: tuple[int, ...]

    @cached_property
    def _pixels(self) -> IntArray | None:
        return None if self.mask is None else np.flatnonzero(self.mask)

    @cached_property
    def n_pixels(self) -> int:
        """Number of pixels inside."""
        return math.prod(self.shape) if self._pixels is None else int(self._pixels.size)

    @property
    def volume(self) -> float:
        """Area (2-D) or volume inside."""
        return self.n_pixels * float(np.prod(self.step))

    @property
    def pixel(self) -> float:
        """Mean size of a pixel, over the axes."""
        return float(np.prod(self.step) ** (1 / self.ndim))

    @property
    def ndim(self) -> int:
        """Number of axes longer than one pixel, at least 1."""
        return len(self.shape)

    def ball(self, radius: Any) -> Any:
        """Return the area or volume of a disk or ball."""
        n = self.ndim
        return math.pi ** (n / 2) / special.gamma(n / 2 + 1) * np.asarray(radius) ** n

    def radius(self, volume: Any) -> Any:
        """Return the radius of the disk or ball of an area or volume."""
        return (np.asarray(volume) / self.ball(1.0)) ** (1 / self.ndim)

    def kept(self, points: FloatArray) -> FloatArray:
        """Return points along the axes of the window."""
        return points[:, list(self.axes)]

    def inside(self, points: FloatArray) -> BoolArray:
        """Return which points lie in pixels of the window."""
        within, flat = np.ones(len(points), bool), np.zeros(len(points))
        for axis, n in enumerate(self.shape):  # an axis at a time, which is several times as fast
            along = np.floor(points[:, axis] / self.step[axis] - self.origin[axis] + 0.5)
            within &= (along >= 0) & (along < n)
            flat = flat * n + along
        if self.mask is not None:
            within[within] = self.mask.ravel()[flat[within].astype(np.int64)]
        return within

    def border(self, points: FloatArray) -> FloatArray:
        """Return the distance of points inside from the nearest side of the frame."""
        low, high = -0.5 * self.step, (np.array(self.frame) - 0.5) * self.step
        return np.asarray(np.minimum(points - low, high - points).min(axis=1))

    def uniform(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Return `n` points that lie anywhere in the window with equal probability."""
        return self._within(rng.integers(self.n_pixels, size=n), rng)

    def spread(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Return `n` points that are uniform and spread evenly over the pixels."""
        places = (np.arange(n) + rng.random(n)) * (self.n_pixels / n)
        return self._within(np.minimum(places.astype(np.int64), self.n_pixels - 1), rng)

    def _within(self, pixels: IntArray, rng: np.random.Generator) -> FloatArray:
        flat = pixels if self._pixels is None else self._pixels[pixels]
        index = np.stack(np.unravel_index(flat, self.shape), axis=1)
        return np.asarray((index + self.origin + rng.random(index.shape) - 0.5) * self.step)

    def covariance(self, reach: FloatArray, *, coarse: bool = False) -> SetCovariance:
        """Return the area shared with the window displaced, up to a distance along each axis.

        A `coarse` one is of a binned mask where the window is large.
        """
        if self.mask is None or self.mask.all():
            return SetCovariance(None, np.array(self.shape) * self.step, self.step)
        limits = np.minimum(np.ceil(reach / self.step).astype(int), self.shape)
        bins = 1
        if coarse:
            padded = math.prod(n + limit for n, limit in zip(self.shape, limits, strict=True))
            bins = math.ceil((padded / _COARSE_PIXELS) ** (1 / self.ndim))
        limits = -(-limits // bins)
        lags = Lags.around((0,) * self.ndim, tuple(int(limit) for limit in limits))
        if bins == 1:
            counts = pair_counts(self.mask, lags)
        else:
            from skimage.measure import block_reduce  # takes a while to load

            binned = block_reduce(self.mask.astype(np.float64), bins)
            counts = pair_sums(binned, lags) / bins**self.ndim
        return SetCovariance(counts, np.array(self.shape) * self.step, self.step, bins)


@dataclass(frozen=True, eq=False)
class SetCovariance:
    """The area or volume that a window shares with itself displaced.

    Pixels are boxes, so that it is linear between displacements by whole pixels, along each axis.
    """

    #: Shared pixels at each displacement of whole bins, 0 in the middle; None for a box.
    counts: FloatArray | None
    #: Lengths of the bounding box, (D,).
    sides: FloatArray
    #: Size of a pixel, (D,).
    step: FloatArray
    #: Pixels along the side of a bin.
    bins: int = 1

    def at(self, displacements: FloatArray) -> FloatArray:
        """Return the shared area at each of (N, D) displacements."""
        if self.counts is None:
            return np.asarray(np.prod(np.maximum(self.sides - np.abs(displacements), 0), axis=1))
        middle = np.array(self.counts.shape) // 2
        places = displacements / (self.step * self.bins) + middle
        found = ndimage.map_coordinates(self.counts, places.T, order=1, mode="constant")
        return np.asarray(np.maximum(found, 0) * np.prod(self.step))


def window_of(
    shape: Sequence[int] | None, mask: Any, spacing: Sequence[float] | None
) -> PointWindow | None:
    """Return the window of a mask or of a frame, None if no pixel of the mask is inside.

    Raises
    ------
    ValueError
        If neither a mask nor a shape is given, or they do not fit each other or the spacing.
    """
    frame = frame_of(shape, mask)
    inside = as_region(mask, None, frame).inside(frame)
    step = step_of(spacing, len(frame))
    if inside is None or inside.all():
        return window_in(None, frame, frame_slices(frame), step)
    boxes = ndimage.find_objects(inside.view(np.uint8))
    return window_in(inside[boxes[0]], frame, boxes[0], step) if boxes else None


def cells_of(
    shape: Sequence[int] | None, labels: Any, mask: Any, spacing: Sequence[float] | None
) -> dict[int, PointWindow]:
    """Return the window of each label, inside a mask."""
    frame = frame_of(shape, labels)
    region = as_region(mask, labels, frame)
    index, step = region.index(0, frame_slices(frame)), step_of(spacing, len(frame))
    found = {}
    for number, box in enumerate(ndimage.find_objects(index), start=1):
        if box is not None:
            found[int(region.ids[number - 1])] = window_in(index[box] == number, frame, box, step)
    return found


def window_in(
    mask: BoolArray | None, frame: tuple[int, ...], box: tuple[slice, ...], step: FloatArray
) -> PointWindow:
    """Return the window of a box of a frame, without the axes that are one pixel long."""
    axes = tuple(axis for axis, n in enumerate(frame) if n > 1) or (len(frame) - 1,)
    lengths = tuple(box[axis].stop - box[axis].start for axis in axes)
    inside = None if mask is None else np.ascontiguousarray(mask.reshape(lengths))
    return PointWindow(
        lengths,
        np.array([box[axis].start for axis in axes], np.float64),
        step[list(axes)],
        inside,
        axes,
        tuple(frame[axis] for axis in axes),
    )
