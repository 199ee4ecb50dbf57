"""The cuts at thresholds and backgrounds that the thresholded measures read."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
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
#: Sets of cuts: none, the background, the threshold, both.
_SETS = (), (_BACKGROUND,), (_THRESHOLD,), (_BACKGROUND, _THRESHOLD)


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """Thresholds and backgrounds of both channels, one a region, in raw units.

    A threshold of NaN is one that was not found: nothing lies above it.
    """

    threshold1: FloatArray
    threshold2: FloatArray
    background1: FloatArray
    background2: FloatArray

    def cuts(self, *, inclusive: bool = True) -> tuple[list[Cut], list[Cut]]:
        """Return the cuts of both channels, in the order of the positions above.

        With `inclusive` False there are none that pixels on a threshold pass.
        """
        pairs = (self.background1, self.threshold1), (self.background2, self.threshold2)
        first, second = (
            [Cut(background), Cut(threshold), Cut(threshold, inclusive=True)][: 2 + inclusive]
            for background, threshold in pairs
        )
        return first, second

    def sums(
        self, source: JointHistogram | Stream, *, inclusive: bool = True, order: MomentOrder = 2
    ) -> GatedSums:
        """Return the sums of a histogram, or of pixels, on either side of the cuts."""
        return GatedSums(self, class_sums(source, *self.cuts(inclusive=inclusive), order))

    def lacking(self, *channels: int) -> list[tuple[BoolArray, str]]:
        """Return where thresholds of channels are missing, and the reason; nothing if they are."""
        unset = [(i, np.isnan(self.threshold1 if i == 1 else self.threshold2)) for i in channels]
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


@dataclass(frozen=True, slots=True, eq=False)
class GatedSums:
    """The sums on either side of a gate's cuts, and the sets of pixels that users name."""

    gate: Gate
    sums: ClassSums
    _known: dict[str, Any] = field(default_factory=dict, repr=False)

    def everything(self) -> Moments:
        """Return the moments of all pixels."""
        return self._picked((), 0)

    def above(self, channel: int | None = None, *, inclusive: bool = False) -> Moments:
        """Return the moments of the pixels above the threshold of one channel, or of both."""
        return self._picked((), channel or 3, inclusive=inclusive)

    def above_either(self) -> Moments:
        """Return the moments of the pixels with a > T1 or b > T2."""
        return self.sums.select((_THRESHOLD,), (_THRESHOLD,), either=True)

    def below_either(self) -> Moments:
        """Return the moments of the pixels with a < T1 or b < T2."""
        return self.everything() - self.above(inclusive=True)

    def amount(self, channel: int, *, over: int = 0) -> FloatArray:
        """Return the summed intensity of a channel above its background.

        `over` is the thresholds that a pixel must also pass: 0 none, 1 or 2 that of the
        channel, 3 both.
        """
        amount: FloatArray = self._totals(channel)[_places((channel,), over)]
        return amount

    def at_background(self, channel: int) -> FloatArray:
        """Return the pixels of a channel that are at or below its background."""
        n = self._each().n
        return np.asarray(n[0, 0] - n[_places((channel,), 0)], np.float64)

    def pixels_above(self, channel: int) -> FloatArray:
        """Return the pixels of a channel that are above its threshold."""
        return np.asarray(self._each().n[_places((), channel)], np.float64)

    def occupied(self, channel: int) -> FloatArray:
        """Return the summed intensity of a channel where the other is above its background."""
        amount: FloatArray = self._totals(channel)[_places((1, 2), 0)]
        return amount

    def occupied_over(self, channel: int) -> FloatArray:
        """Return the amount where the other channel is above background and on its threshold."""
        on = self._picked((1, 2), 3 - channel, inclusive=True)
        return on.total(channel, self._background(channel))

    def pixels_over(self, channel: int) -> FloatArray:
        """Return the pixels of a channel that are above its background and on its threshold."""
        over = self._picked((channel,), channel, inclusive=True)
        return np.asarray(over.n, np.float64)

    def products(self, *, over: int = 0) -> Amounts:
        """Return background-free Σa² and Σb² of each channel, and Σab of both."""
        zero = self.gate.background1, self.gate.background2
        own1 = self._picked((1,), over)
        own2 = self._picked((2,), over)
        both = self._picked((1, 2), over)
        s1, _, s11, *_ = own1.about(*zero)
        _, s2, _, s22, _ = own2.about(*zero)
        s12 = both.about(*zero)[4]
        squares1, squares2 = np.maximum(s11, 0), np.maximum(s22, 0)  # but for rounding
        return Amounts(np.asarray(both.n, np.float64), s1, s2, squares1, squares2, s12)

    def _background(self, channel: int) -> FloatArray:
        return self.gate.background1 if channel == 1 else self.gate.background2

    def _each(self) -> Moments:
        """Return the moments of the pixels that pass each of `_SETS` in channel 1 and 2."""
        if "each" not in self._known:
            self._known["each"] = self.sums.select_each(_SETS)
        found: Moments = self._known["each"]
        return found

    def _totals(self, channel: int) -> FloatArray:
        """Return the summed intensity of a channel above its background, of the same pixels."""
        key = f"total{channel}"
        if key not in self._known:
            self._known[key] = self._each().total(channel, self._background(channel))
        found: FloatArray = self._known[key]
        return found

    def _picked(self, backed: tuple[int, ...], over: int, *, inclusive: bool = False) -> Moments:
        at = _places(backed, over)
        if inclusive:
            cuts = [[_THRESHOLD_OR_ON if k == _THRESHOLD else k for k in _SETS[i]] for i in at]
            return self.sums.select(*cuts)
        key = str(at)
        if key not in self._known:
            self._known[key] = self._each()[at]
        found: Moments = self._known[key]
        return found


@cache
def _places(backed: tuple[int, ...], over: int) -> tuple[int, int]:
    """Return which of `_SETS` pixels pass in each channel that lie above these backgrounds.

    `over` is the thresholds that they pass, as in `GatedSums.amount`.
    """
    first, second = ((i in backed) + 2 * (over in (i, 3)) for i in (1, 2))
    return first, second
