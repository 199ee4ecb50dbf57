"""ShiftNull: a measure at every displacement too long for an association."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.correlation.overlaps import Lags, Transform
from covoxel.significance.area import Area
from covoxel.significance.effective_size import Texture

#: Share of the area that the overlap at a displacement needs.
MIN_OVERLAP = 0.3
#: Independent displacements that a test needs: with fewer, p cannot reach 0.05.
MIN_SHIFTS = 19
#: Shortest displacement, in the radius of the wider channel's autocorrelation.
_APART = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class ShiftNull:
    """What a measure exceeds chance by, as measured and at each displacement.

    Attributes
    ----------
    excess : float
        Of the channels as they lie.
    shifted : ndarray of float
        At each displacement.
    independent : float
        How many of the displacements are independent.
    """

    excess: float
    shifted: FloatArray
    independent: float

    @property
    def reason(self) -> str:
        """Why there is no p-value; empty if there is one."""
        if not math.isfinite(self.excess):
            return "the measure is undefined"
        if self.independent < MIN_SHIFTS or self.shifted.size < MIN_SHIFTS:
            shifts = min(self.independent, self.shifted.size)
            return f"only {shifts:.0f} independent shifts fit; at least {MIN_SHIFTS} are needed"
        return ""

    @property
    def p(self) -> float:
        """Two-sided p-value, NaN with a reason."""
        if self.reason:
            return math.nan
        beyond = np.count_nonzero(np.abs(self.shifted) >= abs(self.excess) * (1 - 1e-12))
        share = (1 + beyond) / (1 + self.shifted.size)
        return float(max(share, 1 / (1 + self.independent)))


@dataclass(frozen=True)
class Shifts:
    """The displacements of a null in an area.

    Attributes
    ----------
    area : Area
        Where the channels are compared.
    texture : Texture
        How far their pixels depend on each other.
    shared_variance : float
        How much the variance grows by both channels varying most in the same places, which they
        do not where one is shifted.
    """

    area: Area
    texture: Texture
    shared_variance: float = 1.0

    @cached_property
    def lags(self) -> Lags:
        """Displacements, within the box in which the overlap is large enough."""
        most = tuple(math.floor(n * (1 - MIN_OVERLAP)) for n in self.area.mask.shape)
        return Lags.around((0,) * len(most), most)

    @cached_property
    def pairs(self) -> FloatArray:
        """Pixels that overlap at each displacement."""
        return self.area.counts(self.lags)

    @cached_property
    def used(self) -> BoolArray:
        """Which displacements are part of the null."""
        far = self.lags.distance(self.area.step) > _APART * self.texture.wider_radius
        return np.asarray(far & (self.pairs >= MIN_OVERLAP * self.area.n))

    @cached_property
    def independent(self) -> float:
        """How many displacements are independent."""
        volume = np.count_nonzero(self.used) * math.prod(self.area.step)
        return float(volume / self.texture.length() ** self.area.mask.ndim)

    @cached_property
    def _transform(self) -> Transform:
        shape = self.area.mask.shape
        return Transform(self.lags, self.lags.padded(shape, shape), np.dtype(np.float64), None)

    @cached_property
    def _mask_spectrum(self) -> AnyArray:
        return self.spectrum(self.area.weights)

    def spectrum(self, values: FloatArray) -> AnyArray:
        """Return the transform of an image that is 0 outside the area."""
        return self._transform.forward(values)

    def sums(self, first: AnyArray | None, second: AnyArray | None) -> FloatArray:
        """Return Σ x(p) y(p + h) of two spectra; None is the mask's."""
        front, back = (self._mask_spectrum if each is None else each for each in (first, second))
        return np.asarray(self._transform.back(np.conj(front) * back), np.float64)

    def shared(self, excess: FloatArray) -> ShiftNull:
        """Return the null of an excess at each displacement, whose spread is that of a mean."""
        middle = tuple(n // 2 for n in excess.shape)
        scaled = (excess * np.sqrt(self.pairs * self.shared_variance / self.area.n))[self.used]
        return ShiftNull(float(excess[middle]), scaled[np.isfinite(scaled)], self.independent)
