"""ShiftNull: a measure at every displacement too long for an association."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.correlation.overlaps import Lags, Transform, box_sums, boxes
from covoxel.significance.area import Area
from covoxel.significance.effective_size import Texture

#: Share of the area that the overlap at a displacement needs.
MIN_OVERLAP = 0.3
#: Independent displacements that a test needs: with fewer, p cannot reach 0.05.
MIN_SHIFTS = 19
#: Shortest displacement, in the radius of the wider channel's autocorrelation.
_APART = 1.5


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
class Shifted:
    """An image that is 0 outside the area, and its transform, computed once."""

    values: FloatArray
    transform: Transform

    @cached_property
    def spectrum(self) -> AnyArray:
        """Its transform."""
        return self.transform.forward(self.values)


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
        return Transform(self.lags, self.lags.padded(shape, shape), self.area.real, None)

    @cached_property
    def _everywhere(self) -> Shifted:
        return self.shifted(self.area.inside(self.area.weights))

    def shifted(self, inside: AnyArray) -> Shifted:
        """Return an image of one value for each pixel of the area."""
        return Shifted(self.area.spread(inside), self._transform)

    def sums(self, first: Shifted | None, second: Shifted | None) -> FloatArray:
        """Return Σ x(p) y(p + h) of two images at each displacement; None is 1 in the area."""
        shape = self.area.mask.shape
        if first is None and second is None:
            return self.pairs
        if self.area.full and second is None and first is not None:
            return np.asarray(box_sums(first.values, boxes(shape, shape, self.lags)), np.float64)
        if self.area.full and first is None and second is not None:
            around = boxes(shape, shape, self.lags, sign=-1)
            return np.asarray(box_sums(second.values, around), np.float64)
        front, back = (each or self._everywhere for each in (first, second))
        spectrum = np.conj(front.spectrum) * back.spectrum
        return np.asarray(self._transform.back(spectrum), np.float64)

    def shared(self, excess: FloatArray) -> ShiftNull:
        """Return the null of an excess at each displacement, whose spread is that of a mean."""
        middle = tuple(n // 2 for n in excess.shape)
        scaled = (excess * np.sqrt(self.pairs * self.shared_variance / self.area.n))[self.used]
        return ShiftNull(float(excess[middle]), scaled[np.isfinite(scaled)], self.independent)
