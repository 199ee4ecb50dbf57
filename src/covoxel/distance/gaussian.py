"""Gaussians of distance: what is fitted where no PSF is known, and the published model."""

from __future__ import annotations

import math

import numpy as np
from scipy.interpolate import CubicSpline

from covoxel.core.types import FloatArray


class Gaussians:
    """Gaussians of any mean and standard deviation at fixed lengths, as weights of a table.

    Their volume is their height.
    """

    def __init__(self, length: FloatArray, step: float) -> None:
        self.length, self.finest = length, step
        far = float(length.max())
        self.radii = np.linspace(0, far, max(8, math.ceil(2 * far / step) + 1))
        between = CubicSpline(self.radii, np.eye(self.radii.size))
        self.table = np.asarray(between(length)).T

    def least(self, distance: float) -> float:
        """Return the variance of the narrowest Gaussian, half a step wide."""
        return (self.finest / 2) ** 2

    def weights(self, distance: float, variance: float) -> FloatArray:
        """Return the heights of a Gaussian at the radii of the table."""
        return self._at(self.radii, distance, variance)

    def exact(self, distance: float, variance: float) -> FloatArray:
        """Return a Gaussian of height 1 at the lengths."""
        return self._at(self.length, distance, variance)

    def _at(self, lengths: FloatArray, distance: float, variance: float) -> FloatArray:
        variance = max(variance, self.least(distance))
        return np.asarray(np.exp(-np.square(lengths - distance) / (2 * variance)))
