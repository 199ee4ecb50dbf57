"""Profiles as coordinates with independent errors, a slow baseline taken out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import fft

from covoxel.core.types import BoolArray, FloatArray
from covoxel.distance.profiles import BlockProfiles, Rings

#: Variance of each displacement by itself, as a share of their common variance. It limits the
#: weight of what varies fast: no shape is known better.
_FLOOR = 0.3
#: Pairs of pixels where there are none.
_TINY = 1e-300
#: Share of the largest singular value below which a direction of the profile is noise: with
#: independent errors, and with errors that vary together.
_RANK, _RANK_TOGETHER = 1e-7, 1e-4
#: Degree in distance of the slow background that channels may share. A line would do for the
#: footprint of cells; smooth haze of the size of the range is bent.
_DEGREE = 3


class Noise:
    """Covariance of the profile of two channels that share nothing.

    Particles of either channel that meet by chance make hills as wide as both autocorrelograms
    together, clusters included: errors of neighbouring points are correlated, and a fit with
    independent errors would take such a hill for a shell.

    `own`: the autocorrelograms of both channels, their noise at displacement zero included.
    `pixels`: pixels inside the mask.

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
        self._share = 1 / np.sqrt(rings.sizes * self._pairs)

    def _surface(self, profile: FloatArray) -> FloatArray:
        place = np.zeros(self._size)
        place[self._window] = (self._rings.members.T @ profile).reshape(self._rings.shape)
        return place

    def _spectrum(self, profile: FloatArray) -> FloatArray:
        """Return the spectrum of a profile as an even surface of displacements."""
        place = self._surface(profile)
        axes = tuple(range(place.ndim))
        return np.asarray(fft.rfftn(np.roll(place, [-r for r in self._rings.reach], axes)).real)

    def covariance(self, rows: FloatArray) -> FloatArray:
        """Return the covariance, (k, k), of k sums over a profile, given their weights (k, G)."""
        seen = np.zeros_like(rows)
        for row, out in zip(rows * self._share, seen, strict=True):
            spread = fft.irfftn(fft.rfftn(self._surface(row)) * self._spectra, s=self._size)
            out[:] = self._rings.members @ spread[self._window].ravel()
        return np.asarray((seen * self._share) @ rows.T)

    def floor(self, rows: FloatArray) -> FloatArray:
        """Return the covariance, as above, of the errors of each displacement by itself."""
        return np.asarray(_FLOOR * self._whole * (rows / self._pairs) @ rows.T)


class Space:
    """Curves at the displacements of `rings` that are `used`, without a slow baseline.

    A profile is represented by a few coordinates in the space of the curves, so that many
    profiles are fitted as fast as one. With `noise` their errors have equal variance.

    `used`: which displacements are fitted, (G,).
    `weight`: weight of each, (G,).
    `table`: the curves, (curves, used).
    `noise`: covariance of the profile's errors; independent by default.
    """

    def __init__(
        self,
        rings: Rings,
        used: BoolArray,
        weight: FloatArray,
        table: FloatArray,
        noise: Noise | None = None,
    ) -> None:
        self.used = used
        self.root = np.sqrt(weight[used])
        length = rings.length[used] / rings.length[used].max()
        heights = [] if rings.axial is None else [rings.axial[used]]
        self._base = np.column_stack([length[:, None] ** np.arange(_DEGREE + 1), *heights])
        outer, _ = np.linalg.qr(self.root[:, None] * self._base)
        seen = (self.root * table).T
        seen -= outer @ (outer.T @ seen)
        left, scale, _ = np.linalg.svd(seen, full_matrices=False)
        kept = scale > (_RANK if noise is None else _RANK_TOGETHER) * scale[0]
        onto = np.vstack([outer.T, left[:, kept].T]) * self.root
        errors = None
        if noise is not None:
            rows = self.spread_out(onto)
            errors = noise.covariance(rows)
            half = np.linalg.cholesky(errors + noise.floor(rows))
            onto, errors = np.linalg.solve(half, onto), np.linalg.solve(half, errors)
            errors = np.linalg.solve(half, errors.T)
        self._whitened, self._seen_base = onto, onto @ self._base
        outer, _ = np.linalg.qr(self._seen_base, mode="complete")
        rest = outer[:, self._base.shape[1] :].T
        self._onto = rest @ onto
        #: Covariance of the coordinates' errors by noise alone, (k, k); None if not known.
        self.errors = None if errors is None else np.asarray(rest @ errors @ rest.T)
        #: Coordinates of the curves, (k, curves).
        self.table = self._onto @ table.T

    def reduced(self, profiles: FloatArray) -> FloatArray:
        """Return the coordinates, (…, k), of profiles, (…, G)."""
        return np.asarray(profiles[..., self.used] @ self._onto.T)

    def spread_out(self, values: FloatArray) -> FloatArray:
        """Return values at the displacements used as a profile of all, 0 elsewhere."""
        out = np.zeros((*values.shape[:-1], self.used.size))
        out[..., self.used] = values
        return out

    def baseline(self, values: FloatArray) -> FloatArray:
        """Return the baseline that fits values at the displacements used."""
        seen = np.linalg.lstsq(self._seen_base, self._whitened @ values)[0]
        return np.asarray(self._base @ seen)
