"""Profiles as coordinates: what a slow baseline leaves of them, in the space of fitted curves."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import BoolArray, FloatArray
from covoxel.distance.noise import Noise
from covoxel.distance.profile import Rings

#: Share of the largest singular value below which a direction of the profile is noise: no noise
#: at all, and noise that varies together.
_RANK, _RANK_TOGETHER = 1e-7, 1e-4
#: Degree in distance of the slow background that channels may share. A line would do for the
#: footprint of cells; smooth haze of the size of the range is bent.
_DEGREE = 3


class Space:
    """Curves at the displacements of `rings` that are `used`, with a slow baseline taken out.

    A profile enters through its few coordinates in the space of the curves, so that many profiles
    are fitted as fast as one. With `noise` they are such that errors count alike in all.

    Parameters
    ----------
    rings : Rings
    used : (G,) ndarray of bool
        Which displacements are fitted.
    weight : (G,) ndarray of float
        Weight of each.
    table : (curves, used) ndarray of float
        The curves.
    noise : Noise, optional
        How the profile errs; by default each displacement for itself.
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
        apart = outer[:, self._base.shape[1] :].T
        self._onto = apart @ onto
        #: Covariance of the coordinates' errors, (k, k), where noise is all; None if not known.
        self.errors = None if errors is None else np.asarray(apart @ errors @ apart.T)
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
