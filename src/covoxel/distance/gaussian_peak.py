"""A Gaussian on a baseline, fitted to a correlogram at displacements."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import polynomial
from scipy import optimize

from covoxel.core.types import BoolArray, FloatArray
from covoxel.distance.profiles import BlockProfiles

#: Range of a correlogram that is fitted, in its own standard deviations.
REACH = 4.0
_ROUNDS, _SETTLED = 15, 1e-3
#: Fewest displacements that a variance is fitted to.
FEWEST = 6
#: Largest change of a variance in one round, as a logarithm.
_STRIDE = 1.0
#: Axes that a variance is of: both of the plane, and z.
_AXES = np.array([2, 1])


@dataclass(frozen=True, slots=True, eq=False)
class PeakPoints:
    """A correlogram at displacements: their squared lengths and length, and its weight.

    The baseline is even: a polynomial in the squared length, of `terms` terms. Displacement zero,
    where the noise of a channel correlates with itself, is fitted only `with_zero`.
    """

    squares: list[FloatArray]
    length: FloatArray
    values: FloatArray
    weight: FloatArray
    terms: int = 3
    with_zero: bool = False

    def inside(self, variance: FloatArray) -> BoolArray | None:
        """Return which are fitted; None where they are too few."""
        reduced = np.asarray(sum(s / v for s, v in zip(self.squares, variance, strict=True)))
        nearest = np.sort(reduced[self.length > 0])
        fewest = FEWEST * variance.size
        if nearest.size < fewest:
            return None
        near = reduced <= max(REACH**2, nearest[fewest - 1])
        return np.asarray(near & (self.with_zero | (self.length > 0)))


def settled_variance(points: PeakPoints, start: FloatArray) -> FloatArray | None:
    """Repeat the fit in the range of the width found until that converges."""
    variance, largest = start, np.square(points.length.max())
    for _ in range(_ROUNDS):
        inner = points.inside(variance)
        if inner is None or (variance > largest).any():
            return None
        found = Peak(points, inner).best(variance)
        change = np.abs(np.log(found / variance)).max()
        variance = found
        if change < _SETTLED:
            break
    return variance


class Peak:
    """A Gaussian on a baseline of neighbours, which the PSF has made smooth, at displacements."""

    def __init__(self, points: PeakPoints, inner: BoolArray) -> None:
        self.squares = [square[inner] for square in points.squares]
        self.values, self.root = points.values[inner], np.sqrt(points.weight[inner])
        square = np.square(points.length[inner] / points.length[inner].max())
        self.base = polynomial.polyvander(square, points.terms - 1)
        self._outer, _ = np.linalg.qr(self.root[:, None] * self.base)
        self._rest = self._residual(self.root * self.values)

    def columns(self, variance: FloatArray) -> FloatArray:
        """Return the Gaussian of height 1 and the terms of the baseline, (displacements, 1 + k)."""
        return np.column_stack([self._gaussian(variance), self.base])

    def _gaussian(self, variance: FloatArray) -> FloatArray:
        reduced = sum(s / v for s, v in zip(self.squares, variance, strict=True))
        return np.asarray(np.exp(-np.asarray(reduced) / 2))

    def _residual(self, weighted: FloatArray) -> FloatArray:
        """Return the residual of the baseline."""
        return np.asarray(weighted - self._outer @ (self._outer.T @ weighted))

    def weighted(self, variance: FloatArray) -> FloatArray:
        """Return these columns times the root of the weights."""
        return np.asarray(self.root[:, None] * self.columns(variance))

    def linear(self, variance: FloatArray) -> FloatArray:
        """Return the height of the Gaussian and the terms' factors that fit best."""
        return np.asarray(np.linalg.lstsq(self.weighted(variance), self.root * self.values)[0])

    def best(self, start: FloatArray) -> FloatArray:
        """Return the variances that fit best near a start."""
        low, high = np.log(start) - _STRIDE, np.log(start) + _STRIDE
        if start.size > 1:
            fitted = optimize.least_squares(self._misfit, np.log(start), bounds=(low, high))
            return np.asarray(np.exp(fitted.x))
        # takes a third of the time, and many lines are fitted
        limits = float(low[0]), float(high[0])
        found = optimize.minimize_scalar(self._squares, bounds=limits, method="bounded")
        return np.asarray(np.exp([found.x]))

    def _misfit(self, logarithm: FloatArray) -> FloatArray:
        seen = self._residual(self.root * self._gaussian(np.exp(logarithm)))
        return self._rest - seen * (seen @ self._rest) / max(float(seen @ seen), 1e-300)

    def _squares(self, logarithm: float) -> float:
        return float(np.square(self._misfit(np.array([logarithm]))).sum())

    def slopes(self, variance: FloatArray, linear: FloatArray) -> FloatArray:
        """Return the derivatives by the variances, then by the linear parameters."""
        columns = self.columns(variance)
        bent = [
            linear[0] * columns[:, 0] * s / (2 * v * v)
            for s, v in zip(self.squares, variance, strict=True)
        ]
        return np.asarray(self.root[:, None] * np.column_stack([*bent, columns]))


def peak_spread(variance: FloatArray) -> float:
    """Return the integral of a Gaussian of height 1 with a variance in the plane, and along z."""
    return float(np.prod(np.sqrt(2 * math.pi * variance) ** _AXES[: variance.size]))


def block_residuals(
    fit: Peak, inner: BoolArray, profiles: BlockProfiles, variance: FloatArray, linear: FloatArray
) -> FloatArray:
    """Return each block's part of the weighted residuals of a fit, (B, displacements)."""
    model = fit.columns(variance) @ linear
    return np.asarray(fit.root * (profiles.values[:, inner] - profiles.shares[:, inner] * model))
