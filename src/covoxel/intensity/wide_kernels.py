"""Compiled sums of integers that need more than 64 bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel.core.compiled import compiled
from covoxel.core.types import AnyArray, IntArray


@compiled
def _product(x: Any, y: Any) -> tuple[Any, Any]:
    """Return the lower and the upper 64 bits of a product."""
    low, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    x0, x1, y0, y1 = x & low, x >> shift, y & low, y >> shift
    cross = x1 * y0 + (x0 * y0 >> shift)
    middle = x0 * y1 + (cross & low)
    return x * y, x1 * y1 + (cross >> shift) + (middle >> shift)


@compiled
def _add_wide(out: AnyArray, at: int, negative: bool, x: Any, y: Any, weight: Any) -> None:
    """Add a product of three factors to a number of three words, the lowest first."""
    low, high = _product(x, y)
    low, carry = _product(low, weight)
    middle, high = _product(high, weight)
    middle += carry
    high += np.uint64(middle < carry)
    if negative:  # two's complement
        low, middle, high = ~low + np.uint64(1), ~middle, ~high
        middle += np.uint64(low == 0)
        high += np.uint64((low == 0) & (middle == 0))
    out[at] += low
    carry = np.uint64(out[at] < low)
    out[at + 1] += carry
    carry = np.uint64(out[at + 1] < carry)
    out[at + 1] += middle
    out[at + 2] += high + carry + np.uint64(out[at + 1] < middle)


@compiled
def add_wide_integers(
    value1: AnyArray,
    value2: AnyArray,
    count: IntArray | None,
    classes: AnyArray | None,
    which: int,
    out: AnyArray,
) -> None:
    """Add pixels to n, and in three words each to Σa, Σb, Σa², Σb², Σab."""
    one = np.uint64(1)
    for i in range(value1.size):
        if classes is not None and classes[i] != np.uint8(which):
            continue
        w = one
        if count is not None:
            w = np.uint64(count[i])
        minus1, minus2 = value1[i] < 0, value2[i] < 0
        a, b = np.uint64(value1[i]), np.uint64(value2[i])
        if minus1:
            a = ~a + one
        if minus2:
            b = ~b + one
        out[0] += w
        _add_wide(out, 1, minus1, a, one, w)
        _add_wide(out, 4, minus2, b, one, w)
        _add_wide(out, 7, False, a, a, w)
        _add_wide(out, 10, False, b, b, w)
        _add_wide(out, 13, minus1 != minus2, a, b, w)
