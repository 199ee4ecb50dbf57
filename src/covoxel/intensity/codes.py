"""Intensities as sortable integer codes, so that a pair of pixels packs into one key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel._types import AnyArray

_SIGN = np.uint32(1 << 31)


@dataclass(frozen=True, slots=True)
class Codes:
    """How one channel's values become codes of the same order, and back.

    ``kind`` is "narrow" (at most 16 bits: code = value − offset), "wide" (32 bits: the
    bits, made sortable) or "levels" (position in the sorted distinct values, for 64 bits).
    """

    kind: str
    dtype: np.dtype[Any]
    offset: int = 0
    levels: AnyArray | None = None

    def encode(self, values: AnyArray) -> AnyArray:
        """Return codes of `values` (uint16 where narrow, else uint32)."""
        if self.kind == "narrow":
            if self.offset == 0:
                return values.astype(np.uint16, copy=False)
            return (values.astype(np.int32) - self.offset).astype(np.uint16)
        if self.kind == "levels":
            assert self.levels is not None
            return np.searchsorted(self.levels, values).astype(np.uint32)
        if self.dtype.kind == "f":
            values = values.astype(np.float32, copy=False) + np.float32(0)  # −0.0 becomes 0.0
            bits = np.ascontiguousarray(values).view(np.uint32)
            return np.where(bits & _SIGN, ~bits, bits | _SIGN)
        bits = np.ascontiguousarray(values).view(np.uint32)
        return bits ^ _SIGN if self.dtype.kind == "i" else bits

    def decode(self, codes: AnyArray) -> AnyArray:
        """Return the values of `codes`, as int64 or float64."""
        if self.kind == "narrow":
            return codes.astype(np.int64) + self.offset
        if self.kind == "levels":
            assert self.levels is not None
            return self.levels[codes].astype(np.float64)
        if self.dtype.kind == "f":
            bits = np.where(codes & _SIGN, codes ^ _SIGN, ~codes)
            return bits.view(np.float32).astype(np.float64)
        bits = codes ^ _SIGN if self.dtype.kind == "i" else codes
        return np.ascontiguousarray(bits).view(self.dtype).astype(np.int64)

    @property
    def exact(self) -> bool:
        """Whether the values are integers, whose sums are kept exactly."""
        return self.dtype.kind in "ui" and self.kind != "levels"

    def matches(self, other: Codes) -> bool:
        """Whether both give the same code to the same value."""
        if self.kind == "levels" or other.kind == "levels":
            return False
        return (self.kind, self.offset) == (other.kind, other.offset) and (
            self.kind == "narrow" or self.dtype.kind == other.dtype.kind
        )


def codes_for(dtype: np.dtype[Any]) -> Codes | None:
    """Return the codes of a data type; None for 64 bits, whose levels must be seen first."""
    if dtype.kind in "bu" and dtype.itemsize <= 2:
        return Codes("narrow", dtype)
    if dtype.kind == "i" and dtype.itemsize <= 2:
        return Codes("narrow", dtype, offset=-(1 << 15))
    if dtype.itemsize == 4 or dtype == np.float16:
        return Codes("wide", np.dtype(np.float32) if dtype.kind == "f" else dtype)
    return None


def level_codes(values: AnyArray) -> Codes:
    """Return codes by position among the distinct `values`."""
    return Codes("levels", np.dtype(np.float64), levels=np.unique(values.astype(np.float64)))
