"""A p-value for a measure, from shifting one channel against the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.types import AnyArray, FloatArray
from covoxel.significance.information_null import information_null
from covoxel.significance.pair import PixelPair
from covoxel.significance.prepared import prepared
from covoxel.significance.shift_null import Shifts

Measure = Literal["pearson", "m1", "m2", "tm1", "tm2", "tos", "icq", "mutual_information"]


@dataclass(frozen=True, slots=True)
class ShiftTest:
    """How often a measure exceeds chance as much where one channel is shifted.

    Attributes
    ----------
    excess : float
        The measure less what is expected of channels that are placed at random; of ``tos`` the
        fraction of the area above both thresholds less the expected one.
    p : float
        Two-sided p-value; NaN with a reason.
    shifts : float
        Number of independent shifts; p is at least 1/(1 + shifts).
    n : int
        Pixels tested, without the rim of the mask that the PSF blurs.
    reason : str
        Why p is NaN; empty if it is not.
    """

    excess: float
    p: float
    shifts: float
    n: int
    reason: str = ""


def shift_test(
    image1: Any,
    image2: Any,
    measure: Measure = "pearson",
    *,
    threshold1: float | None = None,
    threshold2: float | None = None,
    mask: Any = None,
    psf: float | None = None,
    spacing: Sequence[float] | None = None,
    rng: int | np.random.Generator | None = 0,
) -> ShiftTest:
    """Test a measure against what it is where one channel is shifted.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        The channels, on one grid.
    measure : {"pearson", "m1", "m2", "tm1", "tm2", "tos", "icq", "mutual_information"}
        What is tested.
    threshold1, threshold2 : float, optional
        Thresholds in raw units; above means ``>``. Of ``tm1`` `threshold2`, of ``tm2``
        `threshold1`, of ``tos`` both.
    mask, psf, spacing
        As in `correlation_test`.
    rng : int or numpy.random.Generator, optional
        Seed of the shifts that are drawn for the mutual information.

    Returns
    -------
    ShiftTest

    Raises
    ------
    ValueError
        If the grids differ, a threshold is missing, or an option is not allowed.

    Notes
    -----
    The shifts are those beyond twice the radius of the wider channel's autocorrelation at which
    at least 30 % of the mask overlap. Means and area fractions are taken anew in each overlap.

    Examples
    --------
    >>> from covoxel import simulate_pair
    >>> pair = simulate_pair(n_spots1=180, n_shared=120, rng=1)
    >>> shift_test(pair.channel1, pair.channel2, "icq").p < 0.01
    True
    """
    one_of("measure", measure, [*_EXCESSES, "mutual_information"])
    for name in _NEEDED.get(measure, ()):
        if {"threshold1": threshold1, "threshold2": threshold2}[name] is None:
            msg = f"{name} is missing; {measure} needs it"
            raise ValueError(msg)
    given = prepared(image1, image2, mask, psf, spacing)
    if isinstance(given, str):
        return ShiftTest(math.nan, math.nan, math.nan, 0, given)
    shifts, pair = given.shifts, given.tested
    if isinstance(shifts, str) or pair is None:
        return ShiftTest(math.nan, math.nan, math.nan, given.n, str(shifts))
    if measure == "mutual_information":
        null = information_null(pair, shifts, np.random.default_rng(rng))
    else:
        null = shifts.shared(_EXCESSES[measure](Gated.of(pair, shifts, threshold1, threshold2)))
    return ShiftTest(null.excess, null.p, null.independent, given.n, null.reason)


@dataclass(frozen=True, slots=True, eq=False)
class Gated:
    """Both channels and where they exceed their thresholds, as spectra."""

    shifts: Shifts
    pair: PixelPair
    gate1: AnyArray
    gate2: AnyArray

    @classmethod
    def of(
        cls, pair: PixelPair, shifts: Shifts, threshold1: float | None, threshold2: float | None
    ) -> Gated:
        """Return the pair with gates; without a threshold, what is above 0."""
        gates = [
            (values > (threshold or 0)) & pair.area.mask
            for values, threshold in ((pair.values1, threshold1), (pair.values2, threshold2))
        ]
        return cls(shifts, pair, *gates)

    def manders1(self) -> FloatArray:
        """Return M1 less the area fraction of channel 2's gate at each displacement."""
        intensity = self._spectrum(_clipped(self.pair.values1))
        gate = self._spectrum(self.gate2)
        part, whole = self.shifts.sums(intensity, gate), self.shifts.sums(intensity, None)
        return _over(part, whole) - _over(self.shifts.sums(None, gate), self.shifts.pairs)

    def manders2(self) -> FloatArray:
        """Return M2 less the area fraction of channel 1's gate at each displacement."""
        intensity = self._spectrum(_clipped(self.pair.values2))
        gate = self._spectrum(self.gate1)
        part, whole = self.shifts.sums(gate, intensity), self.shifts.sums(None, intensity)
        return _over(part, whole) - _over(self.shifts.sums(gate, None), self.shifts.pairs)

    def overlap(self) -> FloatArray:
        """Return the area above both thresholds less its expectation at each displacement.

        The threshold overlap score rises with it, but in pieces of different slopes.
        """
        p1, p2, both = self._fractions(self.gate1, self.gate2)
        return both - p1 * p2

    def quotient(self) -> FloatArray:
        """Return Li's ICQ less its expectation at each displacement, means held."""
        excess = np.zeros(self.shifts.pairs.shape)
        for sign in (1, -1):
            sides = []
            for values in (self.pair.values1, self.pair.values2):
                inside = values[self.pair.area.mask]
                sides.append((sign * (values - inside.mean()) > 0) & self.pair.area.mask)
            p1, p2, both = self._fractions(*sides)
            excess += both - p1 * p2
        return excess

    def pearson(self) -> FloatArray:
        """Return Pearson's r at each displacement, with the means of the overlap."""
        area, sums, n = self.pair.area, self.shifts.sums, self.shifts.pairs
        z1, z2 = (area.standardised(each) for each in (self.pair.values1, self.pair.values2))
        front, back = self.shifts.spectrum(z1), self.shifts.spectrum(z2)
        squares1, squares2 = (self.shifts.spectrum(z * z) for z in (z1, z2))
        s1, s2 = sums(front, None), sums(None, back)
        covariance = sums(front, back) - _over(s1 * s2, n)
        variance1 = sums(squares1, None) - _over(s1 * s1, n)
        variance2 = sums(None, squares2) - _over(s2 * s2, n)
        return _over(covariance, np.sqrt(np.maximum(variance1 * variance2, 0)))

    def _fractions(
        self, inside1: AnyArray, inside2: AnyArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        first, second = self._spectrum(inside1), self._spectrum(inside2)
        counts = [(first, None), (None, second), (first, second)]
        p1, p2, both = (_over(np.rint(self.shifts.sums(*c)), self.shifts.pairs) for c in counts)
        return p1, p2, both

    def _spectrum(self, values: AnyArray) -> AnyArray:
        return self.shifts.spectrum(np.where(self.pair.area.mask, values, 0.0))


_EXCESSES: dict[str, Callable[[Gated], FloatArray]] = {
    "pearson": Gated.pearson,
    "m1": Gated.manders1,
    "m2": Gated.manders2,
    "tm1": Gated.manders1,
    "tm2": Gated.manders2,
    "tos": Gated.overlap,
    "icq": Gated.quotient,
}
_NEEDED = {"tm1": ("threshold2",), "tm2": ("threshold1",), "tos": ("threshold1", "threshold2")}


def _clipped(values: AnyArray) -> AnyArray:
    """Return intensities with those below 0 as 0, as Manders' coefficients count them."""
    return np.maximum(values, 0)


def _over(part: FloatArray, whole: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
