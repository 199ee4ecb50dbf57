"""The width of a channel's PSF, from the channel's own correlogram."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import fft, optimize

from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.correlation.overlaps import Side
from covoxel.distance.profiles import BlockProfiles, Rings

#: Range of the autocorrelogram that is fitted, in its own standard deviations.
REACH = 4.0
_ROUNDS, _SETTLED = 15, 1e-3
#: Fewest displacements that a variance is fitted to.
_FEWEST = 6
#: Largest change of a variance in one round, as a logarithm.
_STRIDE = 1.0
#: Lines that a width is guessed from.
_LINES = 8192
#: Fewest pairs of pixels at a displacement, as a share of all.
_FAINT = 1e-3
#: Widths that a guess starts from, and the share of the highest peak that a finer one must have.
_STARTS, _NESTED = 6, 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Blur:
    """A Gaussian PSF, as a channel's own correlogram shows it.

    Attributes
    ----------
    variance : (1,) or (2,) ndarray of float
        Variance of the autocorrelogram, twice that of the PSF: in the plane, and along z.
    volume : float
        Integral of the autocorrelogram's peak.
    influence : ndarray of float or None
        Each block's part, (B, 1 or 2), of the error of `variance`; None where the PSF was given.
    """

    variance: FloatArray
    volume: float
    influence: FloatArray | None = None

    @property
    def sigma(self) -> tuple[float, ...]:
        """Standard deviation of the PSF in the plane, and along z."""
        return tuple(np.sqrt(self.variance / 2).tolist())


def mean_volume(blurs: Sequence[Blur]) -> float:
    """Return the geometric mean of the volumes of the channels' own peaks."""
    return math.prod(blur.volume for blur in blurs) ** (1 / len(blurs))


def fitted_blur(
    rings: Rings, profiles: BlockProfiles, start: FloatArray, *, given: bool = False
) -> Blur | None:
    """Fit a Gaussian to an autocorrelogram, on a baseline for the neighbours of particles.

    Displacement zero, where the camera's noise correlates with itself, is left out. The range
    fitted follows the width found. A width that is `given` is kept. None where there is no peak.
    """
    squares = [np.square(length) for length in rings.place]
    points = _Points(squares, rings.length, profiles.mean, profiles.weight)
    variance = start if given else _settled(points, start)
    inner = None if variance is None else points.inside(variance)
    if variance is None or inner is None:
        return None
    fit = _Peak(points, inner)
    linear = fit.linear(variance)
    if linear[0] <= 0:
        return None
    spread = np.prod(np.sqrt(2 * math.pi * variance) ** np.array([2, 1][: variance.size]))
    volume = float(linear[0] * spread)
    if given:
        return Blur(variance, volume)
    model = fit.columns(variance) @ linear
    scaled = fit.root * (profiles.values[:, inner] - profiles.shares[:, inner] * model)
    parts = scaled @ np.linalg.pinv(fit.slopes(variance, linear)).T
    return Blur(variance, volume, parts[:, : variance.size])


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """An autocorrelogram at displacements: their squared lengths and length, and its weight."""

    squares: list[FloatArray]
    length: FloatArray
    values: FloatArray
    weight: FloatArray

    def inside(self, variance: FloatArray) -> BoolArray | None:
        """Return which are fitted, zero left out; None where they are too few."""
        reduced = np.asarray(sum(s / v for s, v in zip(self.squares, variance, strict=True)))
        nearest = np.sort(reduced[self.length > 0])
        fewest = _FEWEST * variance.size
        if nearest.size < fewest:
            return None
        return np.asarray((reduced <= max(REACH**2, nearest[fewest - 1])) & (self.length > 0))


def _settled(points: _Points, start: FloatArray) -> FloatArray | None:
    """Repeat the fit in the range of the width found until that converges."""
    variance, largest = start, np.square(points.length.max())
    for _ in range(_ROUNDS):
        inner = points.inside(variance)
        if inner is None or (variance > largest).any():
            return None
        found = _Peak(points, inner).best(variance)
        change = np.abs(np.log(found / variance)).max()
        variance = found
        if change < _SETTLED:
            break
    return variance


class _Peak:
    """A Gaussian on a baseline of neighbours, at fixed displacements.

    Blurred by the PSF, the baseline is smooth and even: a polynomial in the squared length.
    """

    def __init__(self, points: _Points, inner: BoolArray) -> None:
        self.squares = [square[inner] for square in points.squares]
        self.values, self.root = points.values[inner], np.sqrt(points.weight[inner])
        square = np.square(points.length[inner] / points.length[inner].max())
        self.base = np.stack([np.ones_like(square), square, np.square(square)], axis=1)
        self._outer, _ = np.linalg.qr(self.root[:, None] * self.base)
        self._rest = self._residual(self.root * self.values)

    def columns(self, variance: FloatArray) -> FloatArray:
        return np.column_stack([self._gaussian(variance), self.base])

    def _gaussian(self, variance: FloatArray) -> FloatArray:
        reduced = sum(s / v for s, v in zip(self.squares, variance, strict=True))
        return np.asarray(np.exp(-np.asarray(reduced) / 2))

    def _residual(self, weighted: FloatArray) -> FloatArray:
        """Return the residual of the baseline."""
        return np.asarray(weighted - self._outer @ (self._outer.T @ weighted))

    def linear(self, variance: FloatArray) -> FloatArray:
        weighted = self.root[:, None] * self.columns(variance)
        return np.asarray(np.linalg.lstsq(weighted, self.root * self.values)[0])

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


def rough_variance(side: Side, step: tuple[float, ...]) -> FloatArray | None:
    """Return the variance of an autocorrelogram's peak, in the plane and along z, from lines."""
    found = [_line_variance(side, axis, s) for axis, s in enumerate(step)]
    in_plane = [v for v in found[-2:] if v is not None]
    if not in_plane:
        return None
    # a stack too thin for its own width begins at that of the plane
    axial = [in_plane[0] if v is None else v for v in found[:-2]]
    return np.array([np.mean(in_plane), *axial])


def _line_variance(side: Side, axis: int, step: float) -> float | None:
    """Return the variance along one axis; for nested structures the finest that is not faint."""
    values = _along(side.values, axis)
    if side.mask is None:
        n = np.arange(values.size, 0, -1.0)
    else:
        n = np.maximum(_along(side.mask.astype(np.float64), axis), 0)
    kept = slice(max(_FEWEST + 1, values.size // 2))
    n, values = n[kept], values[kept]
    lag = np.asarray(np.arange(n.size) * step, np.float64)
    mean = np.divide(values, n, out=np.zeros(n.size), where=n > _FAINT * n[0])
    points = _Points([np.square(lag)], lag, mean, np.where(mean == 0, 0, n / n[0]))
    peaks = []
    for width in step * np.geomspace(1, max(1, lag.size / 8), _STARTS):
        variance = _settled(points, np.array([np.square(width)]))
        inner = None if variance is None else points.inside(variance)
        if variance is not None and inner is not None:
            peaks.append((float(variance[0]), _Peak(points, inner).linear(variance)[0]))
    highest = max((height for _, height in peaks), default=0.0)
    if highest <= 0:
        return None
    return min(variance for variance, height in peaks if height > _NESTED * highest)


def _along(values: AnyArray, axis: int) -> FloatArray:
    """Return the sums of products of pixels on one line, by displacement; some lines suffice."""
    lines = np.moveaxis(values, axis, -1)
    often = math.ceil((lines[..., 0].size / _LINES) ** (1 / (values.ndim - 1)))
    lines = lines[(slice(None, None, often),) * (values.ndim - 1)].reshape(-1, lines.shape[-1])
    length = lines.shape[-1]
    size = fft.next_fast_len(2 * length, real=True)
    power = np.square(np.abs(fft.rfft(lines, n=size))).sum(axis=0)
    return np.asarray(fft.irfft(power, n=size)[:length], np.float64)
