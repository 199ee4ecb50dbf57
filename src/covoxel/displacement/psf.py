"""The width of a channel's PSF, from the channel's own correlogram."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from covoxel._types import BoolArray, FloatArray
from covoxel.displacement.interval import Influence, influence
from covoxel.displacement.interval_blocks import BlockProfiles
from covoxel.displacement.profile import Rings

#: How far the autocorrelogram is fitted, in its own standard deviations.
REACH = 4.0
_ROUNDS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Blur:
    """A Gaussian PSF, as a channel's own correlogram shows it.

    Attributes
    ----------
    variance : (1,) or (2,) ndarray of float
        Variance of the autocorrelogram, twice that of the PSF: in the plane, and along z.
    volume : float
        Integral of the autocorrelogram's peak.
    influence : Influence or None
        What each block adds to the error of `variance`; None where the PSF was given.
    """

    variance: FloatArray
    volume: float
    influence: Influence | None = None

    @property
    def sigma(self) -> tuple[float, ...]:
        """Standard deviation of the PSF in the plane, and along z."""
        return tuple(np.sqrt(self.variance / 2).tolist())


def fitted_blur(rings: Rings, profiles: BlockProfiles, start: FloatArray) -> Blur | None:
    """Fit a Gaussian and a linear baseline to an autocorrelogram.

    Displacement zero is left out: there the noise of the camera correlates with itself. The
    range fitted follows the width found.

    Returns
    -------
    Blur or None
        None where there is no peak.
    """
    squares = [np.square(rings.in_plane)]
    if rings.axial is not None:
        squares.append(np.square(rings.axial))
    variance = start
    for _ in range(_ROUNDS):
        inner = _inside(squares, variance)
        if np.count_nonzero(inner) < 4 + variance.size:
            return None
        fit = _Peak(
            [s[inner] for s in squares],
            rings.length[inner],
            profiles.mean[inner],
            profiles.weight[inner],
        )
        found = fit.best(variance)
        if found is None:
            return None
        change = np.abs(np.log(found / variance)).max()
        variance = found
        if change < 1e-3:
            break
    linear = fit.linear(variance)
    if linear[0] <= 0:
        return None
    slopes = fit.slopes(variance, linear)
    model = fit.columns(variance) @ linear
    scaled = fit.root * (profiles.values[:, inner] - profiles.shares[:, inner] * model)
    parts = influence(slopes, scaled).parts[:, : variance.size]
    spread = np.prod(np.sqrt(2 * math.pi * variance) ** np.array([2, 1][: variance.size]))
    return Blur(variance, float(linear[0] * spread), Influence(parts))


def _inside(squares: list[FloatArray], variance: FloatArray) -> BoolArray:
    """Return the groups within reach, displacement zero left out."""
    reduced = sum(s / v for s, v in zip(squares, variance, strict=True))
    return np.asarray((reduced <= REACH**2) & (sum(squares) > 0))


class _Peak:
    """A Gaussian on a linear baseline, at fixed displacements."""

    def __init__(
        self, squares: list[FloatArray], length: FloatArray, values: FloatArray, weight: FloatArray
    ) -> None:
        self.squares, self.values, self.root = squares, values, np.sqrt(weight)
        self.base = np.stack([np.ones_like(length), length], axis=1)

    def columns(self, variance: FloatArray) -> FloatArray:
        reduced = sum(s / v for s, v in zip(self.squares, variance, strict=True))
        return np.column_stack([np.exp(-np.asarray(reduced) / 2), self.base])

    def linear(self, variance: FloatArray) -> FloatArray:
        weighted = self.root[:, None] * self.columns(variance)
        return np.asarray(np.linalg.lstsq(weighted, self.root * self.values)[0])

    def best(self, start: FloatArray) -> FloatArray | None:
        def misfit(logarithm: FloatArray) -> FloatArray:
            variance = np.exp(logarithm)
            return self.root * (self.values - self.columns(variance) @ self.linear(variance))

        low, high = np.log(start) - 2, np.log(start) + 2
        found = optimize.least_squares(misfit, np.log(start), bounds=(low, high))
        return np.exp(found.x) if found.success else None

    def slopes(self, variance: FloatArray, linear: FloatArray) -> FloatArray:
        """Return the derivatives of the model by the variances, then by what is linear."""
        columns = self.columns(variance)
        bent = [
            linear[0] * columns[:, 0] * s / (2 * v * v)
            for s, v in zip(self.squares, variance, strict=True)
        ]
        return self.root[:, None] * np.column_stack([*bent, columns])


def rough_variance(surface: FloatArray, step: tuple[float, ...]) -> FloatArray | None:
    """Guess the variance of an autocorrelogram's peak from where it has fallen by half.

    `surface` has displacement zero in its middle.
    """
    centre = tuple(n // 2 for n in surface.shape)
    guesses = []
    for axes in [(-2, -1), (0,)][: surface.ndim - 1]:
        widths = [w for axis in axes if (w := _half_width(surface, centre, axis)) is not None]
        if not widths:
            return None
        guesses.append(float(np.mean([np.square(w * step[a]) for w, a in zip(widths, axes)])))
    return np.asarray(guesses)


def _half_width(surface: FloatArray, centre: tuple[int, ...], axis: int) -> float | None:
    """Return the standard deviation in pixels along one axis, None where nothing falls."""
    line = np.moveaxis(surface, axis, -1)[tuple(np.delete(centre, axis))][centre[axis] :]
    if line.size < 3:
        return None
    floor = np.median(line[line.size // 2 :])
    height = np.maximum(line - floor, 0)
    low = np.flatnonzero(height[1:] < height[1] / 2)
    if height[1] <= 0 or not low.size:
        return None
    reach = low[0] + 1
    # from one pixel on, a Gaussian halves at √(1 + 2 ln 2 · variance)
    return math.sqrt(max(reach * reach - 1, 0.7) / (2 * math.log(2)))
