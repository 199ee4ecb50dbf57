"""The cuts at thresholds and backgrounds that the thresholded measures read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from covoxel.core.types import BoolArray, FloatArray
from covoxel.intensity.blocks import Stream
from covoxel.intensity.cuts import Cut
from covoxel.intensity.histogram import JointHistogram
from covoxel.intensity.moments import Moments
from covoxel.intensity.reading import per_region
from covoxel.intensity.sums import ClassSums, MomentOrder, class_sums

#: Positions of the cuts made in each channel.
_BACKGROUND, _THRESHOLD, _THRESHOLD_OR_ON = 0, 1, 2
#: Sets of cuts: none, the background, the threshold, both; and with the last of the cuts instead.
_SETS, _INCLUSIVE_SETS = (
    ((), (_BACKGROUND,), (threshold,), (_BACKGROUND, threshold))
    for threshold in (_THRESHOLD, _THRESHOLD_OR_ON)
)


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """Thresholds and backgrounds of both channels, one a region, in raw units.

    A threshold of NaN is one that was not found: nothing lies above it.
    """

    threshold1: FloatArray
    threshold2: FloatArray
    background1: FloatArray
    background2: FloatArray

    def cuts(self, *, inclusive: bool = False) -> tuple[list[Cut], list[Cut]]:
        """Return the cuts of both channels, in the order of the positions above.

        With `inclusive` there are those that pixels on a threshold pass, too.
        """
        pairs = (self.background1, self.threshold1), (self.background2, self.threshold2)
        first, second = (
            [Cut(background), Cut(threshold), Cut(threshold, inclusive=True)][: 2 + inclusive]
            for background, threshold in pairs
        )
        return first, second

    def sums(
        self, source: JointHistogram | Stream, *, inclusive: bool = False, order: MomentOrder = 2
    ) -> GatedSums:
        """Return the sums of a histogram, or of pixels, on either side of the cuts."""
        return GatedSums(self, class_sums(source, *self.cuts(inclusive=inclusive), order))

    @property
    def thresholds(self) -> tuple[FloatArray, FloatArray]:
        """The thresholds of both channels."""
        return self.threshold1, self.threshold2

    def lacking(self, *channels: int) -> list[tuple[BoolArray, str]]:
        """Return where thresholds of channels are missing, and the reason; nothing if they are."""
        unset = [(i, np.isnan(self.thresholds[i - 1])) for i in channels]
        each = [(lost, f"no threshold for channel {i}") for i, lost in unset if lost.any()]
        if len(each) < 2:
            return each
        return [(each[0][0] & each[1][0], "no thresholds"), *each]


def gate(
    n_regions: int,
    threshold1: Any = np.nan,
    threshold2: Any = np.nan,
    background1: Any = 0.0,
    background2: Any = 0.0,
) -> Gate:
    """Return a gate for `n_regions` from scalars or arrays."""
    limits = (threshold1, threshold2, background1, background2)
    return Gate(*(per_region(limit, n_regions) for limit in limits))


@dataclass(frozen=True, slots=True, eq=False)
class Amounts:
    """Background-free sums of a set of pixels: Σa, Σb, Σa², Σb², Σab, one entry a region.

    They are in the units of the moments.
    """

    pixels: FloatArray
    s1: FloatArray
    s2: FloatArray
    s11: FloatArray
    s22: FloatArray
    s12: FloatArray


@dataclass(frozen=True, eq=False)
class GatedSums:
    """The sums on either side of a gate's cuts, and the sets of pixels that users name."""

    gate: Gate
    sums: ClassSums

    def everything(self) -> Moments:
        """Return the moments of all pixels."""
        return self._each[passing()]

    def above(self, channel: int = 3, *, inclusive: bool = False) -> Moments:
        """Return the moments of the pixels above the threshold of one channel, or of both (3)."""
        at = passing(over=channel)
        if inclusive:
            return self.sums.select(*(_INCLUSIVE_SETS[i] for i in at))
        return self._each[at]

    def above_either(self) -> Moments:
        """Return the moments of the pixels with a > T1 or b > T2."""
        return self.sums.select((_THRESHOLD,), (_THRESHOLD,), either=True)

    def below_either(self) -> Moments:
        """Return the moments of the pixels with a < T1 or b < T2."""
        return self.everything() - self.above(inclusive=True)

    @cached_property
    def amounts(self) -> FloatArray:
        """The pixels (0), and the summed intensities of channel 1 and 2 above background.

        Of each set of pixels of `passing`, (3, 4, 4, R).
        """
        return self._amounts(self._each)

    def inclusive_amounts(self) -> FloatArray:
        """Return `amounts`, and those of the pixels on or above the thresholds, (6, 4, 4, R)."""
        return np.concatenate([self.amounts, self._amounts(self.sums.select_each(_INCLUSIVE_SETS))])

    def _amounts(self, each: Moments) -> FloatArray:
        zeros = self.gate.background1, self.gate.background2
        totals = (each.total(i, zero) for i, zero in enumerate(zeros, start=1))
        return np.stack([np.asarray(each.n, np.float64), *totals])

    def amount(self, channel: int, *, over: int = 0) -> FloatArray:
        """Return the summed intensity of a channel above its background.

        `over` is the thresholds that a pixel must also pass: 0 none, 1 or 2 that of the
        channel, 3 both.
        """
        amount: FloatArray = self.amounts[channel, *passing((channel,), over)]
        return amount

    def at_background(self, channel: int) -> FloatArray:
        """Return the pixels of a channel that are at or below its background."""
        n = self.amounts[0]
        return np.asarray(n[passing()] - n[passing((channel,))])

    def pixels_above(self, channel: int) -> FloatArray:
        """Return the pixels of a channel that are above its threshold."""
        return np.asarray(self.amounts[0, *passing(over=channel)])

    def products(self, *, over: int = 0) -> Amounts:
        """Return background-free Σa² and Σb² of each channel, and Σab of both."""
        zero = self.gate.background1, self.gate.background2
        own1, own2, both = (self._each[passing(i, over)] for i in ((1,), (2,), (1, 2)))
        s1, _, s11, *_ = own1.about(*zero)
        _, s2, _, s22, _ = own2.about(*zero)
        s12 = both.about(*zero)[4]
        squares1, squares2 = np.maximum(s11, 0), np.maximum(s22, 0)  # but for rounding
        return Amounts(np.asarray(both.n, np.float64), s1, s2, squares1, squares2, s12)

    @cached_property
    def _each(self) -> Moments:
        """The moments of the pixels that pass each of `_SETS` in channel 1 and 2."""
        return self.sums.select_each(_SETS)


def passing(backed: tuple[int, ...] = (), over: int = 0) -> tuple[int, int]:
    """Return which of the sets pixels pass in each channel that lie above these backgrounds.

    `over` is the thresholds that they pass, as in `GatedSums.amount`.
    """
    first, second = ((i in backed) + 2 * (over in (i, 3)) for i in (1, 2))
    return first, second
