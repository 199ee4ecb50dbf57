"""The occupied levels of one channel, region by region."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from covoxel.core.types import BoolArray, FloatArray, IntArray
from covoxel.intensity.cells import sums_between
from covoxel.intensity.marginal import Marginal

#: The signal range lies between these quantiles: single hot or dead pixels do not count.
_RANGE = 0.01, 0.999
#: A level is piled up when it holds more than this many times what its neighbours hold.
PILE = 3
#: A pile has at least so many pixels; fewer only at the detector's maximum.
LEAST = 10
#: Largest counts of detectors of 8 to 16 bits, aligned to the right or left of 16 bits.
_CEILINGS = np.array([((1 << k) - 1) << shift for k in range(8, 17) for shift in (0, 16 - k)])
#: Levels above a pile, as hot pixels or a correction of saturated images leave them, and the
#: most pixels at them, as a share of the pile.
_ABOVE, _FEW = 5, 0.1
#: The highest levels at which a pile is looked for, each with four below it.
_TOP = np.arange(-1, -6 - _ABOVE, -1)
#: With fewer levels than this, a full one is not a pile.
_LEVELS = 8


class Levels:
    """The intensities that occur in one channel; every answer is one entry a region.

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
    """

    def __init__(self, marginal: Marginal, dtype: np.dtype[Any]) -> None:
        values, counts, starts = marginal.values, marginal.counts, marginal.starts
        if not counts.min(initial=1):
            occupied = np.flatnonzero(counts > 0)
            values, counts = values[occupied], counts[occupied]
            starts = np.searchsorted(occupied, starts)
        self.channel = marginal.channel
        self.ceiling = float(np.iinfo(dtype).max) if dtype.kind in "ui" else np.inf
        self._values, self._counts, self._starts = values, counts, starts
        self.pixels: IntArray = sums_between(counts, starts)
        self.distinct: IntArray = np.diff(starts)

    def value(self, place: int | IntArray) -> FloatArray:
        """Return the intensity at a place among the distinct ones (−1 is the highest).

        NaN where a region has fewer. Of (P,) places there are (P, R) intensities.
        """
        index, held = self._index(place)
        return self._value_at(index, held)

    def count(self, place: int | IntArray) -> IntArray:
        """Return the pixels at a place among the distinct intensities, 0 where there is none."""
        index, held = self._index(place)
        found = np.zeros(index.shape, np.int64)
        found[held] = self._counts[index[held]]
        return found

    def _index(self, place: int | IntArray) -> tuple[IntArray, BoolArray]:
        """Return where the level at a place is on the flat axis, and whether it exists."""
        places = np.asarray(place)[..., np.newaxis]
        first, beyond = self._starts[:-1], self._starts[1:]
        index = places + np.where(places < 0, beyond, first)
        return index, (index >= first) & (index < beyond)

    def _value_at(self, index: IntArray, held: BoolArray) -> FloatArray:
        found = np.full(index.shape, np.nan)
        found[held] = self._values[index[held]]
        return found

    def quantile(self, share: float) -> FloatArray:
        """Return the least intensity that `share` of the pixels do not exceed; NaN if empty."""
        rank = np.maximum(1, np.ceil(share * self.pixels)).astype(np.int64)
        return self._value_at(self._at_rank(rank), self.pixels > 0)

    def below_top(self, pixels: IntArray) -> FloatArray:
        """Return the highest intensity of all but the brightest `pixels` of each region.

        NaN where a region has no others.
        """
        index = self._at_rank(self.pixels - pixels)
        return self._value_at(index, self.pixels > pixels)

    def _at_rank(self, ranks: IntArray) -> IntArray:
        """Return where the level of the pixel of each region's rank, from 1 on, is."""
        from covoxel.quality.kernels import find_ranks

        index = np.empty_like(ranks)
        find_ranks(self._counts, self._starts, ranks, index)
        return index

    @cached_property
    def low(self) -> FloatArray:
        """The lower end of the signal range."""
        return self.quantile(_RANGE[0])

    @cached_property
    def range(self) -> FloatArray:
        """The width of the signal range."""
        return self.quantile(_RANGE[1]) - self.low

    def below_zero(self) -> IntArray:
        """Return the pixels with a negative intensity."""
        if not (self.value(0) < 0).any():
            return np.zeros_like(self.pixels)
        return sums_between(np.where(self._values < 0, self._counts, 0), self._starts)

    def skipped(self, pixels: int) -> IntArray:
        """Return how many gaps lie between neighbouring levels that hold `pixels` each."""
        full = np.flatnonzero(self._counts >= pixels)
        lower = full[:-1][np.diff(full) == 1]
        gap = self._values[lower + 1] - self._values[lower] > 1
        region = np.searchsorted(self._starts, lower[gap], side="right") - 1
        inside = lower[gap] + 1 < self._starts[region + 1]
        return np.bincount(region[inside], minlength=self.pixels.size)

    def saturated_shares(self) -> FloatArray:
        """Return the share of the pixels at the intensity of saturation; NaN if empty."""
        with np.errstate(invalid="ignore"):
            return self.saturation[1] / self.pixels

    @cached_property
    def saturation(self) -> tuple[FloatArray, IntArray]:
        """The intensity at which each region is saturated, and the pixels there.

        The intensity is NaN, and there are no pixels, where it is not.
        """
        value, held = self.value(_TOP[: 1 + _ABOVE]), self.count(_TOP)
        above = np.cumsum(held, axis=0) - held
        found = self._piled(value[0], held) & (above <= _FEW * held)[: 1 + _ABOVE]
        found[0] |= (value[0] == self.ceiling) & (self.distinct != 2)
        first, region = found.argmax(axis=0), np.arange(self.pixels.size)
        saturated = found[first, region]
        return (
            np.where(saturated, value[first, region], np.nan),
            np.where(saturated, held[first, region], 0),
        )

    def _piled(self, highest: FloatArray, held: IntArray) -> BoolArray:
        """Return where the levels from the top hold far more than those below them."""
        beside = np.max([held[step : step + 1 + _ABOVE] for step in (1, 2, 3, 4)], axis=0)
        held = held[: 1 + _ABOVE]
        many = (held >= LEAST) & (self.distinct >= _LEVELS)
        many[0] |= is_ceiling(highest)
        piled: BoolArray = (held > PILE * beside) & many & (self.distinct != 2)
        return piled


def is_ceiling(value: FloatArray) -> BoolArray:
    """Return where an intensity is the largest count of a detector."""
    found: BoolArray = (value[:, np.newaxis] == _CEILINGS).any(axis=1)
    return found
