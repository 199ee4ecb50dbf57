"""A p-value for a measure, from shifting one channel against the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.types import AnyArray, FloatArray
from covoxel.significance.information_null import information_null
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
