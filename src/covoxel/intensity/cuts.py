"""Cuts: where the pixels of a channel are divided into those above and the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, FloatArray


@dataclass(frozen=True, eq=False)
class Cut:
    """Where a channel is cut, region by region: above is ``>`` the value, or ``>=``.

    Nothing is above NaN.
    """

    value: FloatArray
    inclusive: bool = False

    def least(self, dtype: np.dtype[Any], unit: float = 1.0) -> AnyArray:
        """Return the least value above the cut, of a data type, counted in a unit."""
        value = np.where(np.isnan(self.value), np.inf, self.value)
        value = value if unit == 1 else value / unit
        if dtype.kind == "f":
            least = value if self.inclusive else np.nextafter(value, np.inf)
            if dtype == np.float64:
                return least
            rounded = least.astype(dtype)
            return np.where(rounded < least, np.nextafter(rounded, dtype.type(np.inf)), rounded)
        whole = np.dtype(np.uint64 if dtype == np.uint64 else np.int64)
        least = np.ceil(value) if self.inclusive else np.floor(value) + 1
        low, high = float(np.iinfo(whole).min), float(np.iinfo(whole).max)
        within = np.clip(least, low, np.nextafter(high, 0)).astype(whole)
        return np.where(least < high, within, np.iinfo(whole).max)
