"""Sums over the overlap of two images at each displacement, by real Fourier transforms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property, reduce
from typing import Any

import numpy as np
from scipy import fft

from covoxel.core.sharing import processors
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.intensity.blocks import read_only

#: Pixels of a transform below which it takes one thread, and the share of the image by which it may
#: be padded along all axes at once.
_SMALL, _SLIGHT = 1 << 16, 1.3


@dataclass(frozen=True, slots=True, eq=False)
class MaskedBatch:
    """One image, 0 outside its mask (None: everywhere known); leading axes are a batch.

    The values are an array, or what slices like one where the side is read in parts.
    """

    values: Any
    mask: BoolArray | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape, leading axes included."""
        return tuple(self.values.shape)

    def part(self, where: tuple[slice, ...]) -> MaskedBatch:
        """Return a part of the image."""
        return MaskedBatch(self.values[where], None if self.mask is None else self.mask[where])


@dataclass(frozen=True, slots=True)
class Lags:
    """The displacements from `low` to `high`, both included, along each spatial axis.

    A displacement leads from a pixel of image 1 to the pixel of image 2 it is paired with.
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
        """Number of displacements along each axis."""
        return tuple(h - lo + 1 for lo, h in zip(self.low, self.high, strict=True))

    def along(self, axis: int) -> IntArray:
        """Return the displacements along one axis."""
        return np.arange(self.low[axis], self.high[axis] + 1)

    def distance(self, step: Sequence[float]) -> AnyArray:
        """Return the length of each displacement, where `step` is that of a pixel."""
        squares = [np.square(self.along(axis) * one) for axis, one in enumerate(step)]
        return np.sqrt(np.asarray(sum(np.ix_(*squares)), np.float64))

    def padded(self, shape1: tuple[int, ...], shape2: tuple[int, ...]) -> tuple[int, ...]:
        """Return a size of the transform at which no displacement wraps around on another."""
        sizes = zip(shape1, shape2, self.low, self.high, strict=True)
        needed = [max(h + n1, n2 - lo, h - lo + 1) for n1, n2, lo, h in sizes]
        last = len(needed) - 1
        return tuple(fft.next_fast_len(n, real=axis == last) for axis, n in enumerate(needed))


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """Pairs of pixels n, Σa, Σb, Σa², Σb² and Σab over the overlap at each displacement."""

    n: AnyArray
    s1: AnyArray
    s2: AnyArray
    s11: AnyArray
    s22: AnyArray
    s12: AnyArray

    @classmethod
    def zeros(cls, lags: Lags) -> Overlaps:
        """Return the sums of no pixels, in double precision."""
        return cls(np.zeros(lags.shape, np.int64), *np.zeros((5, *lags.shape)))

    def add(self, other: Overlaps) -> None:
        """Add the sums of another part of the images, at the same displacements."""
        for name in (one.name for one in fields(self)):
            total = getattr(self, name)
            total += getattr(other, name)

    def astype(self, dtype: np.dtype[Any]) -> Overlaps:
        """Return the sums in a precision."""
        sums = (self.s1, self.s2, self.s11, self.s22, self.s12)
        return Overlaps(self.n, *(each.astype(dtype, copy=False) for each in sums))


def overlaps(
    side1: MaskedBatch,
    side2: MaskedBatch,
    lags: Lags,
    workers: int | None = None,
    grid: Transform | None = None,
    spectra: tuple[AnyArray, AnyArray] | None = None,
) -> Overlaps:
    """Return the sums over the overlap at each displacement.

    Only what a mask makes irregular is transformed: sums over the overlap of two boxes come from
    running sums. `grid` is another transform than `Transform.between`, and `spectra` are those of
    `Transform.spectra`, where they are there.
    """
    ndim = len(lags.low)
    shape1, shape2 = side1.shape[-ndim:], side2.shape[-ndim:]
    grid = grid or Transform.between(side1, side2, lags, workers)
    boxes1, boxes2 = boxes(shape1, shape2, lags), boxes(shape2, shape1, lags, sign=-1)
    a, b = side1.values, side2.values
    front, back = spectra or grid.spectra(side1, side2)
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
        lengths = [end - start for start, end in boxes1]
        n = np.asarray(math.prod(np.ix_(*lengths)), np.int64)
    n = np.broadcast_to(np.maximum(n, 0).astype(np.int64), s12.shape)
    return Overlaps(n, *(np.asarray(s, a.dtype) for s in (s1, s2, s11, s22, s12)))


@dataclass(frozen=True)
class Transform:
    """Real transforms; large ones are padded and cropped one axis at a time to save work."""

    lags: Lags
    size: tuple[int, ...]
    dtype: np.dtype[Any]
    workers: int | None

    @classmethod
    def between(
        cls, side1: MaskedBatch, side2: MaskedBatch, lags: Lags, workers: int | None
    ) -> Transform:
        """Return the transform of two images at which no displacement wraps around."""
        ndim = len(lags.low)
        size = lags.padded(side1.shape[-ndim:], side2.shape[-ndim:])
        return cls(lags, size, side1.values.dtype, workers)

    def spectra(self, side1: MaskedBatch, side2: MaskedBatch) -> tuple[AnyArray, AnyArray]:
        """Return the conjugate spectrum of image 1, and the spectrum of image 2."""
        return self.forward(side1.values, conj=True), self.forward(side2.values)

    @cached_property
    def _threads(self) -> int:
        """Number of threads; starting them takes longer than a small transform."""
        return 1 if math.prod(self.size) < _SMALL else available_workers(self.workers)

    def forward(self, values: AnyArray, *, conj: bool = False) -> AnyArray:
        """Return the spectrum of an image, or its complex conjugate."""
        workers, ndim = self._threads, len(self.size)
        out: AnyArray
        if math.prod(self.size) < _SLIGHT * math.prod(values.shape[-ndim:]):
            out = fft.rfftn(values, self.size, axes=range(-ndim, 0), workers=workers)
        else:
            out = fft.rfft(values, n=self.size[-1], axis=-1, workers=workers)
            for axis in range(-2, -ndim - 1, -1):
                out = fft.fft(out, n=self.size[axis], axis=axis, overwrite_x=True, workers=workers)
        return np.conj(out, out=out) if conj else out

    def power(self, values: AnyArray) -> FloatArray:
        """Return the squared magnitudes of the spectrum of an image."""
        return self.squared(self.forward(values))

    @staticmethod
    def squared(spectrum: AnyArray) -> FloatArray:
        """Return the squared magnitudes of a spectrum."""
        from covoxel.correlation.kernels import squared_magnitudes  # takes a while to load

        out = np.empty(spectrum.shape, spectrum.real.dtype)
        squared_magnitudes(spectrum.view(out.dtype).ravel(), out.ravel())
        return out

    def back(self, spectrum: AnyArray) -> AnyArray:
        """Return the values at `lags`; the spectrum is overwritten."""
        workers = self._threads
        for axis in range(-len(self.size), -1):
            spectrum = fft.ifft(spectrum, axis=axis, overwrite_x=True, workers=workers)
            spectrum = self._at_lags(spectrum, axis)
        n = self.size[-1]
        out: AnyArray = fft.irfft(spectrum, n=n, axis=-1, overwrite_x=True, workers=workers)
        return self._at_lags(out, -1)

    def back_symmetric(self, spectrum: AnyArray) -> AnyArray:
        """Return the values at lags around 0 of the real spectrum of what is symmetric about 0.

        Of two axes or more, of which the last alone is halved.
        """
        workers, ndim = self._threads, len(self.size)
        out: AnyArray = fft.rfft(spectrum, axis=-ndim, workers=workers)
        half: tuple[Any, ...] = (..., slice(self.lags.high[0] + 1), *[slice(None)] * (ndim - 1))
        out = out[half]
        for axis in range(1 - ndim, -1):
            out = self._at_lags(fft.fft(out, axis=axis, workers=workers), axis)
        out = self._at_lags(fft.hfft(out, n=self.size[-1], axis=-1, workers=workers), -1)
        mirrored: tuple[Any, ...] = (..., slice(None, 0, -1), *[slice(None, None, -1)] * (ndim - 1))
        return np.concatenate([out[mirrored], out], axis=-ndim) / math.prod(self.size)

    def _at_lags(self, values: AnyArray, axis: int) -> AnyArray:
        """Return the values at `lags` along an axis counted from the end, a view if it can be."""
        low, high = self.lags.low[axis], self.lags.high[axis]
        parts = [(low, high + 1)] if low >= 0 or high < -1 else [(low, None), (0, high + 1)]
        kept: list[AnyArray] = []
        for part in parts:
            place: tuple[Any, ...] = (..., slice(*part), *[slice(None)] * (-axis - 1))
            kept.append(values[place])
        return np.concatenate(kept, axis=axis) if len(kept) > 1 else kept[0]

    def displaced(
        self, spectrum: AnyArray, offset: Sequence[float], shape: tuple[int, ...]
    ) -> AnyArray:
        """Return the image of a spectrum at each pixel plus `offset`, of `shape`."""
        for axis, (n, step) in enumerate(zip(self.size, offset, strict=True)):
            last = axis == len(self.size) - 1
            frequency = fft.rfftfreq(n) if last else fft.fftfreq(n)
            phase = np.exp(2j * np.pi * step * frequency)
            if n % 2 == 0:
                phase[n // 2] = phase[n // 2].real  # only a cosine of the highest frequency exists
            along = phase.reshape([-1 if i == axis else 1 for i in range(len(self.size))])
            spectrum = spectrum * along.astype(spectrum.dtype)
        image: AnyArray = fft.irfftn(spectrum, s=self.size, overwrite_x=True, workers=self._threads)
        return image[tuple(slice(0, n) for n in shape)]


def available_workers(workers: int | None) -> int:
    """Return the number of threads for the transforms; None means all available processors."""
    return processors() if workers is None else workers


BoxEdges = list[tuple[IntArray, IntArray]]


def boxes(own: tuple[int, ...], other: tuple[int, ...], lags: Lags, sign: int = 1) -> BoxEdges:
    """Return where the overlap starts and ends in an image, along each axis at each lag."""
    out = []
    for axis, (n, m) in enumerate(zip(own, other, strict=True)):
        lag = sign * lags.along(axis)
        start = np.clip(-lag, 0, n)
        out.append((start, np.maximum(np.clip(m - lag, 0, n), start)))
    return out


def box_sums(values: AnyArray, boxes: BoxEdges) -> AnyArray:
    """Return sums over boxes, the product of intervals along each axis."""
    from covoxel.correlation.kernels import interval_sums  # takes a while to load

    kind = np.int64 if values.dtype == np.bool_ else np.float64
    for axis, (start, end) in enumerate(boxes, start=values.ndim - len(boxes)):
        before, length, behind = values.shape[:axis], values.shape[axis], values.shape[axis + 1 :]
        rows = read_only(values).reshape(-1, length, math.prod(behind))
        sums = np.empty((len(rows), start.size, rows.shape[2]), kind)
        interval_sums(rows, start, end, sums)
        values = sums.reshape(*before, start.size, *behind)
    return values


def pair_sums(
    values: AnyArray, lags: Lags, others: AnyArray | None = None, workers: int | None = None
) -> FloatArray:
    """Return Σ x(p) y(p + h) at each displacement h of images that are 0 outside.

    y is x unless `others` are given; leading axes are a batch.
    """
    ndim = len(lags.low)
    shape = values.shape[-ndim:]
    size = lags.padded(shape, shape if others is None else others.shape[-ndim:])
    transform = Transform(lags, size, values.dtype, workers)
    if others is None and ndim > 1:
        return np.asarray(transform.back_symmetric(transform.power(values)), np.float64)
    product = transform.forward(values, conj=True)
    product *= transform.forward(values if others is None else others)
    return np.asarray(transform.back(product), np.float64)


def weighted_pair_sum(values: AnyArray, weights: Sequence[FloatArray]) -> float:
    """Return Σ w(h) x(p) x(p + h) over displacements h of an image that is 0 outside.

    w is the product of weights along each axis, 0, 1, 2 ... pixels to either side.
    """
    from covoxel.correlation.kernels import weighted_squares  # takes a while to load

    lags = Lags.around((0,) * values.ndim, tuple(along.size - 1 for along in weights))
    size = lags.padded(values.shape, values.shape)
    spectrum = Transform(lags, size, values.dtype, None).forward(values)
    factors = [
        2 * fft.fft(along, n=n).real - along[0] for along, n in zip(weights, size, strict=True)
    ]
    across, along = reduce(np.multiply.outer, factors[:-1]), factors[-1]
    along[1 : (size[-1] + 1) // 2] *= 2  # half of them are there
    parts = spectrum.view(spectrum.real.dtype).reshape(across.size, -1)
    return float(weighted_squares(parts, across.ravel(), along)) / math.prod(size)


def box_counts(shape: tuple[int, ...], lags: Lags) -> FloatArray:
    """Return the pairs of pixels of a whole image at each displacement."""
    sides = [np.maximum(n - np.abs(lags.along(axis)), 0) for axis, n in enumerate(shape)]
    return np.asarray(math.prod(np.ix_(*sides)), np.float64)


def pair_counts(mask: BoolArray, lags: Lags) -> FloatArray:
    """Return the pairs of pixels of a mask at each displacement."""
    if mask.all():
        return box_counts(mask.shape, lags)
    return np.rint(pair_sums(mask.astype(np.float64), lags))
