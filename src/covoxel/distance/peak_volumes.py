"""The peaks of correlograms at zero: their integrals, and how each block adds to their errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import BoolArray, FloatArray
from covoxel.distance.gaussian_peak import (
    REACH,
    Peak,
    PeakPoints,
    block_residuals,
    peak_spread,
    settled_variance,
)
from covoxel.distance.inputs import MaskedChannels
from covoxel.distance.profiles import BlockProfiles, Rings, block_profiles
from covoxel.distance.psf import rough_variance, wide_enough
from covoxel.distance.whitening import Noise

#: Displacements computed, in the range that is fitted first: widths found may be larger.
_MARGIN = 1.5
#: Standard errors by which a channel's own peak has to stand out of its noise.
_SURE = 4.0
#: Relative step of derivatives by a variance.
_STEP = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Correlograms:
    """Profiles of both channels together and of each; and each block's part of their means.

    All are of values of mean 0 and variance 1.
    """

    rings: Rings
    cross: BlockProfiles
    own: tuple[BlockProfiles, BlockProfiles]
    means: tuple[FloatArray, FloatArray]
    start: tuple[FloatArray, FloatArray]
    pixels: int

    def chance(self, weights: FloatArray, inner: BoolArray, first: int, second: int) -> float:
        """Return the variance of a weighted sum over a profile of channels that share nothing."""
        rows = np.zeros((1, inner.size))
        rows[0, inner] = weights
        noise = Noise(self.rings, (self.own[first], self.own[second]), self.pixels)
        return float(noise.covariance(rows)[0, 0])


def correlograms_of(inputs: MaskedChannels, workers: int | None) -> Correlograms | str:
    """Return the correlograms of two channels, or why there is nothing to fit."""
    start = [rough_variance(side, inputs.step) for side in inputs.sides]
    for number, variance in enumerate(start, start=1):
        if variance is None:
            return f"the correlogram of channel {number} has no peak"
    first, second = (np.asarray(variance) for variance in start)
    distance = _MARGIN * REACH * math.sqrt(max(first.max(), second.max()))
    if distance < min(inputs.step[-2:]):
        return "neither channel's correlogram has a peak wider than a pixel"
    rings = Rings.up_to(
        min(distance, 2 / 3 * inputs.extent), inputs.step, tuple(2 * n // 3 for n in inputs.shape)
    )
    values = [side.values for side in inputs.sides]
    inside = np.broadcast_to(np.True_, inputs.shape) if inputs.mask is None else inputs.mask
    pairs = [(0, 1), (0, 0), (1, 1), (0, 2), (1, 2)]
    cross, own1, own2, *sums = block_profiles(
        (*values, inside), inputs.mask, pairs, rings, inputs.step, workers=workers
    )
    zero = int(np.argmin(rings.length))
    mean1, mean2 = (each.values[:, zero] for each in sums)
    own, means = (own1, own2), (mean1, mean2)
    return Correlograms(rings, cross, own, means, (first, second), inputs.pixels)


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """Integral of a Gaussian, and each block's part of its relative error and of its variance's.

    ``participation`` is about how many blocks make it.
    """

    value: float
    variance: FloatArray
    error: FloatArray
    variance_error: FloatArray
    participation: float


def own_volume(given: Correlograms, k: int, terms: int) -> Volume | None:
    """Return the peak of a channel's own correlogram; None where none stands out."""
    profiles = given.own[k]
    points = _points(given.rings, profiles, terms, with_zero=False)
    variance = settled_variance(points, given.start[k])
    inner = None if variance is None else points.inside(variance)
    if variance is None or inner is None or not wide_enough(given.rings, variance):
        return None
    fit = Peak(points, inner)
    linear = fit.linear(variance)
    weights = np.linalg.pinv(fit.weighted(variance))[0]
    # pairs of pixels of one channel are there twice, once in either direction
    by_chance = math.sqrt(2 * given.chance(weights * fit.root, inner, k, k))
    if linear[0] <= _SURE * by_chance:
        return None
    residuals = block_residuals(fit, inner, profiles, variance, linear)
    parts = residuals @ np.linalg.pinv(fit.slopes(variance, linear)).T
    n = variance.size
    spread = peak_spread(variance)
    grown = np.log(_grown(peak_spread, variance) / spread) / _STEP
    error = parts[:, n] / linear[0] + (parts[:, :n] / variance) @ grown
    made = profiles.values[:, inner] @ (weights * fit.root)
    participation = float(np.square(made.sum()) / np.square(made).sum())
    return Volume(float(linear[0]) * spread, variance, error, parts[:, :n], participation)


def cross_volume(
    given: Correlograms, own: Sequence[Volume], terms: int
) -> tuple[float, FloatArray, float]:
    """Return the peak of both channels' correlogram, each block's part of its error, its chance.

    That is its variance if the channels share nothing: few particles that meet by chance, or none,
    vary less among the blocks than they do between images.
    """
    profiles = given.cross
    points = _points(given.rings, profiles, terms, with_zero=True)
    variance = (own[0].variance + own[1].variance) / 2
    inner = points.inside(variance)
    assert inner is not None  # more are fitted than in either channel's own
    fit = Peak(points, inner)

    def volume(tried: FloatArray) -> float:
        return float(fit.linear(tried)[0]) * peak_spread(tried)

    linear = fit.linear(variance)
    residuals = block_residuals(fit, inner, profiles, variance, linear)
    weights = np.linalg.pinv(fit.weighted(variance))[0] * peak_spread(variance)
    chance = given.chance(weights * fit.root, inner, 0, 1)
    wider = (own[0].variance_error + own[1].variance_error) / 2
    slope = (_grown(volume, variance) - volume(variance)) / (_STEP * variance)
    error = residuals @ weights + wider @ slope
    return volume(variance), error, chance


def _points(rings: Rings, profiles: BlockProfiles, terms: int, *, with_zero: bool) -> PeakPoints:
    squares = [np.square(length) for length in rings.place]
    return PeakPoints(
        squares, rings.length, profiles.mean, profiles.weight, terms, with_zero=with_zero
    )


def _grown(function: Any, variance: FloatArray) -> FloatArray:
    """Return a function of variances where each of them by itself is a little larger."""
    steps = np.diag(_STEP * variance)
    return np.array([function(variance + step) for step in steps])
