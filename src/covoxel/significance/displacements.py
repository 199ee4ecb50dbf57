"""Displacements: the pairs of pixels of an area at each displacement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from covoxel.core.types import BoolArray, FloatArray, IntArray
from covoxel.correlation.overlaps import Lags

#: Share of the area's pairs of pixels that a displacement needs.
_MIN_OVERLAP = 0.2


@dataclass(frozen=True, eq=False)
class Displacements:
    """The displacements up to a reach, which all images of an area have in common."""

    #: Displacements.
    lags: Lags
    #: Pairs of pixels at each displacement.
    pairs: FloatArray
    #: Pixel step along each axis, in the shortest.
    step: tuple[float, ...]

    @cached_property
    def distance(self) -> FloatArray:
        """Length of each displacement, in the shortest pixel step."""
        return self.lags.distance(self.step)

    @cached_property
    def used(self) -> BoolArray:
        """Which displacements have enough pairs."""
        return np.asarray(self.pairs > _MIN_OVERLAP * self.pairs[self.lags.high])

    @cached_property
    def shares(self) -> FloatArray:
        """What makes a mean of a sum over pairs, 0 where they are too few."""
        return np.where(self.used, 1 / np.maximum(self.pairs, 1), 0)

    @cached_property
    def _rings(self) -> tuple[IntArray, IntArray]:
        """The rounded length of each displacement, and how many that are used have each."""
        ring = np.rint(self.distance).astype(np.intp).ravel()
        return ring, np.bincount(ring[self.used.ravel()], minlength=ring.max() + 1)

    @staticmethod
    def summed(values: FloatArray, weights: Sequence[FloatArray]) -> float:
        """Return the sum over displacements of values times weights along each axis."""
        return float(reduce(np.matmul, reversed(weights), values))

    def radius(self, rho: FloatArray, level: float) -> float:
        """Return the first radius at which the mean over a ring is below a level, inf if none.

        `rho` is 0 at displacements that are not used.
        """
        ring, counts = self._rings
        faded = np.flatnonzero(np.bincount(ring, rho.ravel()) < level * counts)
        return float(faded[0]) if faded.size else math.inf
