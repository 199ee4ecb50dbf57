"""Intensities as sortable integer codes, so that a pair of pixels packs into one key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, IntArray

#: Below this float64 holds every whole number.
EXACT = 1 << 53
#: The lower half of a key of 64 bits.
LOW = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class ValueCodes:
    """How one channel's values become codes of the same order, and back.

    ``kind`` is "narrow" (at most 16 bits: code = value − offset), "wide" (32 bits: the
    bits, made sortable) or "levels" (position in `levels`, the sortable bits of the distinct
    values, for 64 bits).
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
        bits = sortable_bits(values.astype(self.dtype, copy=False))
        return bits if self.levels is None else _positions(self.levels, bits)

    def decode(self, codes: AnyArray) -> AnyArray:
        """Return the values of `codes`, see `as_numbers`."""
        if self.kind == "narrow":
            values = codes.astype(np.int64)
            values += self.offset
            return values
        if self.levels is not None:
            codes = self.levels[codes]
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


def level_codes(dtype: np.dtype[Any], levels: Sequence[AnyArray]) -> ValueCodes:
    """Return codes by position among values of which `distinct` gave these `levels`."""
    found = _ascending(np.concatenate([np.zeros(0, np.uint64), *levels]))
    return ValueCodes("levels", _level_type(dtype), levels=found)


def distinct(values: AnyArray, dtype: np.dtype[Any]) -> AnyArray:
    """Return the distinct values of an image of 64 bits: their sortable bits, ascending."""
    return _ascending(sortable_bits(values.astype(_level_type(dtype), copy=False)))


def _level_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(f"{dtype.kind}8")


def _ascending(keys: AnyArray) -> AnyArray:
    """Return the distinct ones of keys, which are overwritten."""
    if (keys[1:] > keys[:-1]).all():
        return keys
    keys.sort()
    return added_up(keys)[0]


def ranked(values: AnyArray, dtype: np.dtype[Any]) -> tuple[AnyArray, AnyArray]:
    """Return what `distinct` does, and the place of each value among them, as uint32."""
    from covoxel.intensity.level_kernels import number_levels

    keys = sortable_bits(values.astype(_level_type(dtype), copy=False))
    levels, places = np.empty(keys.size, np.uint64), np.empty(keys.size, np.uint32)
    if not keys.size:
        return levels, places
    packed, _, bits = _packed(keys, keys.min(), keys.max())
    n = number_levels(packed, keys, bits, levels, places)
    return levels[:n].copy(), places


def _positions(levels: AnyArray, keys: AnyArray) -> AnyArray:
    """Return where keys stand among levels, all of which are there, as uint32."""
    from covoxel.intensity.level_kernels import find_levels

    out = np.empty(keys.size, np.uint32)
    if keys.size:
        packed, shift, bits = _packed(keys, levels[0], levels[-1])
        find_levels(packed, keys, levels, shift, bits, out)
    return out


def _packed(keys: AnyArray, low: Any, high: Any) -> tuple[AnyArray, Any, Any]:
    """Return keys between two of them as their steps and indices, sorted, see `pack_steps`."""
    from covoxel.intensity.level_kernels import pack_steps

    packed, bits = np.empty(keys.size, np.uint64), keys.size.bit_length()
    shift = max(0, int(high - low).bit_length() + bits - 64)
    steps = np.uint64(shift), np.uint64(bits)
    pack_steps(keys, low, *steps, packed)
    packed.sort()
    return packed, *steps


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
        flipped = bits >> bits.dtype.type(bits.itemsize * 8 - 1)
        flipped -= bits.dtype.type(1)
        flipped |= sign  # all bits of what were negative values, the sign of others
        flipped ^= bits
        bits = flipped
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
    values = values.astype(np.float64, copy=False)
    few = values[:64]
    if not (np.floor(few) == few).all():
        return values
    whole = (np.floor(values) == values).all() and np.abs(values).max(initial=0) < EXACT
    return values.astype(np.int64) if whole else values


def added_up(
    key: AnyArray, region: AnyArray | None = None, count: IntArray | None = None
) -> tuple[AnyArray, Any, IntArray]:
    """Add up equal keys, which are sorted in each region: keys, regions, and pixels of each.

    Keys and regions are overwritten.
    """
    from covoxel.intensity.cell_kernels import add_up

    totals = np.empty(key.size, np.int64)
    n = add_up(key, region, count, totals)
    found: list[Any] = [None if array is None else array[:n] for array in (key, region, totals)]
    if 2 * n < key.size:  # the memory is worth a copy
        found = [None if array is None else array.copy() for array in found]
    return found[0], found[1], found[2]


def wide_keys(high: AnyArray, low: AnyArray) -> AnyArray:
    """Return keys of 64 bits from two halves."""
    keys: AnyArray = np.left_shift(high, 32, dtype=np.uint64)
    keys |= low
    return keys
