"""The correlation of two frames at displacements of whole pixels or bins."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from covoxel.core.types import BoolArray, FloatArray, IntArray
from covoxel.correlation.blocks import SidePair
from covoxel.correlation.cross_correlogram import pearson_at
from covoxel.correlation.overlaps import Lags

#: Share of the largest overlap, and number of pixels, below which no correlation is computed.
_FLOOR, _FEWEST = 0.05, 25
#: Correlations above this count as equal: noise-free images differ by rounding alone.
_ONE = 0.999


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Pearson's r at displacements on a grid, NaN where it is undefined."""

    #: Correlation.
    r: FloatArray
    #: Overlap as a share of the largest one, in [0, 1].
    share: FloatArray
    #: Fisher's z of the correlation.
    z: FloatArray
    #: z times the root of the share, since z is the more certain the larger the overlap. So the
    #: nearest of equal peaks comes first.
    evidence: FloatArray
    #: Displacement of the first entry, and from one entry to the next, in pixels.
    origin: tuple[int, ...]
    step: tuple[int, ...]
    #: Pixels of the largest overlap.
    pixels: int

    @classmethod
    def of(
        cls,
        pair: SidePair,
        lags: Lags,
        *,
        corner: IntArray,
        step: tuple[int, ...],
        workers: int | None = None,
        most: int | None = None,
    ) -> Surface:
        """Correlate two images; `corner` leads from lags to displacements, both in pixels.

        `most` is the largest overlap, where `lags` are few of many.
        """
        sums = pair.overlaps(lags, workers)
        most = most or int(sums.n.max(initial=0))
        r = pearson_at(sums, 0)
        share = sums.n / max(most, 1)
        r[(share < _FLOOR) | (sums.n < min(_FEWEST, most))] = np.nan
        origin = tuple((np.multiply(lags.low, step) - corner).tolist())
        z = np.arctanh(np.clip(r, -_ONE, _ONE), dtype=np.float32)
        return cls(r, share, z, z * np.sqrt(share, dtype=np.float32), origin, step, most)

    def offset(self, index: tuple[int, ...] | IntArray) -> tuple[int, ...]:
        """Return the displacement of an entry, in pixels."""
        return tuple((np.asarray(index) * self.step + self.origin).tolist())

    def along(self, axis: int) -> IntArray:
        """Return the displacements along an axis, in pixels."""
        return self.origin[axis] + self.step[axis] * np.arange(self.r.shape[axis])

    def projected(self, direction: FloatArray) -> FloatArray:
        """Return how far each displacement goes along a unit vector, in pixels."""
        parts = (unit * self.along(axis) for axis, unit in enumerate(direction.tolist()))
        return np.asarray(sum(np.ix_(*parts)), np.float64)

    def searched(self, reach: tuple[int, ...] | None, min_overlap: float) -> BoolArray:
        """Return where a peak may be: within the bound, at enough overlap, defined."""
        inside = np.isfinite(self.r) & (self.share >= min_overlap)
        return inside if reach is None else inside & self.near((0,) * len(reach), reach)

    def near(self, center: tuple[int, ...], reach: tuple[int, ...]) -> BoolArray:
        """Return which displacements are within `reach` of one, along each axis."""
        parts = [
            (np.abs(self.along(axis) - middle) <= most).astype(np.uint8)
            for axis, (middle, most) in enumerate(zip(center, reach, strict=True))
        ]
        return np.asarray(math.prod(np.ix_(*parts)), np.bool_)
