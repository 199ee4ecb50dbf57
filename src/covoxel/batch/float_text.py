"""Numbers as `repr` writes them, of many floats at once: in a sixth of the time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from covoxel.core.compiled import compiled
from covoxel.core.types import AnyArray, FloatArray, IntArray

#: Characters that a number takes, with the one behind it, and what stands for those left out.
_WIDTH, _OTHER = 25, "?"
#: Numbers between these, and 0, are written here: `repr` writes smaller ones with an exponent.
_LEAST, _LIMIT = 1e-4, 2.0**53
#: What a double holds: bits of its mantissa, and the exponent of its last bit when stored as 0.
_BITS, _BIAS = 52, 1075
#: Powers of 5, as far as they are needed for numbers between the limits.
_FIVES = np.array([5**i for i in range(21)], np.uint64)


def joined_floats(values: FloatArray, ends: Sequence[str]) -> str:
    """Return rows of floats as text, each number as `repr` writes it, and NaN as nothing.

    `values`: the numbers, (rows, columns).
    `ends`: the character behind the numbers of each column.

    Examples
    --------
    >>> joined_floats(np.array([[0.1, 2], [np.nan, 1e-9]]), ",;")
    '0.1,2.0;,1e-09;'
    """
    marks = np.array([*map(ord, ends)], np.uint8)
    written = np.empty(values.size * _WIDTH, np.uint8)
    others = np.empty(values.size, np.int64)
    length, n_others = _write(values, values.view(np.uint64), marks, written, others)
    text = written[:length].tobytes().decode("ascii")
    if not n_others:
        return text
    rare = map(repr, values.ravel()[others[:n_others]].tolist())
    return "".join(chain.from_iterable(zip(text.split(_OTHER), chain(rare, [""]), strict=True)))


@compiled
def _write(
    values: FloatArray, bits: AnyArray, ends: AnyArray, text: AnyArray, others: IntArray
) -> tuple[int, int]:
    """Write all numbers; return how many characters, and how many numbers are left out."""
    length = n_others = 0
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            value = values[row, column]
            size = abs(value)
            if size == 0 or _LEAST <= size < _LIMIT:
                if bits[row, column] >> np.uint64(63):
                    text[length] = ord("-")
                    length += 1
                digits, places = _shortest(size, bits[row, column])
                length = _write_digits(digits, places, text, length)
            elif size == size:
                text[length] = ord(_OTHER)
                others[n_others] = row * values.shape[1] + column
                length, n_others = length + 1, n_others + 1
            text[length] = ends[column]
            length += 1
    return length, n_others


@compiled
def _shortest(size: float, bits: np.uint64) -> tuple[Any, Any]:
    """Return the shortest decimal that is read as a number: its digits, and places behind the dot.

    Digits are counted in the largest power of ten below the distance of doubles, so that either a
    multiple of ten of them lies within half that distance, or the next whole number of them does.
    """
    one, ten = np.uint64(1), np.uint64(10)
    if size == np.floor(size):
        return np.uint64(size) * ten, 1
    mantissa = (bits & ((one << np.uint64(_BITS)) - one)) | (one << np.uint64(_BITS))
    exponent = _BIAS - np.int64((bits >> np.uint64(_BITS)) & np.uint64(0x7FF))
    places = (exponent * 78913 >> 18) + 1  # log10(2) of 2 to the 18
    half = _FIVES[places]
    shift = np.uint64(exponent - places + 1)
    digits, rest = _product(mantissa << one, half, shift)
    last = digits % ten
    below = (last << shift) + rest
    above = ((ten - last) << shift) - rest
    reach = half - (mantissa & one)  # where the mantissa is even, halves are read as this number
    if below <= reach or above <= reach:
        digits += ten - last if above <= reach else np.uint64(0) - last
        while digits % ten == 0:
            digits //= ten
            places -= 1
        return digits, places
    middle = one << (shift - one)
    if rest > middle or (rest == middle and digits & one):
        digits += one
    return digits, places


@compiled
def _product(one: Any, other: Any, shift: Any) -> tuple[Any, Any]:
    """Return a product of up to 128 bits without its last bits, and these."""
    word, low = np.uint64(32), np.uint64(0xFFFFFFFF)
    last = (one & low) * (other & low)
    middle = (one >> word) * (other & low) + (one & low) * (other >> word) + (last >> word)
    first = (one >> word) * (other >> word) + (middle >> word)
    rest = (middle << word) | (last & low)
    kept = (first << (np.uint64(64) - shift)) | (rest >> shift)
    return kept, rest & ((np.uint64(1) << shift) - np.uint64(1))


@compiled
def _write_digits(digits: Any, places: Any, text: AnyArray, begin: int) -> Any:
    """Write a decimal from its last digit to the first; return where it ends."""
    count, power = 1, np.uint64(10)
    while digits >= power:
        count += 1
        power *= np.uint64(10)
    end = begin + max(count, places + 1) + 1
    for i in range(end - begin):
        if i == places:
            text[end - 1 - i] = ord(".")
        else:
            text[end - 1 - i] = np.uint64(ord("0")) + digits % np.uint64(10)
            digits //= np.uint64(10)
    return end
