"""The interval of a shell's distance."""

from __future__ import annotations

import numpy as np
from scipy import optimize

from covoxel._types import FloatArray
from covoxel.displacement.association_fit import Shell, ShellFit
from covoxel.displacement.interval import Influence
from covoxel.displacement.interval_blocks import BlockProfiles
from covoxel.displacement.psf import Blur

#: Steps of the numeric derivatives, in variances of the PSF.
_STEP = 1e-3


def shell_influence(
    fit: ShellFit, shells: list[Shell], profiles: BlockProfiles, blurs: tuple[Blur, Blur]
) -> tuple[FloatArray, Influence]:
    """Return the model's slopes, and the influence of blocks on the parameters.

    The parameters are squared distance, squared spread and volume of each shell in turn. What
    the blocks add to the error of a measured PSF is in it.
    """
    slopes = np.column_stack([column for shell in shells for column in _slopes(fit, shell)])
    onto = np.linalg.pinv(slopes)
    model = np.zeros(profiles.weight.size)
    seen = fit.model(shells)
    model[fit.used] = seen + fit.baseline(profiles.mean[fit.used] - seen)
    parts = fit.reduced(profiles.residuals(model)) @ onto.T
    variances = [blur.influence.parts for blur in blurs if blur.influence is not None]
    if variances:
        parts = parts - sum(variances) / 2 @ (onto @ _blur_slopes(fit, shells)).T
    return slopes, Influence(parts)


def _slopes(fit: ShellFit, shell: Shell) -> list[FloatArray]:
    step = _STEP * min(fit.sigma) ** 2
    seen = fit.seen(shell.distance, shell.spread)
    farther = fit.seen((shell.distance**2 + step) ** 0.5, shell.spread)
    wider = fit.seen(shell.distance, (shell.spread**2 + step) ** 0.5)
    scale = shell.volume / step
    return [scale * (farther - seen), scale * (wider - seen), seen]


def _blur_slopes(fit: ShellFit, shells: list[Shell]) -> FloatArray:
    """Return the derivatives of the model by the variances of both PSFs together."""
    seen, out = fit.model(shells), []
    for axis, sigma in enumerate(fit.sigma):
        step = _STEP * sigma**2
        wider = tuple((s * s + step * (axis == k)) ** 0.5 for k, s in enumerate(fit.sigma))
        out.append((fit.model(shells, wider) - seen) / step)
    room = np.zeros((len(out), fit.used.size))
    room[:, fit.used] = out
    return fit.reduced(room).T


def distance_interval(
    fit: ShellFit, reduced: FloatArray, shell: Shell, slopes: FloatArray, errors: Influence
) -> tuple[float, float]:
    """Return the distances at which the best shell is not significantly worse.

    The profile likelihood, its threshold widened by how much more the blocks say the squared
    distance to vary than independent points would.
    """
    alone = np.linalg.pinv(slopes.T @ slopes)[0, 0]
    widened = errors.covariance()[0, 0] / alone
    allowed = fit.misfit(reduced, shell.distance, shell.spread)
    allowed += errors.quantile(0) ** 2 * widened

    def excess(distance: float) -> float:
        found = optimize.minimize_scalar(
            lambda spread: fit.misfit(reduced, distance, spread),
            bounds=(0, max(3 * fit.sigma[0], 1.5 * shell.spread)),
            method="bounded",
        )
        none = fit.misfit(reduced, distance, 0.0)
        return float(min(found.fun, none) - allowed)

    return _crossing(excess, shell.distance, 0.0), _crossing(excess, shell.distance, fit.largest)


def _crossing(excess, inside: float, end: float) -> float:
    """Return where the excess becomes positive on the way to the end, or the end."""
    steps = np.linspace(inside, end, 60)[1:]
    last = inside
    for point in steps:
        if excess(point) > 0:
            return float(optimize.brentq(excess, last, point, xtol=1e-5 * abs(end - inside)))
        last = point
    return end
