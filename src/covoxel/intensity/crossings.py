"""Counting inversions in many short rows at once: a merge sort whose merges are numpy's sort."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import AnyArray, IntArray

#: Bits of a position within a leaf, the piece in which all pairs are compared.
_LEAF_BITS = 4


def padded_width(length: AnyArray) -> IntArray:
    """Return the next width of a row that halves into leaves: at most an eighth is padding."""
    leaf, halvings = _leaves(length)
    return leaf << halvings


def _leaves(length: AnyArray) -> tuple[IntArray, IntArray]:
    """Return the length of the leaves of a row, and how often they double to fill it."""
    bits = np.frexp(np.maximum(length - 1, 0))[1].astype(np.int64)
    halvings = np.maximum(bits - _LEAF_BITS, 0)
    return -(-length >> halvings), halvings


def crossings(levels: IntArray) -> IntArray:
    """Return how many pairs of each row stand in descending order.

    Halves of a row, each sorted, are merged by sorting them together. If a half holds m
    entries, the j-th of the right half comes to the place p among both, then p − j of the
    left half stand before it and m − (p − j) cross it: the sum of p is all that is needed.

    Parameters
    ----------
    levels : (R, W) int array
        Not negative; W is a `padded_width`, and what fills a row is at its end and not below
        any other entry.

    Returns
    -------
    (R,) int array
    """
    n, width = levels.shape
    leaf, halvings = (int(size[0]) for size in _leaves(np.array([width])))
    bits = _LEAF_BITS + halvings
    short = int(levels.max(initial=0)).bit_length() + bits <= 32
    whole = np.dtype(np.uint32 if short else np.uint64).type
    column = np.arange(width)
    position = column // leaf << _LEAF_BITS | column % leaf
    keys = levels.astype(whole) << whole(bits) | position.astype(whole)
    crossed: IntArray = _within_leaves(keys.reshape(-1, leaf)).reshape(n, -1).sum(axis=1)
    half = leaf
    for bit in range(_LEAF_BITS, bits):
        blocks = keys.reshape(-1, 2 * half)
        blocks.sort(axis=1)
        places = blocks >> whole(bit) & whole(1)  # 1 where the right half went
        places *= np.arange(2 * half, dtype=whole)
        pairs = half * half + half * (half - 1) // 2
        crossed += width // (2 * half) * pairs
        crossed -= places.reshape(n, -1).sum(axis=1, dtype=np.int64)
        half *= 2
    return crossed


def _within_leaves(keys: AnyArray) -> IntArray:
    """Return the descending pairs of each leaf; of two equal levels the first is the lower key."""
    columns = np.ascontiguousarray(keys.T)
    crossed = np.zeros(keys.shape[0], np.int64)
    for i, column in enumerate(columns[:-1]):
        crossed += (column > columns[i + 1 :]).sum(axis=0, dtype=np.uint8)
    return crossed
