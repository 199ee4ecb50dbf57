"""Area: the pixels of a mask, and sums over their pairs at each displacement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import fft, ndimage, signal

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.correlation.overlaps import Lags, Transform, box_sums, pair_counts

#: Pixels beyond which single precision is used: transforms take half the time, and the sums that
#: are read from them are needed to three digits.
_LARGE = 1 << 18
#: Reach of a Gaussian, in standard deviations.
_TRUNCATED = 4.0


@dataclass(frozen=True)
class Area:
    """Pixels in which two channels are compared.

    Images that it makes or takes may be stacked along a leading axis.

    Attributes
    ----------
    mask : (Z, Y, X) or (Y, X) ndarray of bool
        The pixels.
    step : tuple of float
        Distance between neighbouring pixels along each axis, in the shortest of them.
    """

    mask: BoolArray
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

    def inside(self, values: AnyArray) -> AnyArray:
        """Return the values of the area's pixels, in one axis."""
        if self.full:
            return values.reshape(*values.shape[: values.ndim - self.mask.ndim], -1)
        return np.asarray(values[..., self.mask])

    def spread(self, inside: AnyArray) -> FloatArray:
        """Return an image of one value for each pixel of the area, 0 outside it."""
        shape = (*inside.shape[:-1], *self.mask.shape)
        if self.full:
            return np.asarray(inside, self.real).reshape(shape)
        out = np.zeros(shape, self.real)
        out[..., self.mask] = inside
        return out

    def standardised(self, *images: AnyArray) -> FloatArray:
        """Return images of mean 0 and variance 1 in the area, 0 outside it, stacked."""
        out = np.empty((len(images), self.n), self.real)
        for row, image in zip(out, images, strict=True):
            inside = self.inside(image)
            largest = max(abs(float(inside.min())), abs(float(inside.max())))
            inside = inside / np.float64(largest)  # squares of large and small ones stay finite
            inside -= inside.mean()
            inside *= 1 / math.sqrt(np.vdot(inside, inside) / self.n)
            row[:] = inside
        return self.spread(out)

    def lags(self, reach: float) -> Lags:
        """Return the displacements up to a distance along each axis, inside the bounding box."""
        sides = zip(self.mask.shape, self.step, strict=True)
        limits = tuple(min(side - 1, math.ceil(reach / step)) for side, step in sides)
        return Lags.around((0,) * len(limits), limits)

    def counts(self, lags: Lags) -> FloatArray:
        """Return the pairs of pixels of the area at each displacement."""
        if lags not in self._counted:
            self._counted[lags] = pair_counts(self.mask, lags)
        return self._counted[lags]

    @cached_property
    def _counted(self) -> dict[Lags, FloatArray]:
        return {}

    def sums_around(self, kernels: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return sums of kernels over the area around its pixels, and how many have each sum.

        The kernels are stacked.
        """
        if not self.full:
            sums = [signal.oaconvolve(self.weights, one, mode="same") for one in kernels]
            return self.inside(np.stack(sums)), np.ones(self.n)
        boxes, counts = [], []
        for n, width in zip(self.mask.shape, kernels.shape[1:], strict=True):
            reach = min(width // 2, (n - 1) // 2)  # the pixels further from both ends are alike
            place = np.concatenate([np.arange(reach + 1), np.arange(n - reach, n)])
            counts.append(np.where(place == reach, n - 2 * reach, 1))
            first = width // 2 - place
            boxes.append((np.maximum(first, 0), np.minimum(first + n, width)))
        times = np.asarray(math.prod(np.ix_(*counts)), np.float64)
        return box_sums(kernels, boxes).reshape(len(kernels), -1), times.ravel()

    def local_mean(self, values: FloatArray, sigma: float) -> FloatArray:
        """Return Gaussian-weighted means of the area around each of its pixels.

        `values` is 0 outside the area, `sigma` in the shortest step.
        """
        sums = self.smoothed(values, sigma)
        if not self.full:
            return self.inside(sums) / self.inside(self.smoothed(self.weights, sigma))
        for axis, (n, step) in enumerate(zip(self.mask.shape, self.step, strict=True)):
            held = ndimage.gaussian_filter1d(np.ones(n), sigma / step, mode="constant")
            shape = [-1 if other == axis else 1 for other in range(self.mask.ndim)]
            sums /= held.astype(sums.dtype).reshape(shape)
        return self.inside(sums)

    def smoothed(self, values: FloatArray, sigma: float) -> FloatArray:
        """Return an image behind a Gaussian that is normalised over the plane."""
        widths = [sigma / step for step in self.step]
        shape = self.mask.shape
        size = tuple(
            fft.next_fast_len(n + math.ceil(_TRUNCATED * width), real=axis == len(shape) - 1)
            for axis, (n, width) in enumerate(zip(shape, widths, strict=True))
        )
        everywhere = Lags((0,) * len(shape), tuple(n - 1 for n in shape))
        transform = Transform(everywhere, size, values.dtype, None)
        spectrum = transform.forward(values)
        for axis, (n, width) in enumerate(zip(size, widths, strict=True)):
            kernel = np.zeros(n)
            kernel[0] = 1
            kernel = ndimage.gaussian_filter1d(kernel, width, mode="wrap", truncate=_TRUNCATED)
            along = fft.rfft(kernel) if axis == len(size) - 1 else fft.fft(kernel)
            shape_along = [-1 if other == axis else 1 for other in range(len(size))]
            spectrum *= along.real.astype(values.dtype).reshape(shape_along)
        return np.asarray(transform.back(spectrum))

    def depth(self) -> FloatArray:
        """Return the distance of each pixel of the area from its edge; the frame is no edge."""
        padded = np.pad(self.mask, 1, mode="edge")
        depths = ndimage.distance_transform_edt(padded, sampling=self.step)
        return np.asarray(self.inside(depths[(slice(1, -1),) * self.mask.ndim]))

    def participation(self, values: FloatArray, side: float) -> float:
        """Return on about how many blocks of a side the sum of an image rests."""
        sums = self.block_sums(values, side)
        largest = np.abs(sums).max()
        if not largest:
            return 0.0
        sums /= largest
        return float(np.sum(sums**2) ** 2 / np.sum(sums**4))

    def block_sums(self, values: FloatArray, side: float) -> FloatArray:
        """Return sums over blocks of a side."""
        for axis, step in enumerate(self.step):
            length = max(1, round(side / step))
            starts: IntArray = np.arange(0, values.shape[axis], length)
            values = np.add.reduceat(values, starts, axis=axis, dtype=np.float64)
        return values
