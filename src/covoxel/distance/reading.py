"""From fitted shells to what is told of them."""

from __future__ import annotations

import math

import numpy as np
from scipy import sparse, stats

from covoxel.core.types import FloatArray
from covoxel.distance.blocks import BlockProfiles
from covoxel.distance.fit import Fit, Shell
from covoxel.distance.inputs import Inputs
from covoxel.distance.interval import LEVEL
from covoxel.distance.profile import Rings
from covoxel.distance.record import AssociationProfile, Component

#: Standard deviations around the distance within which the confidence is read.
_WITHIN = 3.0


class Reading:
    """A profile averaged over distances a pixel wide, and shells read off it.

    Parameters
    ----------
    shells : list of Shell
        What was fitted; none where no association was found.
    bled : float or None
        How much bleeds beside them.
    """

    def __init__(
        self,
        inputs: Inputs,
        rings: Rings,
        profiles: BlockProfiles,
        fit: Fit,
        shells: list[Shell],
        bled: float | None,
    ) -> None:
        self.inputs, self.rings, self.profiles, self.fit = inputs, rings, profiles, fit
        width = min(inputs.step[-2:])
        bins = np.rint(rings.length / width).astype(int)
        self._used = np.unique(bins)
        place = np.searchsorted(self._used, bins)
        total = np.bincount(place, profiles.weight)
        share = profiles.weight / total[place]
        shape = (self._used.size, bins.size)
        self._average = sparse.csr_array((share, (place, np.arange(bins.size))), shape)
        self.curves = [fit.curve([shell]) for shell in shells]
        self.values = profiles.mean[fit.space.used]
        self.bled = fit.bled(bled or 0.0)
        self.curve = fit.curve(shells) + self.bled
        self.baseline = fit.space.baseline(self.values - self.curve)
        self.shells = shells

    def profile(self, null: FloatArray, *, blocks: bool) -> AssociationProfile:
        """Return the profile for plots.

        Parameters
        ----------
        null : (N, G) ndarray of float
            Profiles about null displacements.
        blocks : bool
            Whether blocks tell an interval.
        """
        correlation = self._averaged(self.profiles.mean)
        unknown = np.full(correlation.size, np.nan)
        margin, (low, high) = unknown, (unknown, unknown)
        if blocks:
            parts = self._averaged(self.profiles.residuals(self.profiles.mean))
            freedom = len(parts) - 1
            margin = np.sqrt(np.square(parts).sum(axis=0) * (1 + 1 / freedom))
            margin = margin * stats.t.ppf((1 + LEVEL) / 2, freedom)
        if len(null):
            tail = (1 - LEVEL) / 2
            low, high = np.quantile(self._averaged(null), [tail, 1 - tail], axis=0)
        return AssociationProfile(
            distance=self._averaged(self.rings.length),
            correlation=correlation,
            low=correlation - margin,
            high=correlation + margin,
            fit=self._shown(self.curve + self.baseline) if self.shells else unknown,
            baseline=self._shown(self.baseline) if self.shells else unknown,
            bleed=self._shown(self.bled),
            null_low=low,
            null_high=high,
        )

    def _averaged(self, profiles: FloatArray) -> FloatArray:
        """Average profiles, (…, G), over distances, (…, D)."""
        return np.asarray((self._average @ profiles.T).T)

    def _shown(self, values: FloatArray) -> FloatArray:
        """Average over distances; NaN where not all that lies in a distance was fitted."""
        shown = self._averaged(self.fit.space.spread_out(values))
        shown[self._averaged((~self.fit.space.used).astype(np.float64)) > 0] = np.nan
        return shown

    def r_squared(self) -> float:
        """Share of the variance in the range fitted that is explained, all pairs counting alike."""
        weight = np.square(self.fit.space.root)
        rest = weight @ np.square(self.values - self.curve - self.baseline)
        mean = np.average(self.values, weights=weight)
        return float(1 - rest / (weight @ np.square(self.values - mean)))

    def component(
        self, index: int, interval: tuple[float, float], volume: float, width: float
    ) -> Component:
        """Return one shell; `volume` is that of the channels' own peaks."""
        shell = self.shells[index]
        return Component(
            distance=shell.distance,
            distance_low=interval[0],
            distance_high=interval[1],
            spread=shell.spread,
            amplitude=float(self.curves[index].max()),
            associated_fraction=shell.volume / volume,
            confidence=self._confidence(index, math.hypot(shell.spread, width)),
        )

    def _confidence(self, index: int, width: float) -> float:
        near = np.abs(self.rings.length[self.fit.space.used] - self.shells[index].distance)
        near = near < _WITHIN * width
        (mean1, mean2), (scale1, scale2) = self.inputs.mean, self.inputs.scale
        raw = self.values * scale1 * scale2 + mean1 * mean2
        own = self.curves[index] * scale1 * scale2
        whole, part = (
            self._averaged(self.fit.space.spread_out(np.where(near, each, 0))).sum()
            for each in (raw, own)
        )
        return float(part / whole) if whole > 0 else math.nan
