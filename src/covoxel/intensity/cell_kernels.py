"""Compiled loops that make levels and cells of pixels, and merge them."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel.core.compiled import compiled
from covoxel.core.types import AnyArray, IntArray

#: Bits of a key that are sorted at once.
_DIGIT = 8
#: A number of which no 6 bits in a row are the same, and where its upper ones lead to (de Bruijn).
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_BITS = np.argsort([(0x03F79D71B4CB0A89 << i & 0xFFFFFFFFFFFFFFFF) >> 58 for i in range(64)])


@compiled
def count_levels(values: AnyArray, inside: Any, region: Any, counts: AnyArray) -> None:
    """Count the pixels at each level.

    Parameters
    ----------
    values : (N,) uint8 or uint16 array
    inside : (N,) bool array or None
        Which pixels count.
    region : (N,) uint32 array or None
        Index of each one's region + 1; pixels of 0 do not count.
    counts : (R, L) int array
        Raised in place; has a place for each level.
    """
    apart = np.zeros((4, counts.shape[1]), np.uint32)  # so that equal pixels do not wait
    for i in range(values.size):
        if region is not None:
            if region[i] > 0:
                counts[region[i] - 1, values[i]] += 1
        elif inside is not None:
            apart[i & 3, values[i]] += np.uint32(inside[i])
        else:
            apart[i & 3, values[i]] += np.uint32(1)
    for row in apart:
        counts[0] += row


@compiled
def count_pairs(
    code1: AnyArray, code2: AnyArray, low1: int, low2: int, counts: AnyArray
) -> tuple[AnyArray, IntArray]:
    """Count pairs of codes of 16 bits in a table.

    Parameters
    ----------
    code1, code2 : (N,) uint16 array
    low1, low2 : int
        The lowest codes.
    counts : (W1, W2) uint32 array
        Of 0; has a place for each pair from the lowest codes on. W2 is a multiple of 8.

    Returns
    -------
    (C,) uint32 array, (C,) int array
        ``code1 << 16 | code2`` of the pairs that occur, ascending, and the pixels of each.
    """
    width = np.uint64(counts.shape[1])
    flat, lowest = counts.reshape(-1), np.uint64(low1) * width + np.uint64(low2)
    for i in range(code1.size):
        flat[np.uint64(code1[i]) * width + np.uint64(code2[i]) - lowest] += np.uint32(1)
    most = min(code1.size, flat.size) + 1
    keys, totals = np.empty(most, np.uint32), np.empty(most, np.int64)
    at, twos = 0, flat.view(np.uint64)
    for i in range(counts.shape[0]):
        for j in range(0, counts.shape[1], 8):  # most of a table is empty
            start = np.uint64(i) * width + np.uint64(j)
            two = start >> np.uint64(1)
            if twos[two] | twos[two + 1] | twos[two + 2] | twos[two + 3]:
                key = np.uint32((low1 + i) << 16 | (low2 + j))
                for k in range(8):
                    keys[at] = key + np.uint32(k)
                    totals[at] = flat[start + np.uint64(k)]
                    at += totals[at] > 0
    return keys[:at].copy(), totals[:at].copy()


@compiled
def radix_sort(keys: AnyArray, payload: Any) -> tuple[AnyArray, Any]:
    """Sort unsigned keys, and a payload (an array or None); equal keys keep their order.

    Both arrays are overwritten.
    """
    used = keys.dtype.type(0)
    for key in keys:
        used |= key
    bits = 0
    while bits < 64 and np.uint64(used) >> np.uint64(bits) > 0:
        bits += _DIGIT
    size, mask = 1 << _DIGIT, np.uint64((1 << _DIGIT) - 1)
    starts = np.zeros((bits // _DIGIT, size), np.int64)
    for key in keys:
        for digit in range(len(starts)):
            starts[digit, np.uint64(key) >> np.uint64(digit * _DIGIT) & mask] += 1
    here, there = keys, np.empty_like(keys)
    load_here = load_there = payload
    if payload is not None:
        load_there = np.empty_like(payload)
    for digit in range(len(starts)):
        next_place, total, alike = starts[digit], 0, False
        for value in range(size):
            count = next_place[value]
            alike |= count == keys.size
            next_place[value] = total
            total += count
        if alike:
            continue
        shift = np.uint64(digit * _DIGIT)
        for i in range(keys.size):
            bucket = np.uint64(here[i]) >> shift & mask
            place = next_place[bucket]
            next_place[bucket] = place + 1
            there[place] = here[i]
            if payload is not None:
                load_there[place] = load_here[i]
        here, there = there, here
        load_here, load_there = load_there, load_here
    return here, load_here


@compiled
def add_up(keys: AnyArray, region: Any, count: Any, totals: IntArray) -> int:
    """Add up the pixels of equal keys, which are sorted in each region; return how many differ.

    Parameters
    ----------
    keys : (N,) unsigned array
        Those that differ are moved to the front.
    region : (N,) unsigned array or None
        Ascending, and moved like the keys; None where there is one region, or the keys tell it.
    count : (N,) int array or None
        Pixels of each key; 1 without it.
    totals : (N,) int array
        Is filled with the pixels of the keys at the front.
    """
    if keys.size == 0:
        return 0
    at, total, last, last_region = 0, np.int64(0), keys[0], np.uint64(0)
    if region is not None:
        last_region = np.uint64(region[0])
    for i in range(keys.size):  # without branches, which would be guessed wrong
        key, fresh = keys[i], keys[i] != last
        if region is not None:
            fresh |= np.uint64(region[i]) != last_region
            last_region = np.uint64(region[i])
        at += fresh
        total *= not fresh
        total += 1 if count is None else count[i]
        keys[at], totals[at], last = key, total, key
        if region is not None:
            region[at] = last_region
    return at + 1


@compiled
def merge_sorted(
    key1: AnyArray,
    region1: Any,
    count1: AnyArray,
    key2: AnyArray,
    region2: Any,
    count2: AnyArray,
    key: AnyArray,
    region: Any,
    count: IntArray,
) -> int:
    """Merge two lists of sorted distinct keys, adding up equal ones; return how many differ.

    Parameters
    ----------
    key1, key2 : (N1,), (N2,) unsigned array
        Ascending in each region.
    region1, region2 : (N1,), (N2,) uint32 array or None
        Ascending; None where there is one region, or the keys tell it.
    count1, count2 : (N1,), (N2,) int array
        Pixels of each key.
    key, region, count : (N1 + N2,) array or None
        Are filled with those of both.
    """
    i, j, at = 0, 0, 0
    while i < key1.size and j < key2.size:  # without branches, which would be guessed wrong
        first, second = key1[i] <= key2[j], key2[j] <= key1[i]
        if region is not None:
            same = region1[i] == region2[j]
            first = (region1[i] < region2[j]) | (same & first)
            second = (region2[j] < region1[i]) | (same & second)
            region[at] = region1[i] if first else region2[j]
        key[at] = key1[i] if first else key2[j]
        count[at] = count1[i] * first + count2[j] * second
        i, j, at = i + first, j + second, at + 1
    for start, keys, regions, counts in ((i, key1, region1, count1), (j, key2, region2, count2)):
        for k in range(start, keys.size):
            key[at], count[at] = keys[k], counts[k]
            if region is not None:
                region[at] = regions[k]
            at += 1
    return at


@compiled
def _places(region: AnyArray, n_regions: int) -> IntArray:
    """Return where the pixels of each region begin among those of all, at its index + 1."""
    places = np.zeros(n_regions + 2, np.int64)
    for one in region:
        places[one + 1] += 1
    places[1] = 0
    for r in range(1, places.size):
        places[r] += places[r - 1]
    return places


@compiled
def _lowest_bit(word: Any) -> Any:
    """Return the place of the lowest bit that is set."""
    return _BITS[(word & (~word + np.uint64(1))) * _DE_BRUIJN >> np.uint64(58)]


@compiled
def count_region_levels(
    values: AnyArray, region: AnyArray, starts: IntArray, levels: AnyArray, totals: AnyArray
) -> None:
    """Count the pixels at each level of each region, which are sorted region by region.

    Parameters
    ----------
    values : (N,) uint8 or uint16 array
    region : (N,) uint32 array
        Index of each one's region + 1; pixels of 0 do not count.
    starts : (R + 1,) int array, of 0
        Is filled with where the levels of each region begin.
    levels, totals : (N,) array
        Are filled with the levels and their pixels, as far as there are some.
    """
    places = _places(region, starts.size - 1)
    near = np.empty(region.size, values.dtype)
    for i in range(region.size):
        if region[i] > 0:
            place = places[region[i]]
            places[region[i]] = place + 1
            near[place] = values[i]
    # bits say which levels occur, and which words of them, so that the others are passed over
    table, words, groups = (
        np.zeros(1 << 16, np.int64),
        np.zeros(1 << 10, np.uint64),
        np.zeros(16, np.uint64),
    )
    one, start, at = np.uint64(1), 0, 0
    for r in range(starts.size - 1):
        stop = places[r + 1]
        for i in range(start, stop):
            value = np.int64(near[i])
            table[value] += 1
            words[value >> 6] |= one << np.uint64(value & 63)
            groups[value >> 12] |= one << np.uint64(value >> 6 & 63)
        for group in range(groups.size):
            held, groups[group] = groups[group], 0
            while held > 0:
                word = 64 * group + _lowest_bit(held)
                held &= held - one
                bits, words[word] = words[word], 0
                while bits > 0:
                    value = 64 * word + _lowest_bit(bits)
                    bits &= bits - one
                    levels[at], totals[at], table[value] = value, table[value], 0
                    at += 1
        starts[r + 1], start = at, stop
