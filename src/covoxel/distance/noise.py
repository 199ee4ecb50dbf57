"""How the errors of a correlogram vary together, from the correlogram of each channel alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import fft

from covoxel.core.types import FloatArray
from covoxel.distance.blocks import BlockProfiles
from covoxel.distance.profile import Rings

#: Variance of each displacement for itself, as a share of what they have together: no shape is
#: known better, and what varies fast would count for too much.
_FLOOR = 0.3
#: Pairs of pixels where there are none.
_TINY = 1e-300


class Noise:
    """Covariance of the profile of two channels that share nothing.

    Particles of either channel that meet by chance make hills as wide as both autocorrelograms
    together, clusters included: neighbouring points err together, which a fit with independent
    points would take for a shape.

    Parameters
    ----------
    rings : Rings
    own : sequence of BlockProfiles
        The autocorrelograms of both channels, their noise at displacement zero included.
    pixels : int
        Pixels inside the mask.

    References
    ----------
    Bartlett, "On the theoretical specification and sampling properties of autocorrelated
    time-series", 1946, doi:10.2307/2983611
    """

    def __init__(self, rings: Rings, own: Sequence[BlockProfiles], pixels: int) -> None:
        self._rings = rings
        self._window = tuple(slice(size) for size in rings.shape)
        self._size = [fft.next_fast_len(3 * reach + 1, real=True) for reach in rings.reach]
        spectra = [np.maximum(self._spectrum(each.mean), 0.0) for each in own]
        self._spectra = np.asarray(np.prod(spectra, axis=0)) / pixels
        self._whole = float(fft.irfftn(self._spectra, s=self._size).flat[0])
        # groups are means over their members, and longer displacements have fewer pairs of pixels
        self._pairs = np.maximum(own[0].weight, _TINY)
        self._share = 1 / np.sqrt(np.asarray(rings.members.sum(axis=1)) * self._pairs)

    def _spectrum(self, profile: FloatArray) -> FloatArray:
        """Return the spectrum of a profile as an even surface of displacements."""
        surface = (self._rings.members.T @ profile).reshape(self._rings.shape)
        place = np.zeros(self._size)
        place[self._window] = surface
        axes = tuple(range(place.ndim))
        return np.asarray(fft.rfftn(np.roll(place, [-r for r in self._rings.reach], axes)).real)

    def covariance(self, rows: FloatArray) -> FloatArray:
        """Return the covariance, (k, k), of k sums over a profile, given their weights (k, G)."""
        seen = np.zeros_like(rows)
        for row, out in zip(rows * self._share, seen, strict=True):
            place = np.zeros(self._size)
            place[self._window] = (self._rings.members.T @ row).reshape(self._rings.shape)
            spread = fft.irfftn(fft.rfftn(place) * self._spectra, s=self._size)
            out[:] = self._rings.members @ spread[self._window].ravel()
        return np.asarray((seen * self._share) @ rows.T)

    def floor(self, rows: FloatArray) -> FloatArray:
        """Return what each displacement errs for itself, as `covariance`."""
        return np.asarray(_FLOOR * self._whole * (rows / self._pairs) @ rows.T)
