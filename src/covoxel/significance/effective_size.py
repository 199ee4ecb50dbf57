"""The number of independent pixels behind a correlation of two images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from covoxel.core.types import FloatArray
from covoxel.correlation.overlaps import pair_sums
from covoxel.significance.area import Area, Displacements, sums_around

#: Product of both autocorrelations, averaged over a ring of displacements, that counts as none.
_FADED = 0.01
_TENTH = 0.1
#: How far the product is summed, in the radius at which it has faded.
_KEPT = 1.5
#: Up to where displacements are known, in the same radius.
_KNOWN = 2.0
_FIRST_REACH = 16.0
#: Relative width of a ring of displacements, and the least blur of an image, in pixels.
_RING, _LEAST_SIGMA = 0.1, 0.5


@dataclass(frozen=True, eq=False)
class Texture:
    """How far the pixels of two channels are correlated with their neighbours."""

    #: At which displacements, and of how many pairs.
    at: Displacements
    #: Autocorrelation of each channel, stacked; 0 where it is not summed.
    rho: FloatArray
    #: Where the product of both has faded, and where the wider one has fallen to a tenth (0 if not
    #: asked for), in the shortest pixel step.
    radius: float
    wider_radius: float

    @cached_property
    def product(self) -> FloatArray:
        """ρ₁ ρ₂ at each displacement."""
        return np.asarray(self.rho[0] * self.rho[1])

    @cached_property
    def products(self) -> FloatArray:
        """N ρ₁ ρ₂ at each displacement."""
        return np.asarray(self.at.pairs * self.product)

    def strength_at(self, distance: float) -> float:
        """Return the mean product ρ₁ ρ₂ at about a distance."""
        ring = np.abs(self.at.distance / distance - 1) < _RING
        return float(np.mean(self.product[ring])) if ring.any() else 0.0

    def sigma(self) -> float:
        """Return the standard deviation of the finest blur, from the fall of ρ near 0."""
        rings = [(self.at.distance > 0.5) & (self.at.distance < 1.5)]
        rings.append((self.at.distance >= 1.5) & (self.at.distance < 2.5))
        if not all(ring.any() for ring in rings):
            return _LEAST_SIGMA
        near, far = (float(np.mean(np.square(self.at.distance[ring]))) for ring in rings)
        widths = []
        for rho in self.rho:
            first, second = (float(np.mean(rho[ring])) for ring in rings)
            fell = math.log(first / second) if first > second > 0 else math.inf
            widths.append(math.sqrt((far - near) / (4 * fell)))
        return max(min(widths), _LEAST_SIGMA)

    def length(self) -> float:
        """Return the side of the area over which pixels are one, in the shortest pixel step."""
        return float((self._pixels * math.prod(self.at.step)) ** (1 / len(self.at.step)))

    def independent(self, pixels: int) -> float:
        """Return how many independent places there are among pixels, or displacements."""
        return pixels / self._pixels

    @property
    def _pixels(self) -> float:
        """How many pixels are one."""
        return max(float(np.sum(self.product)), 1.0)


def texture(area: Area, z: FloatArray, least: float = 2.0, *, wide: bool = False) -> Texture:
    """Return the autocorrelations of two standardised channels, stacked.

    They are summed up to at least 1.5 times the distance `least`; if `wide`, until each is below a
    tenth.
    """
    side = max(n * step for n, step in zip(area.mask.shape, area.step, strict=True))
    reach = max(_FIRST_REACH, _KEPT * least)
    while True:
        at = area.displacements(reach)
        rho = pair_sums(z, at.lags) * at.shares
        faded = at.radius(rho[0] * rho[1], _FADED)
        wider = max(at.radius(one, _TENTH) for one in rho) if wide else 0.0
        if max(_KNOWN * faded, wider) <= reach or reach >= side:
            break
        reach *= 2
    radius = max(faded, least)
    kept = at.used & (at.distance <= _KEPT * radius)
    return Texture(at, np.where(kept, rho, 0), radius, wider)


def effective_size(area: Area, found: Texture) -> float:
    """Return the number of independent pixels by Dutilleul's modification of the t test.

    References
    ----------
    Clifford, Richardson & Hémon 1989, doi:10.2307/2532039; Dutilleul 1993, doi:10.2307/2532625
    """
    n = area.n
    all1, all2 = map(float, found.rho.reshape(2, -1) @ found.at.pairs.ravel())
    shared = area.shared_sum(found.rho, found.at.lags)
    both = float(np.sum(found.products)) - 2 / n * shared + all1 * all2 / n**2
    return float(1 + (n - all1 / n) * (n - all2 / n) / both) if both > 0 else 1.0


def shared_variance(area: Area, z: FloatArray, found: Texture, sigma: float) -> float:
    """Return by how much a variance that both channels share inflates that of r, at least 1.

    That is the mean product of both channels' squares within a distance, where one square has been
    averaged over a Gaussian, and so has the other.
    """
    from covoxel.significance.kernels import sum_of_products  # takes a while to load

    near = [
        np.exp(-np.square(np.arange(limit + 1) * step / (2 * sigma)))
        for limit, step in zip(found.at.lags.high, area.step, strict=True)
    ]
    around = sums_around(np.square(z[1]), near)
    products = float(sum_of_products(around.ravel(), z[0].ravel()))
    both = [np.concatenate([one[:0:-1], one]) for one in near]
    return max(1.0, products / found.at.summed(found.at.pairs, both))
