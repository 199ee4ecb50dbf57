"""Correlated: two channels, and how many of their pixels are independent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats

from covoxel.core.types import FloatArray
from covoxel.significance.area import Area
from covoxel.significance.effective_size import (
    Texture,
    effective_size,
    shared_variance,
    texture,
)
from covoxel.significance.pair import PixelPair
from covoxel.significance.residual import edge_profile, without_local_mean

#: Independent pixels that a test needs.
MIN_SIZE = 10.0
#: Significance level of verdicts.
LEVEL = 0.05
#: Width of the local mean that is removed, in standard deviations of the PSF.
_LOCAL = 3.0
#: Width over which local variances are averaged, and side of the blocks that participation is
#: counted in, in correlation lengths.
_VARIANCE_WIDTH, _BLOCK = 0.75, 1.0


@dataclass(frozen=True)
class Correlated:
    """Two standardised channels in an area, and how far their pixels depend on neighbours."""

    area: Area
    z1: FloatArray
    z2: FloatArray
    texture: Texture

    @classmethod
    def of(cls, pair: PixelPair) -> Correlated:
        """Return the channels of a pair of images."""
        z1, z2 = map(pair.area.standardised, (pair.values1, pair.values2))
        return cls(pair.area, z1, z2, texture(pair.area, z1, z2))

    @property
    def r(self) -> float:
        """Correlation coefficient."""
        return float(np.clip(np.sum(self.z1 * self.z2) / self.area.n, -1, 1))

    @cached_property
    def shared_variance(self) -> float:
        """How much the variance of r grows by both channels varying most in the same places."""
        width = _VARIANCE_WIDTH * self.texture.length()
        return shared_variance(self.area, self.z1, self.z2, width)

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
        t = self.r * math.sqrt(freedom / max(1 - self.r**2, np.finfo(float).eps))
        return float(2 * stats.t.sf(abs(t), freedom))

    @property
    def participation(self) -> float:
        """About how many places make the correlation."""
        blocks = self.area.block_sums(self.z1 * self.z2, _BLOCK * self.texture.length())
        return float(np.sum(blocks**2) ** 2 / np.sum(blocks**4))

    @cached_property
    def edges(self) -> tuple[FloatArray, FloatArray]:
        """Mean of each channel at each pixel's depth below the edge of the area."""
        return edge_profile(self.area, self.z1), edge_profile(self.area, self.z2)

    def fine(self, sigma: float) -> Correlated:
        """Return the channels without what outlines, thickness and gradients give them.

        `sigma` is that of the PSF, in the shortest pixel step.
        """
        area = self.area
        left = (
            without_local_mean(area, area.spread(z[area.mask] - edge), _LOCAL * sigma)
            for z, edge in zip((self.z1, self.z2), self.edges, strict=True)
        )
        z1, z2 = map(area.standardised, left)
        return Correlated(area, z1, z2, texture(area, z1, z2, least=2 * _LOCAL * sigma))

    def carrier(self, fine: Correlated) -> str:
        """Return what explains a correlation that no fine structure shows; empty without one."""
        if not self.p < LEVEL or fine.p < LEVEL:
            return ""
        edge = float(np.mean(self.edges[0] * self.edges[1])) / self.r
        return "the outline or the thickness of the mask" if edge > 0.5 else "gradients"
