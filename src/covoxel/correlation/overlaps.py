"""Sums over the overlap of two images at each displacement, by real Fourier transforms."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from scipy import fft

from covoxel.core.types import AnyArray, BoolArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One image: its values, 0 outside the mask, and the mask; None is all of it.

    The spatial axes are the last ones; leading ones are images side by side.
    """

    values: AnyArray
    mask: BoolArray | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape, leading axes included."""
        return self.values.shape


@dataclass(frozen=True, slots=True)
class Lags:
    """The displacements from `low` to `high`, both included, along each spatial axis.

    A displacement is where a pixel of image 2 lies from the pixel of image 1 it is paired with.
    """

    low: tuple[int, ...]
    high: tuple[int, ...]

    @classmethod
    def around(cls, center: tuple[int, ...], reach: tuple[int, ...]) -> Lags:
        """Return the displacements up to `reach` from `center`."""
        pairs = list(zip(center, reach, strict=True))
        return cls(tuple(c - r for c, r in pairs), tuple(c + r for c, r in pairs))

    @property
    def shape(self) -> tuple[int, ...]:
        """How many there are along each axis."""
        return tuple(h - lo + 1 for lo, h in zip(self.low, self.high, strict=True))

    def along(self, axis: int) -> IntArray:
        """Return the displacements along one axis."""
        return np.arange(self.low[axis], self.high[axis] + 1)

    def padded(self, shape1: tuple[int, ...], shape2: tuple[int, ...]) -> tuple[int, ...]:
        """Return the transform's size along each axis, with no displacement wrapped on another."""
        sizes = zip(shape1, shape2, self.low, self.high, strict=True)
        needed = [max(h + n1, n2 - lo, h - lo + 1) for n1, n2, lo, h in sizes]
        last = len(needed) - 1
        return tuple(fft.next_fast_len(n, real=axis == last) for axis, n in enumerate(needed))


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """Sums over the pixels that overlap at each displacement.

    Attributes
    ----------
    n : ndarray of int
        Pairs of pixels.
    s1, s2, s11, s22, s12 : ndarray of float
        Σa, Σb, Σa², Σb², Σab.
    """

    n: AnyArray
    s1: AnyArray
    s2: AnyArray
    s11: AnyArray
    s22: AnyArray
    s12: AnyArray


def overlaps(side1: Side, side2: Side, lags: Lags, workers: int | None = None) -> Overlaps:
    """Return the sums over the overlap at each displacement.

    Only what a mask makes irregular is transformed: sums over the overlap of two boxes come from
    running sums.
    """
    ndim = len(lags.low)
    shape1, shape2 = side1.shape[-ndim:], side2.shape[-ndim:]
    grid = Transform(lags, lags.padded(shape1, shape2), side1.values.dtype, workers)
    boxes1, boxes2 = boxes(shape1, shape2, lags), boxes(shape2, shape1, lags, sign=-1)
    a, b = side1.values, side2.values
    front, back = grid.forward(a, conj=True), grid.forward(b)
    s12 = grid.back(front * back)
    if side2.mask is None:
        s1, s11 = box_sums(a, boxes1), box_sums(np.square(a), boxes1)
        mask2 = None
    else:
        mask2 = grid.forward(side2.mask.astype(a.dtype))
        s1 = grid.back(front * mask2)
        s11 = grid.back(grid.forward(np.square(a), conj=True) * mask2)
    del front
    if side1.mask is None:
        s2, s22 = box_sums(b, boxes2), box_sums(np.square(b), boxes2)
        mask1 = None
    else:
        if mask2 is not None and side1.mask is side2.mask:
            mask1 = np.conj(mask2)
        else:
            mask1 = grid.forward(side1.mask.astype(a.dtype), conj=True)
        s2 = grid.back(mask1 * back)
        del back
        s22 = grid.back(mask1 * grid.forward(np.square(b)))
    if mask1 is not None and mask2 is not None:
        n = np.rint(grid.back(mask1 * mask2))
    elif side1.mask is not None:
        n = box_sums(side1.mask, boxes1)
    elif side2.mask is not None:
        n = box_sums(side2.mask, boxes2)
    else:
        n = _box_counts(boxes1)
    n = np.broadcast_to(np.maximum(n, 0).astype(np.int64), s12.shape)
    return Overlaps(n, *(np.asarray(s, a.dtype) for s in (s1, s2, s11, s22, s12)))


@dataclass(frozen=True, slots=True)
class Transform:
    """Real transforms, padded and cropped one axis at a time: what is cut off is not computed."""

    lags: Lags
    size: tuple[int, ...]
    dtype: np.dtype[Any]
    workers: int | None

    def forward(self, values: AnyArray, *, conj: bool = False) -> AnyArray:
        """Return the spectrum of an image, or its complex conjugate."""
        workers = available_workers(self.workers)
        out: AnyArray = fft.rfft(values, n=self.size[-1], axis=-1, workers=workers)
        for axis in range(-2, -len(self.size) - 1, -1):
            out = fft.fft(out, n=self.size[axis], axis=axis, overwrite_x=True, workers=workers)
        return np.conj(out, out=out) if conj else out

    def back(self, spectrum: AnyArray) -> AnyArray:
        """Return the displacements asked for; the spectrum is used up."""
        workers = available_workers(self.workers)
        for axis in range(-len(self.size), -1):
            spectrum = fft.ifft(spectrum, axis=axis, overwrite_x=True, workers=workers)
            spectrum = np.take(spectrum, self.lags.along(axis) % self.size[axis], axis=axis)
        last = self.size[-1]
        out: AnyArray = fft.irfft(spectrum, n=last, axis=-1, overwrite_x=True, workers=workers)
        return np.take(out, self.lags.along(-1) % last, axis=-1)

    def displaced(
        self, spectrum: AnyArray, offset: Sequence[float], shape: tuple[int, ...]
    ) -> AnyArray:
        """Return the image of a spectrum at each pixel plus `offset`, of `shape`."""
        for axis, (n, step) in enumerate(zip(self.size, offset, strict=True)):
            last = axis == len(self.size) - 1
            frequency = fft.rfftfreq(n) if last else fft.fftfreq(n)
            turn = np.exp(2j * np.pi * step * frequency)
            if n % 2 == 0:
                turn[n // 2] = turn[n // 2].real  # of the highest frequency only a cosine is known
            along = turn.reshape([-1 if i == axis else 1 for i in range(len(self.size))])
            spectrum = spectrum * along.astype(spectrum.dtype)
        image: AnyArray = fft.irfftn(
            spectrum, s=self.size, overwrite_x=True, workers=available_workers(self.workers)
        )
        return image[tuple(slice(0, n) for n in shape)]


def available_workers(workers: int | None) -> int:
    """Return how many threads the transforms may use; None is all the processors we have."""
    if workers is not None:
        return workers
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


Boxes = list[tuple[IntArray, IntArray]]


def boxes(own: tuple[int, ...], other: tuple[int, ...], lags: Lags, sign: int = 1) -> Boxes:
    """Return where the overlap starts and ends in an image, along each axis at each lag."""
    out = []
    for axis, (n, m) in enumerate(zip(own, other, strict=True)):
        lag = sign * lags.along(axis)
        start = np.clip(-lag, 0, n)
        out.append((start, np.maximum(np.clip(m - lag, 0, n), start)))
    return out


def _box_counts(boxes: Boxes) -> IntArray:
    lengths = [end - start for start, end in boxes]
    return np.asarray(math.prod(np.ix_(*lengths)), np.int64)


def box_sums(values: AnyArray, boxes: Boxes) -> AnyArray:
    """Return sums over boxes, the product of intervals along each axis."""
    kind = np.int64 if values.dtype == np.bool_ else np.float64
    for axis, (start, end) in enumerate(boxes, start=-len(boxes)):
        points = np.union1d(start, end)
        inner = points[points < values.shape[axis]]
        between = np.add.reduceat(values, inner, axis=axis, dtype=kind)
        until = np.insert(np.cumsum(between, axis=axis), 0, 0, axis=axis)
        values = np.take(until, np.searchsorted(points, end), axis=axis)
        values -= np.take(until, np.searchsorted(points, start), axis=axis)
    return values


def transform_bytes(
    shape1: tuple[int, ...], shape2: tuple[int, ...], lags: Lags, dtype: DTypeLike, *, masked: bool
) -> int:
    """Return about how much memory `overlaps` takes, inputs not counted."""
    size = lags.padded(shape1, shape2)
    item = np.dtype(dtype).itemsize
    spectrum = math.prod(size[:-1]) * (size[-1] // 2 + 1) * 2 * item
    kept = math.prod(lags.shape) * (5 * item + 8)
    return (5 if masked else 4) * spectrum + kept
