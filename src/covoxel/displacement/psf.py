"""The width of a channel's PSF, from the channel's own correlogram."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import fft, optimize

from covoxel._types import AnyArray, BoolArray, FloatArray
from covoxel.displacement.interval import Influence, influence
from covoxel.displacement.interval_blocks import BlockProfiles
from covoxel.displacement.overlaps import Side
from covoxel.displacement.profile import Rings

#: How far the autocorrelogram is fitted, in its own standard deviations.
REACH = 4.0
_ROUNDS = 30
#: Lines that a width is guessed from.
_LINES = 8192


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


def fitted_blur(
    rings: Rings, profiles: BlockProfiles, start: FloatArray, *, given: bool = False
) -> Blur | None:
    """Fit a Gaussian and a linear baseline to an autocorrelogram.

    Displacement zero is left out: there the noise of the camera correlates with itself. The
    range fitted follows the width found. A width that is `given` is kept.

    Returns
    -------
    Blur or None
        None where there is no peak.
    """
    squares = [np.square(length) for length in rings.place]
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
        found = variance if given else fit.best(variance)
        if found is None:
            return None
        change = np.abs(np.log(found / variance)).max()
        variance = found
        if change < 1e-3:
            break
    linear = fit.linear(variance)
    if linear[0] <= 0:
        return None
    spread = np.prod(np.sqrt(2 * math.pi * variance) ** np.array([2, 1][: variance.size]))
    volume = float(linear[0] * spread)
    if given:
        return Blur(variance, volume)
    slopes = fit.slopes(variance, linear)
    model = fit.columns(variance) @ linear
    scaled = fit.root * (profiles.values[:, inner] - profiles.shares[:, inner] * model)
    parts = influence(slopes, scaled).parts[:, : variance.size]
    return Blur(variance, volume, Influence(parts))


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


def rough_variance(side: Side, step: tuple[float, ...]) -> FloatArray | None:
    """Guess the variance of an autocorrelogram's peak, in the plane and along z.

    From where it has fallen by half along each axis; None where it does not fall.
    """
    widths = [_half_width(side, axis) for axis in range(len(step))]
    squares = [None if w is None else (w * s) ** 2 for w, s in zip(widths, step, strict=True)]
    found = [[v for v in part if v is not None] for part in (squares[-2:], squares[:-2])]
    if not found[0]:
        return None
    # a stack too thin for its own width begins at that of the plane
    heights = found[1] or found[0][:1]
    return np.array([np.mean(found[0]), *heights[: len(step) - 2]])


def _half_width(side: Side, axis: int) -> float | None:
    """Return the standard deviation in pixels along one axis, None where nothing falls."""
    height = _along(side.values, axis)
    if side.mask is not None:
        height = height / np.maximum(_along(side.mask.astype(side.values.dtype), axis), 1)
    else:
        height = height / np.arange(side.values.shape[axis], 0, -1)
    height = height[: max(3, height.size // 2)]
    if height.size < 3:
        return None
    height = height - np.median(height[height.size // 2 :])
    low = np.flatnonzero(height[1:] < height[1] / 2)
    if height[1] <= 0 or not low.size:
        return None
    # from a displacement of one pixel on, a Gaussian halves at √(1 + 2 ln 2 · variance)
    return math.sqrt(max((low[0] + 1) ** 2 - 1, 0.7) / (2 * math.log(2)))


def _along(values: AnyArray, axis: int) -> FloatArray:
    """Return the sums of products of pixels on one line, by displacement; some lines suffice."""
    lines = np.moveaxis(values, axis, -1)
    often = math.ceil((lines[..., 0].size / _LINES) ** (1 / (values.ndim - 1)))
    lines = lines[(slice(None, None, often),) * (values.ndim - 1)].reshape(-1, lines.shape[-1])
    length = lines.shape[-1]
    size = fft.next_fast_len(2 * length, real=True)
    power = np.square(np.abs(fft.rfft(lines, n=size))).sum(axis=0)
    return np.asarray(fft.irfft(power, n=size)[:length], np.float64)
