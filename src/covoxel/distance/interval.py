"""Confidence intervals of the distance and the centre of a fitted curve."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import optimize, stats

from covoxel.core.types import FloatArray
from covoxel.distance.fit import Fit, Shell
from covoxel.distance.models import Shells, spread_shell
from covoxel.distance.profiles import BlockProfiles, Rings
from covoxel.distance.psf import Blur

LEVEL = 0.95
#: Blocks that a variance counts for which is known without them.
_KNOWN = 4.0
#: Steps of the numeric derivatives, in variances of the PSF.
_STEP = 1e-3
#: Distances compared on the way from the best one to either end.
_STEPS = 60
#: Level at which an offset is distinguished from the directions of a few partners.
_SURE = 0.999


class Influence(NamedTuple):
    """Each block's part of the error of fitted parameters, (B, parameters)."""

    parts: FloatArray

    def covariance(self) -> FloatArray:
        """Return the parameters' covariance, blocks being independent of each other."""
        count = len(self.parts)
        centred = self.parts - self.parts.mean(axis=0)
        return np.asarray(centred.T @ centred * (count / (count - 1)))

    def margin(self, parameter: int, known: float | None = None) -> float:
        """Return half the width of a parameter's interval.

        Student's quantile is that of the effective number of blocks. The variance by noise alone,
        where `known`, is a lower bound, and adds to the degrees of freedom.
        """
        variance = float(self.covariance()[parameter, parameter])
        squares = np.square(self.parts[:, parameter] - self.parts[:, parameter].mean())
        freedom = max(1.0, np.square(squares.sum()) / np.square(squares).sum() - 1)
        if known is not None:
            variance, freedom = max(variance, known), freedom + _KNOWN
        return float(stats.t.ppf((1 + LEVEL) / 2, freedom) * variance**0.5)


def shell_influence(
    fit: Fit, shells: list[Shell], profiles: BlockProfiles, blurs: list[Blur]
) -> tuple[FloatArray, Influence]:
    """Return the model's slopes, and the influence of blocks on the parameters.

    The parameters are squared distance, variance and volume of each shell in turn, then the
    bleed-through. The influence includes that on a measured PSF.
    """
    space, amount = fit.space, fit.bleeding(fit.space.reduced(profiles.mean), shells)
    columns = [column for shell in shells for column in _slopes(fit, shell)]
    slopes = np.column_stack([*columns, *([fit.bleed.seen] if fit.bleed and amount else [])])
    onto = np.linalg.pinv(slopes)
    curve = fit.curve(shells) + fit.bled(amount)
    baseline = space.baseline(profiles.mean[space.used] - curve)
    modelled = _by_block(fit, shells, profiles) + profiles.shares[:, space.used] * baseline
    if fit.bleed:
        modelled += amount * fit.bleed.blocks
    residuals = profiles.values - space.spread_out(modelled)
    parts = space.reduced(residuals) @ onto.T
    variances = [blur.influence for blur in blurs if blur.influence is not None]
    # with neighbours the measured autocorrelogram takes the place of the PSF
    if isinstance(fit.model, Shells) and fit.model.neighbours is None and variances:
        both = np.asarray(sum(variances)) / 2
        parts = parts - both @ (onto @ _blur_slopes(fit, fit.model, shells)).T
    return slopes, Influence(parts)


def _by_block(fit: Fit, shells: list[Shell], profiles: BlockProfiles) -> FloatArray:
    """Return each block's part of the shells, by its own particles where these count."""
    shares = profiles.shares[:, fit.space.used]
    total = np.zeros_like(shares)
    for shell in shells:
        own = None
        if isinstance(fit.model, Shells):
            own = fit.model.by_block(shell.distance, shell.variance)
        total += shares * fit.curve([shell]) if own is None else shell.volume * own
    return total


def _slopes(fit: Fit, shell: Shell) -> list[FloatArray]:
    step = _STEP * fit.model.finest**2
    seen = fit.seen(shell.distance, shell.variance)
    farther = fit.seen((shell.distance**2 + step) ** 0.5, shell.variance)
    wider = fit.seen(shell.distance, shell.variance + step)
    scale = shell.volume / step
    return [scale * (farther - seen), scale * (wider - seen), seen]


def _blur_slopes(fit: Fit, model: Shells, shells: list[Shell]) -> FloatArray:
    """Return the derivatives of the model by the variances of both PSFs together."""
    seen, out = fit.curve(shells), []
    for axis, sigma in enumerate(model.sigma):
        step = _STEP * sigma**2
        wider = tuple((s * s + step * (axis == k)) ** 0.5 for k, s in enumerate(model.sigma))
        out.append((_density(model.place, wider, shells) - seen) / step)
    return fit.space.reduced(fit.space.spread_out(np.stack(out))).T


def _density(
    place: tuple[FloatArray, ...], sigma: tuple[float, ...], shells: list[Shell]
) -> FloatArray:
    parts = [s.volume * spread_shell(place, sigma, s.distance, s.variance) for s in shells]
    return np.asarray(sum(parts))


def distance_intervals(
    fit: Fit, shells: list[Shell], profiles: BlockProfiles, blurs: list[Blur]
) -> list[tuple[float, float]]:
    """Return the interval of each distance.

    That of a single one by the profile likelihood of all models that may be true, its threshold
    widened by the ratio of the squared distance's variance among blocks to that of independent
    coordinates; those of several from the error of the squared distance alone. One that the profile
    does not depend on, as where the shell has no height, may be any.
    """
    slopes, errors = shell_influence(fit, shells, profiles, blurs)
    onto = np.linalg.pinv(slopes)
    noise = fit.space.errors
    margins = []
    for k in range(0, 3 * len(shells), 3):
        if not onto[k].any():
            return [(0.0, fit.largest)] * len(shells)
        known = None if noise is None else float(onto[k] @ noise @ onto[k])
        margins.append(errors.margin(k, known))
    if len(shells) > 1:
        pairs = list(zip((shell.distance**2 for shell in shells), margins, strict=True))
        return [(max(square - m, 0.0) ** 0.5, float((square + m) ** 0.5)) for square, m in pairs]
    (shell,), (margin,) = shells, margins
    reduced = fit.space.reduced(profiles.mean)
    independent = float(np.square(onto[0]).sum())
    allowed = fit.misfit(reduced, shell.distance, shell.variance) + margin**2 / independent
    unit = fit.model.finest**2
    widest = max(9 * unit, 2 * shell.variance)

    def least_misfit(one: Fit, distance: float) -> float:
        def misfit(variance: float) -> float:
            return one.misfit(reduced, distance, variance * unit)

        least = one.model.least(distance) / unit
        found = optimize.minimize_scalar(misfit, bounds=(least, widest / unit), method="bounded")
        tried = (misfit(least), misfit(max(least, shell.variance / unit)))
        return float(min(found.fun, *tried))

    def excess(distance: float) -> float:
        return min(least_misfit(each, distance) for each in (fit, *fit.rivals)) - allowed

    low, high = (_crossing(excess, shell.distance, end) for end in (0.0, fit.largest))
    return [(low, high)]


def _crossing(excess: Callable[[float], float], inside: float, end: float) -> float:
    """Return where the excess becomes positive on the way to the end, or the end."""
    last = inside
    for point in np.linspace(inside, end, _STEPS)[1:]:
        if excess(point) > 0:
            return float(optimize.brentq(excess, last, point, xtol=1e-5 * abs(end - inside)))
        last = float(point)
    return end


def shell_offset(
    fit: Fit, model: Shells, shells: list[Shell], rings: Rings, profiles: BlockProfiles
) -> tuple[FloatArray, FloatArray]:
    """Return the centre of the shells along each axis, to first order, and its chance value.

    A moved shell adds its slope in that direction to the correlogram.
    """
    slopes = []
    for axis in range(len(model.place)):  # in the plane, along z
        step, sides = 1e-3 * model.sigma[axis], []
        for sign in (-1, 1):
            place = list(model.place)
            place[axis] = place[axis] + sign * step
            sides.append(_density(tuple(place), model.sigma, shells))
        slopes.append(np.asarray((sides[1] - sides[0]) / (2 * step)))
    ndim = len(rings.reach)
    weight = np.square(fit.space.root)
    parts = []
    for axis in range(ndim):
        slope = slopes[0] if axis >= ndim - 2 else slopes[1]
        squared = np.asarray(rings.directions[axis].power(2).sum(axis=1)) / rings.sizes
        scale = (weight * np.square(slope)) @ squared[fit.space.used]
        tilts = profiles.tilts[:, axis, fit.space.used]
        parts.append(-(tilts @ (weight * slope)) / scale)
    offsets = np.stack(parts, axis=1)
    count = len(offsets)
    error = np.sqrt(offsets.var(axis=0) * count * count / max(count - 1, 1))
    return offsets.sum(axis=0), error * stats.t.ppf((1 + _SURE) / 2, max(count - 1, 1))
