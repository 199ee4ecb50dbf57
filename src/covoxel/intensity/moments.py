"""Moments: the sums of intensities and of their products over sets of pixels.

Whole numbers are added up as integers, which never round, whatever the data type that they
came in; other numbers as float64 about their mean, so that an offset costs no digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray

#: Totals below this fit int64, two of them added up included.
_SAFE = 1 << 61
#: Share of the squares about the shift that a variance of float64 sums must exceed.
_LOST = 1e-12

#: The square of an intensity beyond this is not trusted to a float64.
LARGE = 2.0**400

Sums = tuple[AnyArray, AnyArray, AnyArray, AnyArray, AnyArray, AnyArray]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Sums over sets of pixels, one entry a set; the sets often are regions."""

    #: Pixels.
    n: AnyArray
    #: Sums of the intensities of channel 1 and 2, less `shift1` and `shift2`.
    s1: AnyArray
    s2: AnyArray
    #: Sums of their products.
    s11: AnyArray
    s22: AnyArray
    s12: AnyArray
    #: 0 where the sums are integers, else a value near the mean.
    shift1: FloatArray
    shift2: FloatArray
    #: Powers of 2 that the intensities of channel 1 and 2 are counted in, where their squares would
    #: not fit a float64; 1 otherwise.
    units: tuple[float, float] = (1.0, 1.0)

    @property
    def exact(self) -> bool:
        """Whether the sums are integers."""
        return self.s1.dtype.kind != "f"

    @property
    def sums(self) -> Sums:
        """The six sums, in order."""
        return self.n, self.s1, self.s2, self.s11, self.s22, self.s12

    @property
    def fields(self) -> tuple[AnyArray, ...]:
        """The six sums and the two shifts, in order."""
        return (*self.sums, self.shift1, self.shift2)

    def __getitem__(self, at: Any) -> Moments:
        """Return the moments of the sets at an index, or in another order."""
        n, s1, s2, s11, s22, s12, shift1, shift2 = (field[at] for field in self.fields)
        return Moments(n, s1, s2, s11, s22, s12, shift1, shift2, self.units)

    def in_units(self, units: tuple[float, float]) -> Moments:
        """Return the moments of intensities that are counted in other units."""
        if units == self.units:
            return self
        own = self.as_float()
        u, v = (before / after for before, after in zip(self.units, units, strict=True))
        return Moments(
            own.n,
            own.s1 * u,
            own.s2 * v,
            own.s11 * u * u,
            own.s22 * v * v,
            own.s12 * u * v,
            own.shift1 * u,
            own.shift2 * v,
            units,
        )

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of the pixels of both, which have the same units."""
        if self.exact and other.exact:
            added = zipped(np.add, self.sums, other.sums)
            return whole_moments(_integers(added, max(_most(added[3]), _most(added[4]))))
        one, two = self.as_float(), other.as_float()
        pairs = zipped(lambda *pair: np.stack(pair), one.sums, two.sums)
        shifts = np.stack([one.shift1, two.shift1]), np.stack([one.shift2, two.shift2])
        return Moments(*pairs, *shifts, self.units).pooled()

    def __sub__(self, other: Moments) -> Moments:
        """Return the moments of the pixels of `self` that are not in `other`."""
        if self.exact and other.exact:
            return whole_moments(zipped(np.subtract, self.sums, other.sums))
        one, two = self.as_float(), other.as_float()
        theirs = _moved(two.sums, two.shift1 - one.shift1, two.shift2 - one.shift2)
        return Moments(*zipped(np.subtract, one.sums, theirs), one.shift1, one.shift2, self.units)

    def as_float(self) -> Moments:
        """Return the moments in float64, about the mean."""
        if not self.exact:
            return self
        n = np.maximum(self.n, 1).astype(np.float64)
        mean1, mean2 = (np.asarray(s, np.float64) / n for s in (self.s1, self.s2))
        s1, s2, s11, s22, s12 = self.about(mean1, mean2)
        n = self.n.astype(np.int64)
        return Moments(n, s1, s2, s11, s22, s12, mean1, mean2, self.units)

    def pooled(self) -> Moments:
        """Return the moments of the union of the sets along the first axis."""
        if self.exact:
            most = max(_most(self.s11), _most(self.s22)) * len(self.n)
            n, s1, s2, s11, s22, s12 = (s.sum(0) for s in _integers(self.sums, most))
            return whole_moments((n, s1, s2, s11, s22, s12))
        pixels = np.maximum(self.n.sum(0), 1)
        shift1 = (self.s1 + self.n * self.shift1).sum(0) / pixels
        shift2 = (self.s2 + self.n * self.shift2).sum(0) / pixels
        sums = _moved(self.sums, self.shift1 - shift1, self.shift2 - shift2)
        n, s1, s2, s11, s22, s12 = (s.sum(0) for s in sums)
        return Moments(n, s1, s2, s11, s22, s12, shift1, shift2, self.units)

    def spread(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return n² times the variances and the covariance, without cancellation error.

        They are in the moments' units. A variance of floats that is lost in rounding is 0.
        """
        sums = self.sums
        if self.exact:
            most = max(_most(self.s11), _most(self.s22)) * _most(self.n)
            sums = _integers(sums, most)
        n, s1, s2, s11, s22, s12 = sums
        parts = (n * s11 - s1 * s1, n * s22 - s2 * s2, n * s12 - s1 * s2)
        v1, v2, c = (np.asarray(part, np.float64) for part in parts)
        if not self.exact:
            v1, v2 = (
                np.where(v > _LOST * n * squares, v, 0) for v, squares in ((v1, s11), (v2, s22))
            )
        return v1, v2, c

    def about(self, zero1: FloatArray, zero2: FloatArray) -> tuple[FloatArray, ...]:
        """Return Σa, Σb, Σa², Σb², Σab as float64 of intensities minus `zero1`, `zero2`.

        They are in the moments' units, `zero1` and `zero2` in raw ones.
        """
        sums, shift1, shift2 = self.sums, self.shift1, self.shift2
        if self.exact and not zero1.any() and not zero2.any():
            return tuple(np.asarray(s, np.float64) for s in sums[1:])
        zero1, zero2 = zero1 / self.units[0], zero2 / self.units[1]
        if self.exact:
            # integers take off the whole part, so that what is left does not cancel
            shift1, shift2 = _whole(zero1), _whole(zero2)
            sums = _integers(sums, max(_reach(self, shift1, shift2)))
            sums = _moved(sums, -shift1.astype(np.int64), -shift2.astype(np.int64))
        n, s1, s2, s11, s22, s12 = (np.asarray(s, np.float64) for s in sums)
        return _moved((n, s1, s2, s11, s22, s12), shift1 - zero1, shift2 - zero2)[1:]

    def total(self, channel: int, zero: FloatArray) -> FloatArray:
        """Return Σa or Σb of intensities minus `zero`, as `about` does."""
        total, shift = (self.s1, self.shift1) if channel == 1 else (self.s2, self.shift2)
        if self.exact and not zero.any():
            return np.asarray(total, np.float64)
        n, zero = self.n, zero / self.units[channel - 1]
        if self.exact:
            shift = _whole(zero)
            if _peak(total) + _peak(n) * _peak(shift) >= _SAFE:
                total, n = total.astype(object), n.astype(object)
            total = total - n * shift.astype(np.int64)
        moved: FloatArray = np.asarray(total, np.float64) + np.asarray(n, np.float64) * (
            shift - zero
        )
        return moved


def _reach(moments: Moments, shift1: FloatArray, shift2: FloatArray) -> tuple[int, ...]:
    """Return how large the sums of squares of each channel may grow when moved."""
    return tuple(
        _peak(squares) + _peak(shift) * (2 * _peak(total) + _peak(moments.n) * _peak(shift))
        for squares, total, shift in (
            (moments.s11, moments.s1, shift1),
            (moments.s22, moments.s2, shift2),
        )
    )


def unit_of(peak: float) -> float:
    """Return the power of 2 in which intensities up to `peak` have squares that float64 holds.

    It is 1 unless they are very large or very small, and never so small that it has no inverse.
    """
    if 1 / LARGE < peak < LARGE or peak == 0:
        return 1.0
    return 2.0 ** max(int(np.frexp(peak)[1]) - 1, np.finfo(np.float64).minexp)


def whole_moments(sums: Iterable[AnyArray]) -> Moments:
    """Return the moments of six integer sums, or of the first of them; the others are NaN."""
    n, *found = sums
    if len(found) < 5:
        found += [np.full(n.shape, np.nan)] * (5 - len(found))
    s1, s2, s11, s22, s12 = found
    zero = np.zeros(n.shape)
    return Moments(n, s1, s2, s11, s22, s12, zero, zero)


def python_integers(wide: AnyArray) -> AnyArray:
    """Return sums of three words as integers of Python, see `add_sums`."""
    low, middle = (wide[..., at::3].astype(object) for at in (1, 2))
    high = wide[..., 3::3].view(np.int64).astype(object)  # has the sign
    sums = low + middle * (1 << 64) + high * (1 << 128)
    return np.concatenate([wide[..., :1].astype(object), sums], axis=-1)


def no_moments(shape: tuple[int, ...]) -> Moments:
    """Return the moments of empty sets."""
    return whole_moments(_empty(shape))


def sums_by(
    index: IntArray, size: int, count: IntArray, value1: AnyArray, value2: AnyArray
) -> Sums:
    """Return the six sums of cells by `index`; those of integers are exact at any magnitude."""
    if not value1.size:
        return _empty((size,))
    pixels = int(count.sum())
    if value1.dtype.kind == "i" and value2.dtype.kind == "i":
        peak = max(_peak(value1), _peak(value2))
        if pixels * peak * peak >= _SAFE:
            return (
                _split_sums(index, size, count),
                _split_sums(index, size, count, value1),
                _split_sums(index, size, count, value2),
                _split_sums(index, size, count, value1, value1),
                _split_sums(index, size, count, value2, value2),
                _split_sums(index, size, count, value1, value2),
            )
    once = pixels == count.size
    weighted1, weighted2 = (value1, value2) if once else (count * value1, count * value2)
    return (
        _added(index, size, count),
        _added(index, size, weighted1),
        _added(index, size, weighted2),
        _added(index, size, weighted1 * value1),
        _added(index, size, weighted2 * value2),
        _added(index, size, weighted1 * value2),
    )


def _added(index: IntArray, size: int, weights: AnyArray) -> AnyArray:
    out = np.zeros(size, weights.dtype)
    np.add.at(out, index, weights)
    return out


def _split_sums(index: IntArray, size: int, count: IntArray, *values: IntArray) -> AnyArray:
    """Return sums of products that may not fit int64, from halves that do."""
    peaks = [_peak(value) for value in values]
    bound = int(count.sum())
    for peak in peaks:
        bound *= peak
    if bound < _SAFE:
        weights = count.copy()
        for value in values:
            weights *= value
        return _added(index, size, weights)
    at = peaks.index(max(peaks))
    bits = max(peaks).bit_length() // 2
    rest = values[:at] + values[at + 1 :]
    halves = values[at] & (1 << bits) - 1, values[at] >> bits
    low, high = (_split_sums(index, size, count, *rest, half).astype(object) for half in halves)
    total: AnyArray = low + high * (1 << bits)
    return total


def _moved(sums: Sums, d1: AnyArray, d2: AnyArray) -> Sums:
    """Return the sums of intensities plus `d1` and `d2`."""
    n, s1, s2, s11, s22, s12 = sums
    return (
        n,
        s1 + n * d1,
        s2 + n * d2,
        s11 + 2 * d1 * s1 + n * d1 * d1,
        s22 + 2 * d2 * s2 + n * d2 * d2,
        s12 + d1 * s2 + d2 * s1 + n * d1 * d2,
    )


def zipped(change: Callable[..., AnyArray], *sums: Sums) -> Sums:
    """Return six sums made of the six of each of `sums`."""
    n, s1, s2, s11, s22, s12 = map(change, *sums)
    return n, s1, s2, s11, s22, s12


def _empty(shape: tuple[int, ...]) -> Sums:
    n, s1, s2, s11, s22, s12 = np.zeros((6, *shape), np.int64)
    return n, s1, s2, s11, s22, s12


def _integers(sums: Sums, most: int) -> Sums:
    """Return the sums as Python integers if what they make, up to `most`, would not fit int64."""
    if most < _SAFE:
        return sums
    n, s1, s2, s11, s22, s12 = (s.astype(object) for s in sums)
    return n, s1, s2, s11, s22, s12


def _most(sums: AnyArray) -> int:
    """Return the largest of sums that are not below 0."""
    return int(sums.max(initial=0))


def _peak(values: AnyArray) -> int:
    return max(abs(int(values.max())), abs(int(values.min()))) if values.size else 0


def _whole(zero: FloatArray) -> FloatArray:
    """Return the nearest whole number; 0 for what is not finite or far off any intensity."""
    return np.where(np.abs(zero) < 1 << 53, np.rint(zero), 0.0)
