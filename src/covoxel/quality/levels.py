"""The occupied levels of one channel, region by region."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from covoxel.core.types import BoolArray, FloatArray, IntArray
from covoxel.intensity.cells import sums_between
from covoxel.intensity.marginal import Marginal

#: Where this share of the pixels is dim, a channel is mostly background.
VOID = 0.9
#: The quantiles that are looked for; the signal range lies between the first and the last one.
_SHARES = np.array([[0.01], [0.5], [VOID], [0.999]])
#: The brightest pixels that may not be the image of anything, as a share of the region; a larger
#: share, up to so many, where they exceed the median by `BEYOND` times what the pixel below them
#: does.
_SHARE_OF_FEW, _LARGER_SHARE, _MOST_OF_FEW = 1e-4, 1e-3, 16
BEYOND = 3.0
#: By chance a level is empty between two that hold this many once in 1e13 times.
_FILLED = 30
#: A level is piled up when it holds more than this many times what its neighbours hold.
PILE = 3
#: A pile has at least so many pixels; fewer only at the detector's maximum.
LEAST = 10
#: Largest counts of detectors of 8 to 16 bits, aligned to the right or left of 16 bits.
_CEILINGS = np.array([((1 << k) - 1) << shift for k in range(8, 17) for shift in (0, 16 - k)])
#: Levels above a pile, as hot pixels or a correction of saturated images leave them, and the
#: most pixels at them, as a share of the pile.
_ABOVE, _FEW = 5, 0.1
#: The highest levels at which a pile is looked for, and those with four below each of them.
_TOPMOST, _TOP = 1 + _ABOVE, 5 + _ABOVE
#: With fewer levels than this, a full one is not a pile.
_LEVELS = 8


class ChannelLevels:
    """What checks ask of the intensities of one channel; each has one entry a region.

    An intensity is NaN where there is none.

    Attributes
    ----------
    channel : int
        1 or 2.
    ceiling : float
        Largest intensity that the image can store.
    pixels : (R,) int array
        Pixels of each region.
    distinct : (R,) int array
        Number of distinct intensities.
    below_zero : (R,) int array
        Pixels with a negative intensity.
    gaps : (R,) int array
        Gaps between neighbouring levels that hold enough pixels each.
    lowest, highest : (R,) float array
        The extreme intensities.
    low, median, bright, high : (R,) float array
        The least intensities that 1, 50, 90 and 99.9 % of the pixels do not exceed.
    below_few : (R,) float array
        The highest intensity of all but the brightest pixels, of which there are few.
    at_lowest : (4, R) int array
        Pixels at the lowest intensities.
    """

    def __init__(self, marginal: Marginal, dtype: np.dtype[Any]) -> None:
        from covoxel.quality.kernels import describe_levels

        n = marginal.starts.size - 1
        self.channel = marginal.channel
        self.ceiling = float(np.iinfo(dtype).max) if dtype.kind in "ui" else np.inf
        self.pixels: IntArray = sums_between(marginal.counts, marginal.starts)
        ranks = np.maximum(1, np.ceil(_SHARES * self.pixels)).astype(np.int64)
        few = np.maximum(1, (_SHARE_OF_FEW * self.pixels).astype(np.int64))
        most = np.minimum(_MOST_OF_FEW, (_LARGER_SHARE * self.pixels).astype(np.int64))
        self.at_lowest, self._at_highest = np.zeros((4, n), np.int64), np.zeros((_TOP, n), np.int64)
        tallies: IntArray = np.zeros((3, n), np.int64)
        found: FloatArray = np.full((2 + _TOPMOST + len(ranks), n), np.nan)
        levels = marginal.values, marginal.counts, marginal.starts
        counts = self.at_lowest, self._at_highest, tallies
        describe_levels(
            *levels, ranks, np.stack([few, np.maximum(few, most)]), BEYOND, _FILLED, *counts, found
        )
        self.distinct, self.below_zero, self.gaps = tallies
        self.lowest, self.below_few = found[:2]
        self._highest = found[2 : 2 + _TOPMOST]
        self.low, self.median, self.bright, self.high = found[2 + _TOPMOST :]

    @property
    def highest(self) -> FloatArray:
        """The highest intensity."""
        highest: FloatArray = self._highest[0]
        return highest

    @cached_property
    def range(self) -> FloatArray:
        """The width of the signal range, in which single hot or dead pixels do not count."""
        width: FloatArray = self.high - self.low
        return width

    def saturated_shares(self) -> FloatArray:
        """Return the share of the pixels at the intensity of saturation; NaN if empty."""
        with np.errstate(invalid="ignore"):
            return self.saturation[1] / self.pixels

    @cached_property
    def saturation(self) -> tuple[FloatArray, IntArray]:
        """The intensity at which each region is saturated, and the pixels there.

        The intensity is NaN, and there are no pixels, where it is not.
        """
        value, held = self._highest, self._at_highest
        above = np.cumsum(held, axis=0) - held
        found = self._piled(value[0], held) & (above <= _FEW * held)[:_TOPMOST]
        found[0] |= (value[0] == self.ceiling) & (self.distinct != 2)
        first, region = found.argmax(axis=0), np.arange(self.pixels.size)
        saturated = found[first, region]
        return (
            np.where(saturated, value[first, region], np.nan),
            np.where(saturated, held[first, region], 0),
        )

    def _piled(self, highest: FloatArray, held: IntArray) -> BoolArray:
        """Return where the levels from the top hold far more than those below them."""
        beside = np.max([held[step : step + _TOPMOST] for step in (1, 2, 3, 4)], axis=0)
        held = held[:_TOPMOST]
        many = (held >= LEAST) & (self.distinct >= _LEVELS)
        many[0] |= is_ceiling(highest)
        piled: BoolArray = (held > PILE * beside) & many & (self.distinct != 2)
        return piled


def is_ceiling(value: FloatArray) -> BoolArray:
    """Return where an intensity is the largest count of a detector."""
    found: BoolArray = (value[:, np.newaxis] == _CEILINGS).any(axis=1)
    return found
