"""The width of a channel's PSF, from the channel's own correlogram."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import fft

from covoxel.core.types import FloatArray
from covoxel.correlation.overlaps import MaskedBatch
from covoxel.distance.gaussian_peak import (
    FEWEST,
    Peak,
    PeakPoints,
    block_residuals,
    peak_spread,
    settled_variance,
)
from covoxel.distance.profiles import BlockProfiles, Rings

#: Lines that a width is guessed from, and the pixels of them that are transformed at a time.
_LINES, _BATCH = 8192, 1 << 24
#: Fewest pairs of pixels at a displacement, as a share of all.
_FAINT = 1e-3
#: Least variance of an autocorrelogram's peak, in pixels: no image of a particle is finer.
FINEST = 0.2
#: Widths that a guess starts from, and the share of the highest peak that a finer one must have.
_STARTS, _NESTED = 6, 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Blur:
    """A Gaussian PSF, as a channel's own correlogram shows it."""

    #: Variance of the autocorrelogram, twice that of the PSF: in the plane, and along z (if any).
    variance: FloatArray
    #: Integral of the autocorrelogram's peak.
    volume: float
    #: Each block's part, (B, 1 or 2), of the error of `variance`; None where the PSF was given.
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
    fitted follows the width found. A width that is `given` is kept. None where there is no peak,
    or one that is finer than pixels.
    """
    squares = [np.square(length) for length in rings.place]
    points = PeakPoints(squares, rings.length, profiles.mean, profiles.weight)
    variance = start if given else settled_variance(points, start)
    inner = None if variance is None else points.inside(variance)
    if variance is None or inner is None or not (given or wide_enough(rings, variance)):
        return None
    fit = Peak(points, inner)
    linear = fit.linear(variance)
    if linear[0] <= 0:
        return None
    volume = float(linear[0]) * peak_spread(variance)
    if given:
        return Blur(variance, volume)
    parts = block_residuals(fit, inner, profiles, variance, linear)
    parts = parts @ np.linalg.pinv(fit.slopes(variance, linear)).T
    return Blur(variance, volume, parts[:, : variance.size])


def wide_enough(rings: Rings, variance: FloatArray) -> bool:
    """Return whether the peak of an autocorrelogram may be the image of a particle."""
    return bool(variance[0] >= FINEST * np.square(rings.length[rings.length > 0].min()))


def rough_variance(side: MaskedBatch, step: tuple[float, ...]) -> FloatArray | None:
    """Return the variance of an autocorrelogram's peak, in the plane and along z, from lines."""
    found = [_line_variance(side, axis, s) for axis, s in enumerate(step)]
    in_plane = [v for v in found[-2:] if v is not None]
    if not in_plane:
        return None
    # a stack too thin for its own width begins at that of the plane
    axial = [in_plane[0] if v is None else v for v in found[:-2]]
    return np.array([np.mean(in_plane), *axial])


def _line_variance(side: MaskedBatch, axis: int, step: float) -> float | None:
    """Return the variance along one axis; for nested structures the finest that is not faint."""
    values = _along(side.values, axis)
    if side.mask is None:
        n = np.arange(values.size, 0, -1.0)
    else:
        n = np.maximum(_along(side.mask, axis), 0)
    kept = slice(max(FEWEST + 1, values.size // 2))
    n, values = n[kept], values[kept]
    lag = np.asarray(np.arange(n.size) * step, np.float64)
    mean = np.divide(values, n, out=np.zeros(n.size), where=n > _FAINT * n[0])
    points = PeakPoints([np.square(lag)], lag, mean, np.where(mean == 0, 0, n / n[0]))
    peaks = []
    for width in step * np.geomspace(1, max(1, lag.size / 8), _STARTS):
        variance = settled_variance(points, np.array([np.square(width)]))
        inner = None if variance is None else points.inside(variance)
        if variance is not None and inner is not None:
            peaks.append((float(variance[0]), Peak(points, inner).linear(variance)[0]))
    highest = max((height for _, height in peaks), default=0.0)
    if highest <= 0:
        return None
    return min(variance for variance, height in peaks if height > _NESTED * highest)


def _along(values: Any, axis: int) -> FloatArray:
    """Return the sums of products of pixels on one line, by displacement; some lines suffice."""
    length = values.shape[axis]
    often = math.ceil((math.prod(values.shape) / length / _LINES) ** (1 / (len(values.shape) - 1)))
    some = [slice(0, n, 1 if i == axis else often) for i, n in enumerate(values.shape)]
    size = fft.next_fast_len(2 * length, real=True)
    across = 1 if axis == 0 else 0
    taken = range(*some[across].indices(values.shape[across]))
    beside = math.ceil(math.prod(values.shape) / length / values.shape[across] / often)
    batch = max(1, _BATCH // (size * beside))

    def power(part: range) -> FloatArray:
        some[across] = slice(part.start, part.stop, part.step)
        lines = np.moveaxis(values[tuple(some)], axis, -1).reshape(-1, length)
        if lines.dtype == np.bool_:
            lines = lines.astype(np.float64)
        return np.asarray(np.square(np.abs(fft.rfft(lines, n=size))).sum(axis=0))

    parts = (power(taken[i : i + batch]) for i in range(0, len(taken), batch))
    powers = functools.reduce(np.add, parts)
    return np.asarray(fft.irfft(powers, n=size)[:length], np.float64)
