"""The interval of the distance of a fitted curve."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize

from covoxel.core.types import FloatArray
from covoxel.distance.blocks import BlockProfiles
from covoxel.distance.fit import Fit, Shell
from covoxel.distance.interval import Influence
from covoxel.distance.psf import Blur
from covoxel.distance.shell import Shells, spread_shell

#: Steps of the numeric derivatives, in variances of the PSF.
_STEP = 1e-3
#: Distances looked at on the way from the best one to either end.
_STEPS = 60


def shell_influence(
    fit: Fit, shells: list[Shell], profiles: BlockProfiles, blurs: list[Blur]
) -> tuple[FloatArray, Influence]:
    """Return the model's slopes, and the influence of blocks on the parameters.

    The parameters are squared distance, variance and volume of each shell in turn, then how much
    bleeds. What the blocks add to the error of a measured PSF is in it.
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
    variances = [blur.influence.parts for blur in blurs if blur.influence is not None]
    # with neighbours the autocorrelogram as it is takes the place of the PSF
    if isinstance(fit.model, Shells) and fit.model.neighbours is None and variances:
        both = np.asarray(sum(variances)) / 2
        parts = parts - both @ (onto @ _blur_slopes(fit, fit.model, shells)).T
    return slopes, Influence(parts)


def _by_block(fit: Fit, shells: list[Shell], profiles: BlockProfiles) -> FloatArray:
    """Return what each block should add to the shells, by its own particles where these count."""
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
        parts = [
            s.volume * spread_shell(model.place, wider, s.distance, s.variance) for s in shells
        ]
        out.append((np.asarray(sum(parts)) - seen) / step)
    return fit.space.reduced(fit.space.spread_out(np.stack(out))).T


def distance_interval(
    fit: Fit, reduced: FloatArray, shell: Shell, slopes: FloatArray, errors: Influence
) -> tuple[float, float]:
    """Return the distances at which the best curve is not significantly worse.

    The profile likelihood, its threshold widened by how much more the blocks say the squared
    distance to vary than coordinates that err independently would.
    """
    onto = np.linalg.pinv(slopes)
    alone = float(np.square(onto[0]).sum())
    margin = errors.margin(0, _known(fit, onto[0]))
    allowed = fit.misfit(reduced, shell.distance, shell.variance) + margin**2 / alone
    unit = fit.model.finest**2
    widest = max(9 * unit, 2 * shell.variance)

    def excess(distance: float) -> float:
        def misfit(variance: float) -> float:
            return fit.misfit(reduced, distance, variance * unit)

        least = fit.model.least(distance) / unit
        found = optimize.minimize_scalar(misfit, bounds=(least, widest / unit), method="bounded")
        known = (misfit(least), misfit(max(least, shell.variance / unit)))
        return float(min(found.fun, *known) - allowed)

    return _crossing(excess, shell.distance, 0.0), _crossing(excess, shell.distance, fit.largest)


def _crossing(excess: Callable[[float], float], inside: float, end: float) -> float:
    """Return where the excess becomes positive on the way to the end, or the end."""
    last = inside
    for point in np.linspace(inside, end, _STEPS)[1:]:
        if excess(point) > 0:
            return float(optimize.brentq(excess, last, point, xtol=1e-5 * abs(end - inside)))
        last = float(point)
    return end


def wald_interval(
    fit: Fit, shell: Shell, slopes: FloatArray, errors: Influence, index: int
) -> tuple[float, float]:
    """Return the interval of one of several distances, from the error of its square alone."""
    place = 3 * index
    margin = errors.margin(place, _known(fit, np.linalg.pinv(slopes)[place]))
    low, high = shell.distance**2 - margin, shell.distance**2 + margin
    return max(low, 0.0) ** 0.5, float(high**0.5)


def _known(fit: Fit, onto: FloatArray) -> float | None:
    """Return the variance of a parameter, a sum of coordinates, that noise alone makes."""
    return None if fit.space.errors is None else float(onto @ fit.space.errors @ onto)
