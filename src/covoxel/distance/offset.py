"""Whether a shell is centred on displacement zero."""

from __future__ import annotations

import numpy as np
from scipy import stats

from covoxel.core.types import FloatArray
from covoxel.distance.blocks import BlockProfiles
from covoxel.distance.fit import Fit, Shell
from covoxel.distance.profile import Rings
from covoxel.distance.shell import Shells, spread_shell

#: Level at which an offset is told from the directions of a few partners.
_SURE = 0.999


def shell_offset(
    fit: Fit, model: Shells, shells: list[Shell], rings: Rings, profiles: BlockProfiles
) -> tuple[FloatArray, FloatArray]:
    """Return where the centre lies along each axis, to first order, and how far it may by chance.

    Moving a shell adds to the correlogram its slope in that direction.
    """
    slopes = [_slope(model, shells, axis) for axis in range(len(model.place))]
    ndim = len(rings.reach)
    each = [slopes[0] if axis >= ndim - 2 else slopes[1] for axis in range(ndim)]
    weight = np.square(fit.space.root)
    members = np.asarray(rings.members.sum(axis=1))
    parts = []
    for axis, slope in enumerate(each):
        squared = np.asarray(rings.directions[axis].power(2).sum(axis=1)) / members
        scale = (weight * np.square(slope)) @ squared[fit.space.used]
        tilts = profiles.tilts[:, axis, fit.space.used]
        parts.append(-(tilts @ (weight * slope)) / scale)
    offsets = np.stack(parts, axis=1)
    count = len(offsets)
    error = np.sqrt(offsets.var(axis=0) * count * count / max(count - 1, 1))
    return offsets.sum(axis=0), error * stats.t.ppf((1 + _SURE) / 2, max(count - 1, 1))


def _slope(model: Shells, shells: list[Shell], axis: int) -> FloatArray:
    """Return the derivative of shells by the length in the plane (0) or along z (1)."""
    step = 1e-3 * model.sigma[axis]
    sides = []
    for sign in (-1, 1):
        place = list(model.place)
        place[axis] = place[axis] + sign * step
        parts = [
            s.volume * spread_shell(tuple(place), model.sigma, s.distance, s.variance)
            for s in shells
        ]
        sides.append(np.asarray(sum(parts)))
    return np.asarray((sides[1] - sides[0]) / (2 * step))
