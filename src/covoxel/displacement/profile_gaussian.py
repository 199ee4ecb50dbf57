"""Gaussians of distance: what is fitted where no PSF is known, and the published model."""

from __future__ import annotations

import math

import numpy as np
from scipy.interpolate import CubicSpline

from covoxel._types import FloatArray


class Gaussians:
    """Gaussians of any mean and standard deviation at fixed lengths, as weights of a table.

    Their volume is their height.
    """

    def __init__(self, length: FloatArray, step: float) -> None:
        self.length, self.finest, self.narrowest = length, step, step / 2
        far = float(length.max())
        self.radii = np.linspace(0, far, max(8, math.ceil(far / self.narrowest) + 1))
        between = CubicSpline(self.radii, np.eye(self.radii.size))
        self.table = np.asarray(between(length)).T

    def weights(self, distance: float, spread: float) -> FloatArray:
        """Return the heights of a Gaussian at the radii of the table."""
        spread = max(spread, self.narrowest)
        return np.asarray(np.exp(-np.square((self.radii - distance) / spread) / 2))

    def exact(self, distance: float, spread: float) -> FloatArray:
        """Return a Gaussian of height 1 at the lengths."""
        spread = max(spread, self.narrowest)
        return np.asarray(np.exp(-np.square((self.length - distance) / spread) / 2))
