"""Shells that a profile may be fitted with: with or without neighbours, with or without bleed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from covoxel.core.types import BoolArray, FloatArray
from covoxel.distance.fit import AT_LIMIT, Bleed, Fit
from covoxel.distance.models import Model, Shells, thin_shells
from covoxel.distance.profiles import BlockProfiles, Rings
from covoxel.distance.psf import Blur
from covoxel.distance.whitening import Noise, Space

#: Distance from one radius to the next, in standard deviations of the autocorrelogram's peak: as
#: coarse as still adds up to any curve that the PSF has smoothed.
_SPACING = 1.5
#: Largest radius, as a share of the range; beyond it a constant is fitted.
_REACH = 0.6
#: Radii that are counted as neighbours: shells up to 4.05 FWHMs of the PSF.
_COUNTED = 4
#: Groups of displacements that each radius needs.
_GROUPS = 3
#: Neighbours of a partner for each neighbour of a particle in its own channel. There they count
#: less the more brightness varies, since a particle is as bright as itself.
_MORE = (1.0, 1.25)


@dataclass(frozen=True, slots=True, eq=False)
class OwnPairs:
    """An autocorrelogram as a sum of shells, its noise at displacement zero left out.

    The first radius is 0: each particle with itself. The others are pairs of particles, more than
    chance where volumes are positive.
    """

    #: Radius of each shell, (K,).
    radii: FloatArray
    #: Each block's part of their volumes; that of the channel's peak is 1, (B, K).
    volumes: FloatArray
    #: Shells behind the PSF of the autocorrelogram, of the volume of its peak, (K, G).
    shells: FloatArray

    @property
    def neighbours(self) -> float:
        """Particles within 4 FWHMs of the PSF around each one beyond chance, by brightness."""
        itself, *others = self.volumes.sum(axis=0)
        return float(sum(others[:_COUNTED]) / itself)

    @property
    def profile(self) -> FloatArray:
        """The autocorrelogram without noise, (G,)."""
        return np.asarray(self.volumes.sum(axis=0) @ self.shells)


def own_pairs(rings: Rings, profiles: BlockProfiles, blur: Blur, farthest: float) -> OwnPairs:
    """Fit shells and a line to an autocorrelogram up to a distance."""
    used = (rings.length > 0) & (rings.length <= farthest) & (profiles.weight > 0)
    sigma = tuple(np.sqrt(blur.variance).tolist())
    most = max(1, np.count_nonzero(used) // _GROUPS)
    radii = np.arange(0, _REACH * farthest, _SPACING * min(sigma))[:most]
    shells = np.stack(list(thin_shells(rings.place, sigma, radii)))
    root = np.sqrt(profiles.weight[used])
    columns = root[:, None] * np.column_stack(
        [shells[:, used].T, np.ones(root.size), rings.length[used]]
    )
    size = np.linalg.norm(columns, axis=0)
    found = root * profiles.values[:, used] @ np.linalg.pinv(columns / size).T / size
    return OwnPairs(radii, found[:, :-2] / blur.volume, blur.volume * shells)


class Candidates:
    """Fits of shells that the same profile may be tried with.

    Partners may have the neighbours that the particles of either channel have, or none.

    `rings`, `used`, `weight`: as in `Space`.
    `shells`: at the displacements used.
    `own`: of both channels.
    `largest`, `most`: largest distance and volume.
    `noise`: covariance of the profile's errors.
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
        """Return the fit without bleed-through that fits a profile, (G,), best.

        All models have as many parameters, so that their misfits compare. None with neighbours has
        the largest volume allowed, which would fit anything smooth.
        """
        reduced = self._space.reduced(profile)
        plain, *others = (self._tried(reduced, model, None) for model in self._models)
        possible = [plain, *(each for each in others if not each.at_limit)]
        best = min(possible, key=_misfit)
        best.fit.rivals = [each.fit for each in possible if each is not best]
        return best.fit

    def beside_bleed(self, profile: FloatArray, alone: Fit, nearest: float) -> Fit:
        """Return the fit of the same shells, from a distance on, beside the best bleed-through."""
        reduced = self._space.reduced(profile)
        bleeds = [
            Bleed(channel, blocks, seen)
            for channel, (blocks, seen) in enumerate(zip(self._blocks, self._seen, strict=True))
        ]
        for model in (alone.model, self._models[0]):
            best = min((self._tried(reduced, model, each, nearest) for each in bleeds), key=_misfit)
            if not best.at_limit or model is self._models[0]:
                break
        models = (fit.model for fit in (alone, *alone.rivals))
        best.fit.rivals = [
            self._fit(model, best.fit.bleed, nearest)
            for model in models
            if model is not best.fit.model
        ]
        return best.fit

    def _fit(self, model: Model, bleed: Bleed | None, nearest: float) -> Fit:
        return Fit(model, self._space, self._largest, self._most, bleed, nearest)

    def _tried(
        self, reduced: FloatArray, model: Model, bleed: Bleed | None, nearest: float = 0.0
    ) -> _Tried:
        fit = self._fit(model, bleed, nearest)
        (best,) = fit.best(reduced)
        misfit = fit.misfit(reduced, best.distance, best.variance)
        return _Tried(fit, misfit, best.volume >= AT_LIMIT * self._most)


class _Tried(NamedTuple):
    """A fit, its squared residuals, and whether its volume is the largest allowed."""

    fit: Fit
    misfit: float
    at_limit: bool


def _misfit(tried: _Tried) -> float:
    return tried.misfit
