"""What a profile may be made of: shells with or without neighbours, with or without bleed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from covoxel.core.types import BoolArray, FloatArray
from covoxel.distance.fit import AT_LIMIT, Bleed, Fit, Model
from covoxel.distance.noise import Noise
from covoxel.distance.own import OwnPairs
from covoxel.distance.profile import Rings
from covoxel.distance.shell import Shells
from covoxel.distance.space import Space

#: Neighbours that partners see for each one that particles see of their own channel. A particle is
#: as bright as itself, so that its neighbours count less there the more brightness varies.
_MORE = (1.0, 1.25)
#: Neighbours count where they leave less than this share of the misfit without them.
_CLEAR = 0.6


class Variants:
    """Fits of shells that the same profile may be tried with.

    Partners may have the neighbours that the particles of either channel have, or none.

    Parameters
    ----------
    rings, used, weight
        As in `Space`.
    shells : Shells
        At the displacements used.
    own : sequence of OwnPairs
        Of both channels.
    largest, most : float
        Largest distance and volume.
    noise : Noise
        How the profile errs.
    """

    def __init__(
        self,
        rings: Rings,
        used: BoolArray,
        weight: FloatArray,
        shells: Shells,
        own: Sequence[OwnPairs],
        largest: float,
        most: float,
        noise: Noise,
    ) -> None:
        self._largest, self._most = largest, most
        self._models = [shells]
        for one in own:
            for more in _MORE:
                counted = one.volumes * np.where(one.radii > 0, more, 1.0)
                self._models.append(shells.among(one.radii, counted))
        self._blocks = [one.volumes @ one.shells[:, used] for one in own]
        bled = np.stack([blocks.sum(axis=0) for blocks in self._blocks])
        scale = np.linalg.norm(shells.table, axis=1).max() / np.linalg.norm(bled, axis=1)
        table = np.vstack([shells.table, scale[:, None] * bled])
        self._space = Space(rings, used, weight, table, noise)
        self._seen = (self._space.table[:, -len(own) :] / scale).T

    def alone(self, profile: FloatArray) -> Fit:
        """Return the fit without bleed-through that suits a profile, (G,), best."""
        reduced = self._space.reduced(profile)
        plain, *others = (self._tried(reduced, model, None) for model in self._models)
        best = min(others, key=_misfit)
        clear = best.misfit < _CLEAR * plain.misfit
        return best.fit if clear and not best.is_vast else plain.fit

    def beside_bleed(self, profile: FloatArray, alone: Fit, nearest: float) -> Fit:
        """Return the fit of the same shells, from a distance on, beside what suits it best."""
        reduced = self._space.reduced(profile)
        bleeds = [
            Bleed(channel, blocks, seen)
            for channel, (blocks, seen) in enumerate(zip(self._blocks, self._seen, strict=True))
        ]
        for model in (alone.model, self._models[0]):
            best = min((self._tried(reduced, model, each, nearest) for each in bleeds), key=_misfit)
            if not best.is_vast or model is self._models[0]:
                break
        return best.fit

    def _tried(
        self, reduced: FloatArray, model: Model, bleed: Bleed | None, nearest: float = 0.0
    ) -> _Tried:
        fit = Fit(model, self._space, self._largest, self._most, bleed, nearest)
        (best,) = fit.best(reduced)
        misfit = fit.misfit(reduced, best.distance, best.variance)
        return _Tried(fit, misfit, best.volume >= AT_LIMIT * self._most)


class _Tried(NamedTuple):
    """A fit, its squared residuals, and whether its curve is as large as one may be."""

    fit: Fit
    misfit: float
    is_vast: bool


def _misfit(tried: _Tried) -> float:
    return tried.misfit
