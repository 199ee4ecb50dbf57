"""Area: the pixels of a mask, and sums over their pairs at each displacement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage, signal

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.correlation.overlaps import Lags, pair_counts


@dataclass(frozen=True)
class Area:
    """Pixels in which two channels are compared.

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
    def weights(self) -> FloatArray:
        """The mask as 1 and 0."""
        return self.mask.astype(np.float64)

    def standardised(self, values: AnyArray) -> FloatArray:
        """Return values of mean 0 and variance 1 in the area, 0 outside it."""
        inside = values[self.mask].astype(np.float64)
        inside /= np.abs(inside).max()  # squares of large and small ones stay finite
        inside -= inside.mean()
        inside /= inside.std()
        return self.spread(inside)

    def spread(self, inside: AnyArray) -> FloatArray:
        """Return an image of one value for each pixel of the area, 0 outside it."""
        out = np.zeros(self.mask.shape)
        out[self.mask] = inside
        return out

    def lags(self, reach: float) -> Lags:
        """Return the displacements up to a distance along each axis, inside the bounding box."""
        sides = zip(self.mask.shape, self.step, strict=True)
        limits = tuple(min(side - 1, math.ceil(reach / step)) for side, step in sides)
        return Lags.around((0,) * len(limits), limits)

    def counts(self, lags: Lags) -> FloatArray:
        """Return the pairs of pixels of the area at each displacement."""
        return pair_counts(self.mask, lags)

    def sums_around(self, kernel: FloatArray) -> FloatArray:
        """Return, for each pixel of the area, the sum of `kernel` over the area around it."""
        return np.asarray(signal.oaconvolve(self.weights, kernel, mode="same")[self.mask])

    def local_mean(self, values: FloatArray, sigma: float) -> FloatArray:
        """Return Gaussian-weighted means of the area around each of its pixels.

        `values` is 0 outside the area, `sigma` in the shortest step.
        """
        weights = self.smoothed(self.weights, sigma)
        return self.smoothed(values, sigma)[self.mask] / weights[self.mask]

    def smoothed(self, values: FloatArray, sigma: float) -> FloatArray:
        """Return an image behind a Gaussian that is normalised over the plane."""
        widths = [sigma / step for step in self.step]
        return np.asarray(ndimage.gaussian_filter(values, widths, mode="constant"))

    def depth(self) -> FloatArray:
        """Return the distance of each pixel of the area from its edge; the frame is no edge."""
        padded = np.pad(self.mask, 1, mode="edge")
        depths = ndimage.distance_transform_edt(padded, sampling=self.step)
        return np.asarray(depths[(slice(1, -1),) * self.mask.ndim][self.mask])

    def block_sums(self, values: FloatArray, side: float) -> FloatArray:
        """Return sums over blocks of a side."""
        for axis, step in enumerate(self.step):
            length = max(1, round(side / step))
            starts: IntArray = np.arange(0, values.shape[axis], length)
            values = np.add.reduceat(values, starts, axis=axis)
        return values
