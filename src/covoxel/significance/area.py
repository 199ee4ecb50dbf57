"""Area: the pixels of a mask, and sums over their pairs at each displacement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial, reduce
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import ndimage

from covoxel.core.sharing import in_threads
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.correlation.overlaps import Lags, Transform, available_workers, box_sums, pair_counts
from covoxel.image.channel import Slices

#: Pixels beyond which single precision is used: transforms take half the time, and the sums that
#: are read from them are needed to three digits.
_LARGE = 1 << 18
#: Reach of a Gaussian, in standard deviations.
_TRUNCATED = 4.0


@dataclass(frozen=True)
class Area:
    """Pixels in which two channels are compared.

    Images that it makes or takes may be stacked along a leading axis.
    """

    #: The pixels, (Z, Y, X).
    mask: BoolArray
    #: Distance between neighbouring pixels along each axis, in the shortest of them.
    step: tuple[float, ...]

    @cached_property
    def n(self) -> int:
        """Number of pixels."""
        return int(np.count_nonzero(self.mask))

    @cached_property
    def full(self) -> bool:
        """Whether the mask fills its bounding box."""
        return bool(self.mask.all())

    @cached_property
    def real(self) -> np.dtype[Any]:
        """Kind of the images that it makes."""
        return np.dtype(np.float32 if self.mask.size > _LARGE else np.float64)

    @cached_property
    def weights(self) -> FloatArray:
        """The mask as 1 and 0."""
        return self.mask.astype(self.real)

    @cached_property
    def _places(self) -> IntArray:
        """Where its pixels are in an image of one axis."""
        return np.flatnonzero(self.mask)

    def inside(self, values: AnyArray) -> AnyArray:
        """Return the values of the area's pixels, in one axis."""
        flat = values.reshape(*values.shape[: values.ndim - self.mask.ndim], -1)
        return flat if self.full else np.take(flat, self._places, axis=-1)

    def spread(self, inside: AnyArray) -> FloatArray:
        """Return an image of one value for each pixel of the area, 0 outside it."""
        shape = (*inside.shape[:-1], *self.mask.shape)
        if self.full:
            return np.asarray(inside, self.real).reshape(shape)
        out = np.zeros(shape, self.real)
        rows = out.reshape(-1, self.mask.size)  # one by one, which takes a quarter of the time
        for row, values in zip(rows, inside.reshape(-1, self.n), strict=True):
            row[self._places] = values
        return out

    def standardised(self, *images: AnyArray, largest: Sequence[float] | None = None) -> FloatArray:
        """Return images of mean 0 and variance 1 in the area, 0 outside it, stacked.

        `largest` are about the largest magnitudes of each, by which squares stay finite.
        """
        from covoxel.significance.kernels import standardise  # takes a while to load

        out = np.empty((len(images), self.n), self.real)
        bounds = largest or [np.abs(self.extremes(image)).max() for image in images]
        for row, image, bound in zip(out, images, bounds, strict=True):
            inside = self.inside(image)
            if inside.dtype not in (np.float32, np.float64):
                inside = inside.astype(np.float64)
            unit = math.ldexp(1, min(-math.frexp(bound)[1], 1023))  # rounds nothing
            standardise(inside, unit, row)
        return self.spread(out)

    def extremes(self, values: AnyArray) -> tuple[float, float]:
        """Return the lowest and the highest value of the area's pixels."""
        inside = self.inside(values)
        return float(inside.min()), float(inside.max())

    def lags(self, reach: float) -> Lags:
        """Return the displacements up to a distance along each axis, inside the bounding box."""
        sides = zip(self.mask.shape, self.step, strict=True)
        limits = tuple(min(side - 1, math.ceil(reach / step)) for side, step in sides)
        return Lags.around((0,) * len(limits), limits)

    def displacements(self, reach: float) -> Displacements:
        """Return the displacements of `lags` with their pairs of pixels, computed once."""
        lags = self.lags(reach)
        if lags not in self._displacements:
            self._displacements[lags] = Displacements(lags, self.pairs(lags), self.step)
        return self._displacements[lags]

    @cached_property
    def _displacements(self) -> dict[Lags, Displacements]:
        return {}

    def pairs(self, lags: Lags) -> FloatArray:
        """Return the pairs of pixels at each displacement around 0."""
        if self.full:
            return pair_counts(self.mask, lags)
        transform = self.transform(lags)
        return np.rint(transform.back_symmetric(transform.squared(self._spectrum(transform))))

    def transform(self, lags: Lags) -> Transform:
        """Return the transform of images for displacements around 0."""
        return Transform(lags, lags.padded(self.mask.shape, self.mask.shape), self.real, None)

    def shared_sum(self, kernels: FloatArray, lags: Lags) -> float:
        """Return the sum over the area of the product of both kernels' sums around each pixel.

        The sums are over the area; kernels are stacked, at displacements around 0, and symmetric.
        """
        limits = lags.high
        if self.full:
            boxes, counts = [], []
            for n, limit in zip(self.mask.shape, limits, strict=True):
                reach = min(limit, (n - 1) // 2)  # the pixels further from both ends are alike
                place = np.concatenate([np.arange(reach + 1), np.arange(n - reach, n)])
                counts.append(np.where(place == reach, n - 2 * reach, 1))
                first = limit - place
                boxes.append((np.maximum(first, 0), np.minimum(first + n, 2 * limit + 1)))
            times = np.asarray(math.prod(np.ix_(*counts)), np.float64)
            return float(np.sum(times * np.prod(box_sums(kernels, boxes), axis=0)))
        last = tuple(limit + n - 1 for limit, n in zip(limits, self.mask.shape, strict=True))
        transform = replace(self.transform(lags), lags=Lags(limits, last))
        spectrum = transform.forward(kernels.astype(self.real)) * self.spectrum(transform)
        first, second = self.inside(transform.back(spectrum))
        return float(np.sum(first * second, dtype=np.float64))

    def local_mean(self, values: FloatArray, sigma: float) -> FloatArray:
        """Return Gaussian-weighted means of the area around each of its pixels.

        `values` is 0 outside the area, `sigma` in the shortest step.
        """
        weights = [_gaussian(sigma / step) for step in self.step]
        sums = sums_around(values, weights)
        if not self.full:
            return self.inside(sums) / self.inside(sums_around(self.weights, weights))
        for axis, (n, along) in enumerate(zip(self.mask.shape, weights, strict=True)):
            (held,) = sums_around(np.ones((1, n)), [np.ones(1), along])
            shape = [-1 if other == axis else 1 for other in range(self.mask.ndim)]
            sums /= held.astype(sums.dtype).reshape(shape)
        return self.inside(sums)

    def spectrum(self, transform: Transform) -> AnyArray:
        """Return the transform of the mask in the precision of images."""
        single = self.real == np.float32
        return self._spectrum(transform).astype(
            np.complex64 if single else np.complex128, copy=False
        )

    def _spectrum(self, transform: Transform) -> AnyArray:
        """Return the transform of the mask in double precision, computed once for each size."""
        if transform.size not in self._spectra:
            self._spectra[transform.size] = transform.forward(self.mask.astype(np.float64))
        return self._spectra[transform.size]

    @cached_property
    def _spectra(self) -> dict[tuple[int, ...], AnyArray]:
        return {}

    @cached_property
    def depth(self) -> FloatArray:
        """Distance of each pixel of the area from its edge; the frame is no edge."""
        if self.full:
            return np.full(self.n, np.inf)
        around = [np.arange(-1, n + 1).clip(0, n - 1) for n in self.mask.shape]
        padded = self.mask[np.ix_(*around)]
        depths = ndimage.distance_transform_edt(padded, sampling=self.step)
        return np.asarray(self.inside(depths[(slice(1, -1),) * self.mask.ndim]))

    def eroded(self, depth: float) -> tuple[Area, Slices] | None:
        """Return the area deeper than `depth` below its edge, and its box; None if it is empty.

        The box has a row of pixels outside: what ends at the box ends at the frame.
        """
        deep = self.depth > depth
        n = int(np.count_nonzero(deep))
        if n not in self._eroded:  # of two depths, one area holds the other
            self._eroded[n] = self.cut(np.asarray(self.spread(deep) > 0))
        return self._eroded[n]

    @cached_property
    def _eroded(self) -> dict[int, tuple[Area, Slices] | None]:
        return {}

    def cut(self, mask: BoolArray) -> tuple[Area, Slices] | None:
        """Return a smaller area, and its box as in `eroded`; None if it is empty."""
        if mask.all():
            return Area(mask, self.step), (slice(None),) * mask.ndim
        boxes = ndimage.find_objects(mask.view(np.uint8))
        if not boxes:
            return None
        box = tuple(slice(max(0, side.start - 1), side.stop + 1) for side in boxes[0])
        return Area(mask[box], self.step), box

    def participation(self, values: FloatArray, side: float, *, squared: bool = False) -> float:
        """Return on about how many blocks of a side the sum of an image, or its square, rests."""
        sums = self.block_sums(values, side, squared=squared)
        largest = np.abs(sums).max()
        if not largest:
            return 0.0
        squares = np.square(sums / largest)
        return float(np.sum(squares) ** 2 / np.sum(np.square(squares)))

    def block_sums(self, values: FloatArray, side: float, *, squared: bool = False) -> FloatArray:
        """Return sums of an image, or of its square, over blocks of a side."""
        from covoxel.significance.kernels import sum_blocks  # takes a while to load

        lengths = [max(1, round(side / step)) for step in self.step]
        for axis, length in enumerate(lengths[:-1]):
            shape = values.shape
            planes = math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])
            sums = np.zeros((planes[0], -(-shape[axis] // length), planes[2]))
            sum_blocks(values.reshape(planes), length, squared and axis == 0, sums)
            values = sums.reshape(*shape[:axis], -1, *shape[axis + 1 :])
        return np.add.reduceat(values, np.arange(0, values.shape[-1], lengths[-1]), axis=-1)


def sums_around(values: FloatArray, weights: Sequence[FloatArray]) -> FloatArray:
    """Return sums around each pixel of images, which are 0 outside.

    `weights` are their factors along each of the last two or three axes, 0, 1, 2 ... pixels to
    either side.
    """
    from covoxel.significance.kernels import sum_around  # takes a while to load

    shape, dtype = values.shape, values.dtype
    factors = [each.astype(dtype) for each in weights]
    passes = [(each, np.ones(1, dtype)) for each in factors[:-2]]  # along z, a plane is a row
    for axis, (across, along) in enumerate([*passes, factors[-2:]], len(shape) - len(weights)):
        planes = math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])
        out = np.empty(planes, dtype)
        work = partial(sum_around, values.reshape(planes), across, along, out)
        threads = 1 if out.size < _LARGE else available_workers(None)
        starts = [shape[axis] * thread // threads for thread in range(threads + 1)]
        bands = [partial(work, *ends) for ends in pairwise(starts)]
        for _ in in_threads(lambda band: band(), bands, threads):
            pass
        values = out.reshape(shape)
    return values


def _gaussian(sigma: float) -> FloatArray:
    """Return half of a Gaussian that sums to 1."""
    kernel = np.exp(-np.square(np.arange(int(_TRUNCATED * sigma + 0.5) + 1) / sigma) / 2)
    return np.asarray(kernel / (2 * kernel.sum() - kernel[0]))


#: Share of the area's pairs of pixels that a displacement needs.
_MIN_OVERLAP = 0.2


@dataclass(frozen=True, eq=False)
class Displacements:
    """The displacements up to a reach, which all images of an area have in common."""

    #: Displacements.
    lags: Lags
    #: Pairs of pixels at each displacement.
    pairs: FloatArray
    #: Pixel step along each axis, in the shortest.
    step: tuple[float, ...]

    @cached_property
    def distance(self) -> FloatArray:
        """Length of each displacement, in the shortest pixel step."""
        return self.lags.distance(self.step)

    @cached_property
    def used(self) -> BoolArray:
        """Which displacements have enough pairs."""
        return np.asarray(self.pairs > _MIN_OVERLAP * self.pairs[self.lags.high])

    @cached_property
    def shares(self) -> FloatArray:
        """What makes a mean of a sum over pairs, 0 where they are too few."""
        return np.where(self.used, 1 / np.maximum(self.pairs, 1), 0)

    @cached_property
    def _rings(self) -> tuple[IntArray, IntArray]:
        """The rounded length of each displacement, and how many that are used have each."""
        ring = np.rint(self.distance).astype(np.intp).ravel()
        return ring, np.bincount(ring[self.used.ravel()], minlength=ring.max() + 1)

    @staticmethod
    def summed(values: FloatArray, weights: Sequence[FloatArray]) -> float:
        """Return the sum over displacements of values times weights along each axis."""
        return float(reduce(np.matmul, reversed(weights), values))

    def radius(self, rho: FloatArray, level: float) -> float:
        """Return the first radius at which the mean over a ring is below a level, inf if none.

        `rho` is 0 at displacements that are not used.
        """
        ring, counts = self._rings
        faded = np.flatnonzero(np.bincount(ring, rho.ravel()) < level * counts)
        return float(faded[0]) if faded.size else math.inf
