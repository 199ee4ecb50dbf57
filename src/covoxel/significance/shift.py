"""A p-value for a measure, from shifting one channel against the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from scipy import stats

from covoxel.core.checks import one_of
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.correlation.overlaps import Lags, boxes
from covoxel.intensity.information import bins_for, entropies
from covoxel.significance.area import Area
from covoxel.significance.pair import PixelPair
from covoxel.significance.prepared import Prepared, prepared
from covoxel.significance.shift_null import Shifted, ShiftNull, Shifts, over

Measure = Literal["pearson", "m1", "m2", "tm1", "tm2", "tos", "icq", "mutual_information"]


@dataclass(frozen=True, slots=True)
class ShiftTest:
    """How often a measure exceeds chance as much where one channel is shifted.

    Attributes
    ----------
    excess : float
        The measure less what is expected of channels that are placed at random; of ``tos`` the
        fraction of the area above both thresholds less the expected one, and less what of that is
        left at displacements just beyond the structures.
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
    The shifts are those beyond 1.5 times the radius at which the wider channel's autocorrelation
    is 0.1, at which at least 20 % of the mask overlap. Means and area fractions are taken anew in
    each overlap. Where fewer than 200 shifts are independent, the null is as wide as the
    autocorrelations predict for Pearson's r. The mutual information by chance is a power of the
    pixels that overlap, found from the shifts. Where both channels vary most in the same places,
    TOS and the mutual information are raised without an association, which they are also at
    displacements just too long for one. The mean over a ring of these is subtracted, of TOS around
    each shift; of mutual information that or the mean of the shifts, whichever is nearer.

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
    return shift_test_of(given, measure, threshold1, threshold2, rng)


def shift_test_of(
    given: Prepared,
    measure: Measure,
    threshold1: float | None = None,
    threshold2: float | None = None,
    rng: int | np.random.Generator | None = 0,
) -> ShiftTest:
    """Return the test of channels that are prepared."""
    null = shift_null_of(given, measure, threshold1, threshold2, rng)
    if isinstance(null, str):
        independent = math.nan if isinstance(given.shifts, str) else given.shifts.independent
        return ShiftTest(math.nan, math.nan, independent, given.n, null)
    return ShiftTest(null.excess, null.p, null.independent, given.n, null.reason)


def shift_null_of(
    given: Prepared,
    measure: Measure,
    threshold1: float | None = None,
    threshold2: float | None = None,
    rng: int | np.random.Generator | None = 0,
) -> ShiftNull | str:
    """Return the null of channels that are prepared, or why no shift shows what chance gives."""
    shifts, pair = given.shifts, given.tested
    if isinstance(shifts, str) or pair is None:
        return str(shifts)
    if measure == "mutual_information":
        return information_null(pair, shifts, np.random.default_rng(rng))
    gated = GatedShifts(pair, shifts, threshold1 or 0, threshold2 or 0)
    return shifts.null(_EXCESSES[measure](gated))


@dataclass(frozen=True, eq=False)
class GatedShifts:
    """Both channels and where they exceed their thresholds, at every displacement."""

    #: The channels.
    pair: PixelPair
    #: The displacements.
    shifts: Shifts
    #: Thresholds in raw units.
    threshold1: float
    threshold2: float

    @cached_property
    def gates(self) -> tuple[Shifted, Shifted]:
        """Where each channel exceeds its threshold."""
        limits = self.threshold1, self.threshold2
        first, second = (x > limit for x, limit in zip(self._inside, limits, strict=True))
        return self.shifts.shifted(first), self.shifts.shifted(second)

    def manders1(self) -> FloatArray:
        """Return M1 less the area fraction of channel 2's gate at each displacement."""
        intensity = self.shifts.shifted(_scaled(self._inside[0]))
        part, whole = (self.shifts.sums(intensity, each) for each in (self.gates[1], None))
        return over(part, whole) - over(self._alone2, self.shifts.pairs)

    def manders2(self) -> FloatArray:
        """Return M2 less the area fraction of channel 1's gate at each displacement."""
        intensity = self.shifts.shifted(_scaled(self._inside[1]))
        part, whole = (self.shifts.sums(each, intensity) for each in (self.gates[0], None))
        return over(part, whole) - over(self._alone1, self.shifts.pairs)

    def overlap(self) -> FloatArray:
        """Return the area above both thresholds less its expectation at each displacement.

        The threshold overlap score rises with it, but in pieces of different slopes.
        """
        both, n = self.shifts.sums(*self.gates), self.shifts.pairs
        return over(both - over(self._alone1 * self._alone2, n), n)

    def overlap_without_patches(self) -> FloatArray:
        """Return the same less what is left at displacements just beyond the structures."""
        return self.shifts.beyond_ring(self.overlap())

    def quotient(self) -> FloatArray:
        """Return Li's ICQ less its expectation at each displacement, means held."""
        excess = np.zeros(self.shifts.pairs.shape)
        for sign in (1, -1):
            first, second = (
                self.shifts.shifted(sign * (x - x.mean(dtype=np.float64)) > 0) for x in self._inside
            )
            alone1, alone2 = self.shifts.sums(first, None), self.shifts.sums(None, second)
            excess += self.shifts.sums(first, second) - over(alone1 * alone2, self.shifts.pairs)
        return over(excess, self.shifts.pairs)

    def pearson(self) -> FloatArray:
        """Return Pearson's r at each displacement."""
        return self.shifts.correlations

    @cached_property
    def _inside(self) -> tuple[AnyArray, AnyArray]:
        area = self.pair.area
        return area.inside(self.pair.values1), area.inside(self.pair.values2)

    @cached_property
    def _alone1(self) -> FloatArray:
        return self.shifts.sums(self.gates[0], None)

    @cached_property
    def _alone2(self) -> FloatArray:
        return self.shifts.sums(None, self.gates[1])


_EXCESSES: dict[str, Callable[[GatedShifts], FloatArray]] = {
    "pearson": GatedShifts.pearson,
    "m1": GatedShifts.manders1,
    "m2": GatedShifts.manders2,
    "tm1": GatedShifts.manders1,
    "tm2": GatedShifts.manders2,
    "tos": GatedShifts.overlap_without_patches,
    "icq": GatedShifts.quotient,
}
_NEEDED = {"tm1": ("threshold2",), "tm2": ("threshold1",), "tos": ("threshold1", "threshold2")}


def _scaled(values: AnyArray) -> FloatArray:
    """Return intensities, 0 where they are below, in the largest, whose sums stay finite."""
    clipped = np.maximum(values, 0)
    return np.asarray(clipped / max(float(clipped.max()), np.finfo(np.float64).tiny))


#: Displacements that are drawn for the null, and just beyond the structures for its mean.
_DRAWN, _NEAR = 199, 60


def information_null(pair: PixelPair, shifts: Shifts, rng: np.random.Generator) -> ShiftNull:
    """Return the null of the mutual information in bits, at displacements that are drawn.

    By chance it falls as a power of the pixels that overlap; its spread is a share of it. Where
    both channels vary most in the same places, it is raised as the variance of r is, and as just
    beyond the structures: the excess is that over the nearer of both means, 0 between them.
    """
    area = pair.area
    bins = int(bins_for(np.array([area.n]))[0])
    codes1, codes2 = (_bins(area, values, bins) for values in (pair.values1, pair.values2))
    middle = np.array(shifts.lags.high)

    def drawn(used: BoolArray, most: int) -> tuple[FloatArray, FloatArray]:
        """Return the information at some of the displacements, and the overlaps."""
        found = np.argwhere(used)
        if len(found) > most:
            found = rng.choice(found, most, replace=False, shuffle=False)
        found -= np.array(used.shape) // 2
        values = np.array([_information(codes1, codes2, bins, each) for each in found])
        overlap = shifts.pairs[tuple((found + middle).T)] / area.n
        return values[values > 0], overlap[values > 0]

    shifted, overlap = drawn(shifts.used, _DRAWN)
    if np.unique(overlap).size < 2:
        return ShiftNull(math.nan, shifted, shifts.independent)
    power = stats.linregress(np.log(overlap), np.log(shifted)).slope
    shifted *= shifts.channels.shared_variance / overlap**power
    near, overlap = drawn(shifts.ring, _NEAR)
    by_chance = [stats.gmean(each) for each in (shifted, near / overlap**power) if each.size]
    as_they_lie = _information(codes1, codes2, bins, np.zeros_like(middle))
    excess = as_they_lie - min(max(as_they_lie, min(by_chance)), max(by_chance))
    return ShiftNull(float(excess), shifted - by_chance[0], shifts.independent)


def _bins(area: Area, values: AnyArray, bins: int) -> IntArray:
    """Return the bin of each pixel, of equal width between the extremes; outside, one more."""
    inside = area.inside(values).astype(np.float64)
    low, high = inside.min(), inside.max()
    codes = np.full(values.shape, bins, np.intp)
    codes[area.mask] = np.minimum((inside - low) / (high - low) * bins, bins - 1)
    return codes


def _information(codes1: IntArray, codes2: IntArray, bins: int, displacement: IntArray) -> float:
    """Return the mutual information of the pixels that overlap at a displacement."""
    shape = codes1.shape
    lag = Lags(tuple(displacement.tolist()), tuple(displacement.tolist()))
    one, two = (
        tuple(slice(int(start[0]), int(end[0])) for start, end in boxes(shape, shape, lag, sign))
        for sign in (1, -1)
    )
    pairs = codes1[one] * (bins + 1) + codes2[two]
    table = np.bincount(pairs.ravel(), minlength=(bins + 1) ** 2).reshape(bins + 1, bins + 1)
    joint = table[:bins, :bins]
    counts = np.concatenate([joint.sum(axis=1), joint.sum(axis=0), joint.ravel()])
    first, second, both = entropies(counts, np.array([bins, bins, bins * bins]))
    return float(first + second - both)
