"""Cuts: where the pixels of a channel are divided into those above and the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray


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


def least_above(
    cuts: Sequence[Cut], n_regions: int, dtype: np.dtype[Any], unit: float = 1.0
) -> AnyArray:
    """Return the least values above cuts, (cuts, R), of a data type, counted in a unit."""
    if not cuts:
        return np.empty((0, n_regions), dtype)
    value = _values(cuts, n_regions)
    if unit != 1:
        value /= unit
    if dtype.kind == "f":
        least = _next_above(cuts, value)
        if dtype == np.float64:
            return least
        rounded = least.astype(dtype)
        return np.where(rounded < least, np.nextafter(rounded, dtype.type(np.inf)), rounded)
    whole = np.dtype(np.uint64 if dtype == np.uint64 else np.int64)
    least = np.floor(value) + 1
    for k, cut in enumerate(cuts):
        if cut.inclusive:
            np.ceil(value[k], out=least[k])
    lowest, highest = bounds_of(whole)
    low, high = float(lowest), float(highest)
    within = np.minimum(np.maximum(least, low), np.nextafter(high, 0)).astype(whole)
    return np.where(least < high, within, highest)


def _values(cuts: Sequence[Cut], n_regions: int) -> FloatArray:
    """Return where cuts are, (cuts, R); inf where nothing is above."""
    value = np.array([cut.value for cut in cuts], np.float64).reshape(len(cuts), n_regions)
    value[np.isnan(value)] = np.inf
    return value


def _next_above(cuts: Sequence[Cut], value: FloatArray) -> FloatArray:
    """Return the least numbers above cuts, which are at `value`."""
    least = np.nextafter(value, np.inf)
    for k, cut in enumerate(cuts):
        if cut.inclusive:
            least[k] = value[k]
    return least


def ranks_of(cuts: Sequence[Cut], n_regions: int) -> IntArray:
    """Return how many cuts pixels pass at least that pass each of them, (cuts, R)."""
    if not cuts:
        return np.empty((0, n_regions), np.int64)
    least = _next_above(cuts, _values(cuts, n_regions))
    ranks: IntArray = (least <= least[:, np.newaxis]).sum(axis=1)
    return ranks


def passed(ranks: IntArray, sets: Sequence[Sequence[int]]) -> IntArray:
    """Return how many cuts pixels pass at least that pass each set of them, (S, R)."""
    found = np.zeros((len(sets), ranks.shape[1]), np.int64)
    for row, named in zip(found, sets, strict=True):
        for k in named:
            np.maximum(row, ranks[k], out=row)
    return found
