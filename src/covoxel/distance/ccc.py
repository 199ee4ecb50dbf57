"""The association distance as the CCC plugin of Fiji measures it, step by step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import optimize

from covoxel.core.types import FloatArray, IntArray
from covoxel.correlation.cross_correlogram import Correlogram, correlogram
from covoxel.distance.record import Association, AssociationProfile, Component

#: Half windows of the moving averages with which a failed fit is repeated, in the finest scale.
_WINDOWS = (0.1, 0.2, 0.3, 0.4, 0.5)
#: Standard deviations around the mean within which confidence and R² are computed.
_WITHIN = 3.0


def ccc_association(
    image1: Any,
    image2: Any,
    mask: Any,
    spacing: Sequence[float] | None,
    like: str,
    components: int,
    workers: int | None,
) -> Association:
    """Return the plugin's mean, SD, height, confidence and R²; NaN where it cannot fit."""
    found = correlogram(image1, image2, mask=mask, spacing=spacing, workers=workers)
    if len(found.shape) == 1:
        msg = f"image1 has shape {found.shape}; a plane or a stack is needed"
        raise ValueError(msg)
    return ccc_like(found, like, components)


def ccc_like(correlogram: Correlogram, like: str, components: int = 1) -> Association:
    """Return the plugin's result for a correlogram that reaches half of the image."""
    radius, place = _radii(correlogram)
    count = np.bincount(place)
    original, subtracted = (
        np.bincount(place, correlogram.ccc(subtracted=s).ravel()) / count for s in (False, True)
    )
    finest = float(correlogram.step[-1] if like == "ccc-2.2" else radius[1] - radius[0])
    gaussians = _gaussians(radius, subtracted, finest, components)
    known = [gaussian for gaussian in gaussians if gaussian is not None]
    parts = []
    for height, mean, sd in known:
        near = np.abs(radius - mean) < _WITHIN * sd
        part = subtracted if like == "ccc-2.2" else _sum(radius, height, mean, sd)
        parts.append(
            Component(
                distance=mean,
                distance_low=math.nan,
                distance_high=math.nan,
                spread=sd,
                amplitude=height,
                associated_fraction=math.nan,
                confidence=float(part[near].sum() / original[near].sum()),
            )
        )
    unknown, zero = np.full(radius.size, np.nan), np.zeros(radius.size)
    fitted = gaussians[0] is not None
    notes = [] if fitted else [("distance", "no Gaussian could be fitted")]
    first: dict[str, Any] = {}
    if gaussians[0] is not None:
        (height, mean, sd), confidence = gaussians[0], parts[0].confidence
        near = np.abs(radius - mean) < _WITHIN * sd
        rest = subtracted[near] - _sum(radius[near], height, mean, sd)
        total = np.square(subtracted[near] - subtracted[near].mean()).sum()
        first = {
            "distance": mean,
            "spread": sd,
            "combined": math.hypot(mean, sd),
            "amplitude": height,
            "confidence": confidence,
            "r_squared": float(1 - np.square(rest).sum() / total),
        }
    if correlogram.spacing is None:
        notes.append(("unit", "the voxel size is unknown, lengths are in pixels"))
    nowhere = (math.nan,) * len(correlogram.shape)
    return Association(
        **first,
        psf1=nowhere,
        psf2=nowhere,
        offset=nowhere,
        unit=correlogram.unit,
        model=like,
        fit_range=(0.0, float(radius[-1])),
        components=tuple(parts),
        profile=AssociationProfile(
            distance=radius,
            correlation=subtracted,
            low=unknown,
            high=unknown,
            fit=_sum(radius, *np.ravel(known)) if fitted else unknown,
            baseline=zero if fitted else unknown,
            bleed=zero,
            null_low=unknown,
            null_high=unknown,
        ),
        notes=tuple(notes),
    )


def _radii(correlogram: Correlogram) -> tuple[FloatArray, IntArray]:
    """Return the radii, ascending, and which of them each displacement has.

    Radii are equal if their doubles are, and start from the middle of the image, which of an even
    size lies between pixels.
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


#: Height, mean and standard deviation.
_Gaussian = tuple[float, float, float]


def _gaussians(
    radius: FloatArray, values: FloatArray, finest: float, components: int
) -> list[_Gaussian | None]:
    """Return the Gaussians, None where the plugin rejects one.

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
    """Fit one Gaussian after another to the residuals, then all of them together."""
    guesses: list[float] = []
    rest = y
    for _ in range(components):
        one = _least_squares(*_mirrored(x, rest), _guess(x, rest))
        if one is None:
            return []
        guesses += one
        rest = rest - _sum(x, *one)
    fit = guesses if components == 1 else _least_squares(*_mirrored(x, y), guesses)
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
    """Return height, mean and SD from the highest point and the width at half of its height."""
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
    heights, _, sds = np.abs(np.reshape(start, (-1, 3))).T
    if not heights.any():
        return None
    scale = np.column_stack([np.maximum(heights, heights.max() * 1e-3), sds, sds]).ravel()

    def misfit(parameters: FloatArray) -> FloatArray:
        return _sum(x, *parameters) - y

    found = optimize.least_squares(misfit, start, method="lm", x_scale=scale)
    return [float(value) for value in found.x] if found.success else None


def _smoothed(x: FloatArray, y: FloatArray, half: float) -> tuple[FloatArray, FloatArray]:
    """Return the moving average of distances and values."""
    first, last = np.searchsorted(x, x - half), np.searchsorted(x, x + half)
    sums = [np.insert(np.cumsum(values), 0, 0.0) for values in (x, y)]
    means = [(total[last] - total[first]) / (last - first) for total in sums]
    return means[0], means[1]
