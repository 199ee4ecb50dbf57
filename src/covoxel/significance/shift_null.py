"""ShiftNull: a measure at every displacement too long for an association."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.correlation.overlaps import Lags, Transform, box_sums, boxes, pair_sums
from covoxel.significance.area import Area
from covoxel.significance.correlated import Correlated

#: Share of the area that the overlap at a displacement needs.
MIN_OVERLAP = 0.2
#: Independent displacements that a test needs: with fewer, p is never below 0.05.
MIN_SHIFTS = 20
#: Independent displacements beyond which they show how wide the null is.
_MANY = 200
#: Shortest displacement, in the radius of the wider channel's autocorrelation.
_APART = 1.5
#: Width of the ring of displacements just beyond the structures, in its inner radius.
_RING = 0.5
#: Excess that is rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class ShiftNull:
    """What a measure exceeds chance by, as measured and at each displacement."""

    #: Of the channels as they lie.
    excess: float
    #: At each displacement.
    shifted: FloatArray
    #: How many of the displacements are independent.
    independent: float

    @property
    def reason(self) -> str:
        """Why there is no p-value; empty if there is one."""
        if not math.isfinite(self.excess):
            return "the measure is undefined"
        if self.independent < MIN_SHIFTS or self.shifted.size < MIN_SHIFTS:
            shifts = math.floor(min(self.independent, self.shifted.size))
            return f"only {shifts} independent shifts fit; at least {MIN_SHIFTS} are needed"
        if np.abs(self.shifted).max() < _ROUNDING:
            return "no shift changes the measure"
        return ""

    @property
    def p(self) -> float:
        """Two-sided p-value, NaN with a reason.

        That of as many independent shifts of which the same share is as far from chance.
        """
        if self.reason:
            return math.nan
        share = np.mean(np.abs(self.shifted) >= abs(self.excess) * (1 - 1e-12))
        return float((1 + share * self.independent) / (1 + self.independent))


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
    """The displacements of a null of two channels."""

    channels: Correlated

    @property
    def area(self) -> Area:
        """Where the channels are compared."""
        return self.channels.area

    @cached_property
    def lags(self) -> Lags:
        """Displacements, within the box in which the overlap is large enough."""
        most = tuple(math.floor(n * (1 - MIN_OVERLAP)) for n in self.area.mask.shape)
        return Lags.around((0,) * len(most), most)

    @cached_property
    def pairs(self) -> FloatArray:
        """Pixels that overlap at each displacement."""
        return self.area.pairs(self.lags)

    @cached_property
    def used(self) -> BoolArray:
        """Which displacements are part of the null."""
        far = self.lags.distance(self.area.step) > _APART * self.channels.texture.wider_radius
        return np.asarray(far & (self.pairs >= MIN_OVERLAP * self.area.n))

    @cached_property
    def ring(self) -> BoolArray:
        """The displacements just too long for an association, around 0.

        There both channels still vary most in the same places where they do so at 0.
        """
        texture, step = self.channels.texture, self.area.step
        inner = min(texture.radius, _APART * texture.wider_radius)
        limits = zip(step, self.lags.high, strict=True)
        reach = tuple(min(math.floor((1 + _RING) * inner / one), high) for one, high in limits)
        distance = Lags.around((0,) * len(reach), reach).distance(step)
        return np.asarray((distance > inner) & (distance <= (1 + _RING) * inner))

    def beyond_ring(self, excess: FloatArray) -> FloatArray:
        """Return an excess at each displacement less its mean over the ring around it."""
        ring = self.ring.astype(np.float64)
        first = tuple(-(n // 2) for n in ring.shape)
        last = (n + low - 1 for n, low in zip(excess.shape, first, strict=True))
        lags, found = Lags(first, tuple(last)), np.isfinite(excess)
        weighted = pair_sums(ring, lags, np.where(found, self.pairs * excess, 0))
        return excess - over(weighted, np.rint(pair_sums(ring, lags, self.pairs * found)))

    @cached_property
    def independent(self) -> float:
        """How many displacements are independent."""
        return self.channels.texture.independent(int(np.count_nonzero(self.used)))

    @cached_property
    def _transform(self) -> Transform:
        return self.area.transform(self.lags)

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
        front, back = (
            self.area.spectrum(self._transform) if each is None else each.spectrum
            for each in (first, second)
        )
        return np.asarray(self._transform.back(np.conj(front) * back), np.float64)

    @cached_property
    def correlations(self) -> FloatArray:
        """Pearson's r at each displacement, with the means of the overlap."""
        z, n = self.area.inside(self.channels.z), self.pairs
        (front, back), squares = map(self.shifted, z), map(self.shifted, z * z)
        s1, s2 = self.sums(front, None), self.sums(None, back)
        covariance = self.sums(front, back) - over(s1 * s2, n)
        variance1 = self.sums(next(squares), None) - over(s1 * s1, n)
        variance2 = self.sums(None, next(squares)) - over(s2 * s2, n)
        return over(covariance, np.sqrt(np.maximum(variance1 * variance2, 0)))

    def null(self, excess: FloatArray) -> ShiftNull:
        """Return the null of an excess at each displacement, whose spread is that of a mean."""
        middle = tuple(n // 2 for n in excess.shape)
        shifted = self._scaled(excess) * self._widening
        return ShiftNull(float(excess[middle]), shifted, self.independent)

    def _scaled(self, excess: FloatArray) -> FloatArray:
        scaled = (excess * np.sqrt(self.pairs / self.area.n))[self.used]
        return np.asarray(scaled[np.isfinite(scaled)])

    @cached_property
    def _widening(self) -> float:
        """How much wider the null is than shifts show.

        Where one channel is shifted, both no longer vary most in the same places. Where few shifts
        fit, most overlaps are narrow; there it is as wide as the autocorrelations predict for r.
        """
        least = math.sqrt(self.channels.shared_variance)
        if self.independent > _MANY:
            return least
        found = self._scaled(self.correlations)
        width = math.sqrt(np.mean(np.square(found))) if found.size else 0.0
        expected = 1 / math.sqrt(max(self.channels.n_eff - 1, 1))
        return max(least, expected / width) if width > 0 else least


def over(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Return shares, NaN where there is no whole."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
