"""Intensities as sortable integer codes, so that a pair of pixels packs into one key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray

#: Below this float64 holds every whole number.
EXACT = 1 << 53


@dataclass(frozen=True, slots=True)
class ValueCodes:
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
            return _positions(self.levels, values.astype(self.levels.dtype, copy=False))
        return sortable_bits(values.astype(self.dtype, copy=False))

    def decode(self, codes: AnyArray) -> AnyArray:
        """Return the values of `codes`, see `as_numbers`."""
        if self.kind == "narrow":
            values = codes.astype(np.int64)
            values += self.offset
            return values
        if self.kind == "levels":
            assert self.levels is not None
            return as_numbers(self.levels[codes])
        return as_numbers(from_sortable_bits(codes, self.dtype))

    def matches(self, other: ValueCodes) -> bool:
        """Whether both give the same code to the same value."""
        if self.kind == "levels" or other.kind == "levels":
            return False
        return (self.kind, self.offset) == (other.kind, other.offset) and (
            self.kind == "narrow" or self.dtype.kind == other.dtype.kind
        )


def codes_for(dtype: np.dtype[Any]) -> ValueCodes | None:
    """Return the codes of a data type; None for 64 bits, whose levels must be seen first."""
    dtype = np.dtype(np.uint8) if dtype.kind == "b" else dtype.newbyteorder("=")
    if dtype.kind in "ui" and dtype.itemsize <= 2:
        return ValueCodes("narrow", dtype, offset=0 if dtype.kind == "u" else -(1 << 15))
    if dtype.itemsize == 4 or dtype == np.float16:
        return ValueCodes("wide", np.dtype(np.float32) if dtype.kind == "f" else dtype)
    return None


def level_codes(values: AnyArray) -> ValueCodes:
    """Return codes by position among the distinct `values`."""
    kind = values.dtype if values.dtype.kind in "ui" else np.dtype(np.float64)
    return ValueCodes("levels", kind, levels=distinct(values.astype(kind, copy=False)))


def distinct(values: AnyArray) -> AnyArray:
    """Return the distinct values, ascending."""
    if (values[1:] > values[:-1]).all():
        return values
    keys = sortable_bits(values)
    keys.sort()
    first = np.ones(keys.size, np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    found: AnyArray = from_sortable_bits(keys[first], values.dtype)
    return found


def _positions(levels: AnyArray, values: AnyArray) -> AnyArray:
    """Return where values stand among levels, all of which are there, as uint32."""
    from covoxel.intensity.cell_kernels import find_levels

    out = np.empty(values.size, np.uint32)
    find_levels(sortable_bits(values), sortable_bits(levels), out)
    return out


def sortable_bits(values: AnyArray) -> AnyArray:
    """Return integers and floats as unsigned integers of 32 or 64 bits of the same order."""
    dtype = values.dtype.newbyteorder("=")
    if dtype.itemsize < 4:
        dtype = np.dtype(f"{dtype.kind.replace('b', 'u')}4")
    values = np.ascontiguousarray(values, dtype)
    unsigned = np.dtype(f"u{dtype.itemsize}")
    sign = unsigned.type(1 << dtype.itemsize * 8 - 1)
    bits: AnyArray
    if dtype.kind == "f":
        bits = (values + dtype.type(0)).view(unsigned)  # −0.0 becomes 0.0
        flipped = (bits.view(f"i{dtype.itemsize}") >> (dtype.itemsize * 8 - 1)).view(unsigned)
        flipped |= sign  # all bits of negative values, the sign of others
        bits ^= flipped
        return bits
    bits = values.view(unsigned)
    return bits ^ sign if dtype.kind == "i" else bits.copy()


def from_sortable_bits(bits: AnyArray, dtype: np.dtype[Any]) -> AnyArray:
    """Return values of a type, or of its kind with the size of the bits."""
    sign = bits.dtype.type(1 << bits.itemsize * 8 - 1)
    if dtype.kind == "f":
        values = np.invert(bits)
        np.bitwise_xor(bits, sign, out=values, where=bits >= sign)
        bits = values
    elif dtype.kind == "i":
        bits = bits ^ sign
    return np.ascontiguousarray(bits).view(f"{dtype.kind.replace('b', 'u')}{bits.itemsize}")


def as_numbers(values: AnyArray) -> AnyArray:
    """Return what sums are made of: int64 where all are whole numbers, else float64.

    So a data type does not change a result. Whole numbers beyond int64 stay uint64.
    """
    if values.dtype.kind == "u" and values.max(initial=0) > np.iinfo(np.int64).max:
        return values.astype(np.uint64)
    if values.dtype.kind in "bui":
        return values.astype(np.int64)
    values = values.astype(np.float64)
    few = values[:64]
    if not (np.floor(few) == few).all():
        return values
    whole = (np.floor(values) == values).all() and np.abs(values).max(initial=0) < EXACT
    return values.astype(np.int64) if whole else values
