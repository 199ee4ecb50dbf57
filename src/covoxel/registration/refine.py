"""Displacement to a fraction of a pixel.

Near the peak of a correlation, noise makes the surface rough at the scale of pixels, and the fixed
edges of a mask bias it towards zero. Instead, the displacement δ is found at which the residual of
channel 1 after channel 2, a(x) − g·b(x + δ), is unrelated to the slopes of either. The slopes are
those of smoothed images, so that noise hardly matters, and serve as weights only: at the true
displacement the residual is unrelated to any weights and masks, so there is no bias. The best
smoothing depends on what disagrees, noise or structure; the one with the least standard error is
taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from covoxel.core.types import AnyArray, FloatArray
from covoxel.correlation.frames import Frame
from covoxel.correlation.overlaps import box_sums, boxes
from covoxel.correlation.peak import derivative_weights
from covoxel.registration.overlapping import (
    Overlapping,
    correlation,
    interpolated_correlation,
    smoothed,
    summed,
    sums_covariance,
)

#: Widths of the smoothing, in pixels: against noise, and for structure that only part shares.
_WIDTHS = (2.5, 0.8)
#: Larger images are refined in their middle, of about so many pixels, as long as the standard error
#: there is at most so many pixels; in the largest crop whatever it is.
_CROPS, _LARGEST, _SUFFICIENT = (1 << 18, 1 << 20), 1 << 23, 0.01
#: Error of the interpolation across the edges of masks, in pixels.
_LEAST = 1e-3
_ROUNDS, _PRECISE, _RECENTRED = 20, 1e-6, 4
#: The error along an axis is unknown if a fixed direction deviates from it by less than 80°.
_ASIDE = 0.015


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """A displacement with its standard error in pixels, the correlation, and the smoothing."""

    offset: FloatArray
    error: FloatArray
    height: float
    width: float

    def mean(self, back: Refined) -> Refined:
        """Return the mean with the displacement of channel 1 relative to channel 2."""
        return Refined(
            (self.offset - back.offset) / 2,
            (self.error + back.error) / 2,
            (self.height + back.height) / 2,
            self.width,
        )

    @property
    def worst(self) -> float:
        """The largest standard error; infinite where none is known."""
        return float(np.nanmax(self.error)) if np.isfinite(self.error).any() else np.inf


def refine(
    frame1: Frame,
    frame2: Frame,
    offset: Sequence[int],
    workers: int | None = None,
    fixed: FloatArray | None = None,
) -> Refined | None:
    """Return the displacement near `offset` to a fraction of a pixel.

    The mean of the results with the slopes of either channel, so that channels may be swapped. Of
    large images a part in the middle is used if its standard error suffices, at most 2²³ pixels.
    None for too small an overlap, or no common structure. Along the unit vectors `fixed`, (k, D),
    nothing is searched, and the standard error is NaN.
    """
    fixed = np.zeros((0, len(offset))) if fixed is None else fixed
    whole = tuple(int(step) for step in offset)
    widths: tuple[float, ...] = _WIDTHS
    for size in (*_CROPS, _LARGEST):
        if frame1.values.size <= size:
            break
        tried = _both_ways(frame1.middle(size), frame2.middle(size), whole, widths, fixed, workers)
        if tried is None:
            continue
        if tried.worst <= _SUFFICIENT or size == _LARGEST:
            height = interpolated_correlation(frame1, frame2, tried.offset, workers)
            return replace(tried, height=height)
        widths = (tried.width,)
    else:
        if frame1.mask is None and frame2.mask is None:
            return None  # a mask may leave little of the middle
    return _both_ways(frame1, frame2, whole, widths, fixed, workers)


def _both_ways(
    frame1: Frame,
    frame2: Frame,
    offset: tuple[int, ...],
    widths: tuple[float, ...],
    fixed: FloatArray,
    workers: int | None,
) -> Refined | None:
    """Return the result of the best of the widths, as a mean over both channels' slopes."""
    back = tuple(-step for step in offset)
    found = []
    pairs1: _Pairs = {}
    pairs2: _Pairs = {}
    for width in widths:
        one = _by_slopes(frame1, frame2, offset, width, fixed, pairs1, workers)
        two = _by_slopes(frame2, frame1, back, width, fixed, pairs2, workers)
        if one is not None and two is not None:
            found.append(one.mean(two))
    return min(found, key=lambda refined: refined.worst, default=None)


_Pairs = dict[tuple[int, ...], Overlapping | None]


def _by_slopes(
    frame1: Frame,
    frame2: Frame,
    start: tuple[int, ...],
    width: float,
    fixed: FloatArray,
    pairs: _Pairs,
    workers: int | None,
) -> Refined | None:
    """Return the displacement by the slopes of frame 1; `pairs` is a cache shared by widths."""
    for _ in range(_RECENTRED):
        if start not in pairs:
            pairs[start] = Overlapping.of(frame1, frame2, start, workers)
        pair = pairs[start]
        moments = None if pair is None else _ResidualSums.of(pair, width, fixed)
        root = None if moments is None else moments.root()
        if moments is None or root is None:
            return None
        steps = np.rint(root).astype(np.int64)
        if not steps.any():
            return moments.refined(start, root)
        start = tuple(np.add(start, steps).tolist())
    return None


@dataclass(frozen=True, slots=True, eq=False)
class _ResidualSums:
    """The residual of channel 1, weighted by its slopes, at the displacements around zero.

    ``ways`` are the unit vectors, (k, D), that span the displacements.
    """

    pair: Overlapping
    width: float
    ways: FloatArray
    slopes: list[AnyArray]
    gain: float
    at_lags: list[FloatArray]

    @classmethod
    def of(cls, pair: Overlapping, width: float, fixed: FloatArray) -> _ResidualSums:
        a, both, transform = pair.a, pair.both, pair.transform
        smooth = smoothed(a, both, width)
        gain = summed(smooth * a, both) / (summed(smooth * pair.b, both) or np.nan)
        slopes, at_lags = [], []
        for axis, n in enumerate(a.shape):
            slope = np.gradient(smooth, axis=axis) if n > 1 else np.zeros_like(a)
            slope = _weighted(slope, smooth, pair.weight)
            left = transform.back(transform.forward(slope, conj=True) * pair.spectrum2) * -gain
            if pair.within2 is None:
                left = left + box_sums(slope * a, boxes(a.shape, a.shape, transform.lags))
            else:
                left = left + transform.back(transform.forward(slope * a, conj=True) * pair.within2)
            slopes.append(slope)
            at_lags.append(left.astype(np.float64))
        return cls(pair, width, _ways(pair.reach, fixed), slopes, gain, at_lags)

    def root(self) -> FloatArray | None:
        """Return the displacement at which the weighted residual is 0, None if none is near."""
        place = np.zeros(self.pair.a.ndim)
        for _ in range(_ROUNDS):
            left, jacobian = self._expansion(place)
            if not _definite(jacobian):
                return None
            step = -np.linalg.solve(jacobian, left)
            place += np.clip(step, -0.5, 0.5) @ self.ways
            if np.abs(place).max() > max(self.pair.reach) / 2:
                return None
            if np.abs(step).max() < _PRECISE:
                return place
        return None

    def _expansion(self, place: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the weighted residual, and its derivatives, along the ways."""
        weights = [derivative_weights(r, x) for r, x in zip(self.pair.reach, place, strict=True)]
        orders = np.eye(place.size, dtype=np.int64).tolist()
        left = np.array([_interpolated(out, weights, [0] * place.size) for out in self.at_lags])
        rows = [[_interpolated(out, weights, order) for order in orders] for out in self.at_lags]
        return self.ways @ left, self.ways @ np.array(rows) @ self.ways.T

    def refined(self, start: tuple[int, ...], place: FloatArray) -> Refined:
        """Return the displacement with its standard error and the correlation there."""
        _, jacobian = self._expansion(place)
        a, b = self.pair.displaced(place)
        left = a - self.gain * b
        spread = sums_covariance(slope * left for slope in self.slopes)
        # an axis is known as far as the ways reach it; one of a single pixel needs none
        known = np.linalg.norm(self.ways, axis=0) > 1 - _ASIDE
        error = np.where(known & (spread is not None), 0.0, np.nan)
        error[np.array(self.pair.reach) == 0] = 0
        if spread is not None:
            inverse = self.ways.T @ np.linalg.inv(jacobian) @ self.ways
            variance = np.diag(inverse @ spread @ inverse.T)
            error[known] = np.sqrt(variance[known] + _LEAST**2)
        height = correlation(self.pair.a, b, self.pair.both)
        return Refined(start + place, error, height, self.width)


def _interpolated(values: FloatArray, weights: list[FloatArray], orders: list[int]) -> float:
    for weight, order in zip(weights, orders, strict=True):
        values = np.tensordot(weight[order], values, axes=1)
    return float(values)


def _ways(reach: tuple[int, ...], fixed: FloatArray) -> FloatArray:
    """Return an orthonormal basis, (k, D), of the axes with some reach, without fixed vectors."""
    free = np.eye(len(reach))[np.array(reach) > 0]
    if not fixed.size:
        return free
    _, sizes, ways = np.linalg.svd(free - free @ fixed.T @ fixed)
    return np.asarray(ways[: sizes.size][sizes > 0.5])


def _definite(jacobian: FloatArray) -> bool:
    """Return whether the weighted residual changes as around a peak."""
    if not np.isfinite(jacobian).all():
        return False
    return bool((np.linalg.eigvalsh((jacobian + jacobian.T) / 2) < 0).all())


def _weighted(slope: AnyArray, smooth: AnyArray, weight: AnyArray) -> AnyArray:
    """Return a weighted slope orthogonal to an offset and a gain between the channels."""
    total = np.sum(weight, dtype=np.float64)

    def centred(values: AnyArray) -> AnyArray:
        return values - np.float32(np.sum(weight * values, dtype=np.float64) / total)

    slope, level = centred(slope), centred(smooth)
    weighted = weight * level
    power = np.sum(weighted * level, dtype=np.float64) or 1.0
    gain = np.sum(weighted * slope, dtype=np.float64) / power
    return weight * (slope - np.float32(gain) * level)
