"""Correlated: two channels, and how many of their pixels are independent."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from covoxel.core.types import FloatArray
from covoxel.significance.area import Area
from covoxel.significance.effective_size import Texture, effective_size, shared_variance, texture
from covoxel.significance.pair import PixelPair

#: Independent pixels that a test needs.
MIN_SIZE = 10.0
#: Significance level of verdicts.
LEVEL = 0.05
#: Width of the local mean that is removed, in standard deviations of the PSF.
_LOCAL = 3.0
#: Width over which local variances are averaged, in correlation lengths.
_VARIANCE_WIDTH = 0.75
#: Coarse part of r, in its standard errors, that may be more than chance; the same where a channel
#: is correlated over more than a share of the field; and the share of r beyond which it explains r
#: whatever the fine structures show.
_COARSE, _COARSE_IF_WIDE, _WIDE, _MOST = 1.75, 1.3, 0.2, 0.65
#: Places that are few, in number and as a share of those that the area has room for.
_FEW, _FEW_OF = 4.0, 0.05
#: Correlation that is rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Correlated:
    """Two standardised channels in an area."""

    #: The pixels.
    area: Area
    #: The channels, (2, Z, Y, X).
    z: FloatArray
    #: How far their pixels depend on their neighbours.
    texture: Texture
    #: Share of the channels' variance that is left in them, less than 1 in fine structures.
    left: float = 1.0

    @classmethod
    def of(cls, pair: PixelPair) -> Correlated:
        """Return the channels of a pair of images."""
        z = pair.standardised()
        return cls(pair.area, z, texture(pair.area, z, wide=True))

    @cached_property
    def r(self) -> float:
        """Correlation coefficient."""
        return min(max(float(np.sum(self.products, dtype=np.float64)) / self.area.n, -1), 1)

    @cached_property
    def products(self) -> FloatArray:
        """The product of both channels at each pixel."""
        return np.asarray(self.z[0] * self.z[1])

    @cached_property
    def shared_variance(self) -> float:
        """How much the variance of r grows by both channels varying most in the same places."""
        width = _VARIANCE_WIDTH * self.texture.length()
        return shared_variance(self.area, self.z, self.texture, width)

    @cached_property
    def n_eff(self) -> float:
        """Number of independent pixels."""
        return 1 + (effective_size(self.area, self.texture) - 1) / self.shared_variance

    @cached_property
    def p(self) -> float:
        """Two-sided p-value of no correlation, NaN where too few pixels are independent."""
        if self.n_eff < MIN_SIZE:
            return math.nan
        freedom = self.n_eff - 2
        t = self.r * math.sqrt(freedom / max(1 - self.r**2, sys.float_info.epsilon))
        return float(2 * special.stdtr(freedom, -abs(t)))

    @cached_property
    def places(self) -> float:
        """About how many places make the variance of a channel, the fewer of both."""
        length = self.texture.length()
        return min(self.area.participation(one, length, squared=True) for one in self.z)

    @property
    def few_objects(self) -> bool:
        """Whether few objects make the variance of a channel, in an area with room for many."""
        return self.places < min(_FEW, _FEW_OF * self.texture.independent(self.area.n))

    @cached_property
    def edges(self) -> FloatArray:
        """Mean of each channel at each pixel's depth below the edge of the area."""
        return edge_profile(self.area, self.z)

    def fine(self, sigma: float) -> Correlated:
        """Return the channels without what outlines, thickness and gradients give them.

        `sigma` is that of the PSF, in the shortest pixel step.
        """
        area = self.area
        level = self.z if area.full else area.spread(area.inside(self.z) - self.edges)
        left = without_local_mean(area, level, _LOCAL * sigma)
        z = area.standardised(*left, largest=(1, 1))
        share = math.sqrt(math.prod(float(np.vdot(one, one)) for one in left)) / area.n
        return Correlated(area, z, texture(area, z, least=2 * _LOCAL * sigma), share)

    def carrier(self, fine: Correlated) -> str:
        """Return what gives the channels a correlation without their fine structures, if any."""
        coarse = self.r - fine.r * fine.left
        error = math.sqrt(max(1 / self.n_eff - fine.left**2 / fine.n_eff, 0))
        field = min(np.multiply(self.area.mask.shape, self.area.step)[-2:])
        wide = self.texture.wider_radius > _WIDE * field
        chance = error * (_COARSE_IF_WIDE if wide else _COARSE)
        if abs(coarse) <= max(chance, _ROUNDING):
            return ""
        if fine.p < LEVEL and abs(coarse) < _MOST * abs(self.r):
            return ""
        edge = float(np.mean(np.prod(self.edges, axis=0))) / coarse
        return "the outline or the thickness of the mask" if edge > 0.5 else "gradients"


#: Pixels that a depth below the edge needs to have a mean of its own.
_ENOUGH = 50


def edge_profile(area: Area, z: FloatArray) -> FloatArray:
    """Return each channel's mean at each pixel's depth below the edge of the area.

    Without an edge, these are 0, the mean of standardised channels.
    """
    if area.full:
        return np.zeros((len(z), 1))
    depth = np.floor(area.depth).astype(np.intp)
    common = np.flatnonzero(np.bincount(depth) >= _ENOUGH)
    depth = np.minimum(depth, common[-1] if common.size else 0)
    counts = np.maximum(np.bincount(depth), 1)
    means = [np.bincount(depth, inside) / counts for inside in area.inside(z)]
    return np.stack([each[depth] for each in means])


def without_local_mean(area: Area, z: FloatArray, sigma: float) -> FloatArray:
    """Return channels less their Gaussian-weighted mean around each pixel, 0 outside the area."""
    mean = area.local_mean(z, sigma)
    return area.spread(np.subtract(area.inside(z), mean, out=mean))
