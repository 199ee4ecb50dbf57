"""The published method of correlation distance, step by step as its plugin for Fiji takes them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from covoxel.core.types import FloatArray, IntArray
from covoxel.correlation.cross_correlogram import Correlogram

#: Half windows of the moving averages that a failed fit is tried on again, in the finest scale.
_WINDOWS = (0.1, 0.2, 0.3, 0.4, 0.5)
_WITHIN = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class CCC:
    """What the plugin prints, and its profile.

    Attributes
    ----------
    mean, sd, height, confidence : tuple of float
        Of each Gaussian.
    r_squared : float
        Over the window of the first Gaussian.
    distance, original, subtracted : ndarray of float
        The profile: exact radii, and the mean of either correlogram at each.
    fitted : bool
        Whether the first Gaussian could be fitted.
    """

    mean: tuple[float, ...]
    sd: tuple[float, ...]
    height: tuple[float, ...]
    confidence: tuple[float, ...]
    r_squared: float
    distance: FloatArray
    original: FloatArray
    subtracted: FloatArray
    fitted: bool

    @property
    def fit(self) -> FloatArray:
        """The sum of the Gaussians at each distance."""
        rows = np.column_stack([self.height, self.mean, self.sd])
        return _sum(self.distance, *rows[np.isfinite(rows).all(axis=1)].ravel())


def ccc_like(correlogram: Correlogram, like: str, components: int = 1) -> CCC:
    """Return what the CCC plugin makes of a correlogram that reaches half of the image."""
    radius, place = _radii(correlogram)
    count = np.bincount(place)
    original, subtracted = (
        np.bincount(place, correlogram.ccc(subtracted=s).ravel()) / count for s in (False, True)
    )
    finest = float(correlogram.step[-1] if like == "ccc-2.2" else radius[1] - radius[0])
    gaussians = _gaussians(radius, subtracted, finest, components)
    return _told(radius, original, subtracted, gaussians, like)


def _radii(correlogram: Correlogram) -> tuple[FloatArray, IntArray]:
    """Return the radii, ascending, and which of them each displacement has.

    Radii count as equal if their doubles are, and start from the middle of the image, which of
    an even size lies between pixels.
    """
    squares = [
        np.square((np.arange(n) - (n - 1) / 2) * s)
        for n, s in zip(correlogram.shape, correlogram.step, strict=True)
    ]
    # the plugin adds x first
    total = squares[-1]
    for square in reversed(squares[:-1]):
        total = total[None] + square.reshape(-1, *[1] * total.ndim)
    radius, place = np.unique(np.sqrt(total), return_inverse=True)
    return radius, np.asarray(place.ravel(), np.int64)


_Gaussian = tuple[float, float, float]


def _gaussians(
    radius: FloatArray, values: FloatArray, finest: float, components: int
) -> list[_Gaussian | None]:
    """Return height, mean and sd of each Gaussian; None where the plugin rejects it.

    It smooths the profile more and more until it rejects none.
    """
    found: list[_Gaussian] = []
    for window in (0.0, *_WINDOWS):
        x, y = (radius, values) if window == 0 else _smoothed(radius, values, window * finest)
        found = _joint(x, y, components)
        if found and all(_usable(each, finest) for each in found):
            break
    kept = [each if _usable(each, finest) else None for each in found]
    return kept or [None] * components


def _usable(gaussian: _Gaussian, finest: float) -> bool:
    height, mean, sd = gaussian
    return sd > finest and mean >= -finest and height >= 0


def _joint(x: FloatArray, y: FloatArray, components: int) -> list[_Gaussian]:
    """Fit one Gaussian after another to what is left, then all of them together."""
    guesses: list[float] = []
    rest = y
    for _ in range(components):
        one = _least_squares(*_mirrored(x, rest), _guess(x, rest))
        if one is None:
            return []
        guesses += one
        rest = rest - _sum(x, *one)
    if components == 1:
        fit: list[float] | None = guesses
    else:
        fit = _least_squares(*_mirrored(x, y), guesses)
    if fit is None:
        return []
    return [(fit[k], fit[k + 1], abs(fit[k + 2])) for k in range(0, len(fit), 3)]


def _mirrored(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Add the points beyond twice the peak's distance on its other side."""
    top = int(np.argmax(y))
    middle = float(x[top]) if top else 0.0
    far = x > 2 * middle
    return np.append(x, 2 * middle - x[far]), np.append(y, y[far])


def _guess(x: FloatArray, y: FloatArray) -> list[float]:
    """Return height, mean and sd from the highest point and the width at half of its height."""
    x, y = _mirrored(x, y)
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    top = int(np.argmax(y))
    below = np.flatnonzero(y < (y[top] + y.min()) / 2)
    left = x[below[below < top]].max(initial=x[0])
    right = x[below[below > top]].min(initial=x[-1])
    return [float(y[top]), float(x[top]), float(right - left) / 2.355 or 1.0]


def _sum(x: FloatArray, *parameters: float) -> FloatArray:
    out = np.zeros(x.size)
    for height, mean, sd in np.reshape(parameters, (-1, 3)):
        out += height * np.exp(-np.square((x - mean) / sd) / 2)
    return out


def _least_squares(x: FloatArray, y: FloatArray, start: list[float]) -> list[float] | None:
    def misfit(parameters: FloatArray) -> FloatArray:
        return _sum(x, *parameters) - y

    found = optimize.least_squares(misfit, start, method="lm", x_scale=_scale(start))
    return [float(value) for value in found.x] if found.success else None


def _scale(start: list[float]) -> FloatArray:
    heights, _, sds = np.reshape(start, (-1, 3)).T
    floor = np.maximum(np.abs(heights), np.abs(heights).max() * 1e-3)
    return np.column_stack([floor, np.abs(sds), np.abs(sds)]).ravel()


def _smoothed(x: FloatArray, y: FloatArray, half: float) -> tuple[FloatArray, FloatArray]:
    """Return the moving average of distances and values."""
    first, last = np.searchsorted(x, x - half), np.searchsorted(x, x + half)
    sums = [np.insert(np.cumsum(values), 0, 0.0) for values in (x, y)]
    means = [(total[last] - total[first]) / (last - first) for total in sums]
    return means[0], means[1]


def _told(
    radius: FloatArray,
    original: FloatArray,
    subtracted: FloatArray,
    gaussians: list[_Gaussian | None],
    like: str,
) -> CCC:
    """Read confidence and R² off the profile's points, each counting alike."""
    rows = []
    for gaussian in gaussians:
        if gaussian is None:
            rows.append((math.nan,) * 4)
            continue
        height, mean, sd = gaussian
        near = np.abs(radius - mean) < _WITHIN * sd
        part = subtracted if like == "ccc-2.2" else _sum(radius, *gaussian)
        rows.append((mean, sd, height, float(part[near].sum() / original[near].sum())))
    r_squared = math.nan
    if gaussians[0] is not None:
        _, mean, sd = gaussians[0]
        near = np.abs(radius - mean) < _WITHIN * sd
        rest = subtracted[near] - _sum(radius[near], *gaussians[0])
        total = np.square(subtracted[near] - subtracted[near].mean()).sum()
        r_squared = float(1 - np.square(rest).sum() / total)
    mean_, sd_, height_, confidence = (tuple(column) for column in zip(*rows, strict=True))
    return CCC(
        mean=mean_,
        sd=sd_,
        height=height_,
        confidence=confidence,
        r_squared=r_squared,
        distance=radius,
        original=original,
        subtracted=subtracted,
        fitted=gaussians[0] is not None,
    )
