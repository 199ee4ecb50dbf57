"""Cuts: where the pixels of a channel are divided into those above and the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, FloatArray


@cache
def bounds_of(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    """Return the lowest and the highest value of a type."""
    bounds: Any = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    return bounds.min, bounds.max


@dataclass(frozen=True, eq=False)
class Cut:
    """Where a channel is cut, region by region: above is ``>`` the value, or ``>=``.

    Nothing is above NaN.
    """

    value: FloatArray
    inclusive: bool = False

    def least(self, dtype: np.dtype[Any], unit: float = 1.0) -> AnyArray:
        """Return the least value above the cut, of a data type, counted in a unit."""
        lacking = np.isnan(self.value)
        value = np.where(lacking, np.inf, self.value) if lacking.any() else self.value
        value = value if unit == 1 else value / unit
        if dtype.kind == "f":
            least = value if self.inclusive else np.nextafter(value, np.inf)
            if dtype == np.float64:
                return least
            rounded = least.astype(dtype)
            return np.where(rounded < least, np.nextafter(rounded, dtype.type(np.inf)), rounded)
        whole = np.dtype(np.uint64 if dtype == np.uint64 else np.int64)
        least = np.ceil(value) if self.inclusive else np.floor(value) + 1
        lowest, highest = bounds_of(whole)
        low, high = float(lowest), float(highest)
        if (least < high).all():
            return np.maximum(least, low).astype(whole)
        within = np.clip(least, low, np.nextafter(high, 0)).astype(whole)
        return np.where(least < high, within, highest)


def least_above(
    cuts: Sequence[Cut], n_regions: int, dtype: np.dtype[Any], unit: float = 1.0
) -> AnyArray:
    """Return the least values above cuts, (cuts, R), of a data type, counted in a unit."""
    out = np.empty((len(cuts), n_regions), dtype)
    for row, cut in zip(out, cuts, strict=True):
        row[:] = cut.least(dtype, unit)
    return out
