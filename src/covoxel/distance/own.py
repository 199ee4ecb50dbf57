"""A channel's own correlogram as pairs of its particles: how it clusters, and what bleeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.distance.blocks import BlockProfiles
from covoxel.distance.profile import Rings
from covoxel.distance.psf import Blur
from covoxel.distance.shell import spread_shell

#: Distance from one radius to the next, in standard deviations of the autocorrelogram's peak: as
#: coarse as still adds up to any curve that the PSF has smoothed.
_SPACING = 1.5
#: Largest radius, as a share of the range: what lies beyond tells a constant from neighbours.
_REACH = 0.6
#: Radii that are counted as neighbours: shells up to 4.05 FWHMs of the PSF.
_COUNTED = 4
#: Groups of displacements that each radius needs.
_GROUPS = 3


@dataclass(frozen=True, slots=True, eq=False)
class OwnPairs:
    """An autocorrelogram as a sum of shells, its noise at displacement zero left out.

    The first radius is 0: each particle with itself. The others are pairs of particles, more than
    chance where volumes are positive.

    Attributes
    ----------
    radii : (K,) ndarray of float
        Radius of each shell.
    volumes : (B, K) ndarray of float
        What each block of the image adds to their volumes; that of the channel's peak is 1.
    shells : (K, G) ndarray of float
        Shells behind the PSF of the autocorrelogram, of the volume of its peak.
    """

    radii: FloatArray
    volumes: FloatArray
    shells: FloatArray

    @property
    def neighbours(self) -> float:
        """Particles within 4 FWHMs of the PSF around each one, beyond chance.

        Brighter ones count for more.
        """
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
    shells = np.stack([spread_shell(rings.place, sigma, r, 0) for r in radii])
    root = np.sqrt(profiles.weight[used])
    columns = root[:, None] * np.column_stack(
        [shells[:, used].T, np.ones(root.size), rings.length[used]]
    )
    size = np.linalg.norm(columns, axis=0)
    found = root * profiles.values[:, used] @ np.linalg.pinv(columns / size).T / size
    return OwnPairs(radii, found[:, :-2] / blur.volume, blur.volume * shells)
