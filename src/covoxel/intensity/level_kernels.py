"""Compiled loops over the levels of pixels and cells, and what is read from their ranks."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel.core.compiled import compiled
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray


@compiled
def pack_steps(keys: AnyArray, low: Any, shift: Any, bits: Any, out: AnyArray) -> None:
    """Write for each key the step of `shift` bits above `low` in which it lies, and its index.

    The index fills the lower `bits`.
    """
    for i in range(keys.size):
        out[i] = (keys[i] - low) >> shift << bits | np.uint64(i)


@compiled
def number_levels(
    packed: AnyArray, keys: AnyArray, bits: Any, levels: AnyArray, places: AnyArray
) -> int:
    """Give the levels of keys ascending numbers, and return how many there are.

    Keys are visited in the order of their steps; only those in one step have to be compared.

    Parameters
    ----------
    packed : (N,) uint64 array
        What `pack_steps` wrote of the keys, sorted; it is overwritten.
    keys : (N,) uint64 array
    bits : uint64
        As in `pack_steps`.
    levels : (N,) uint64 array
        Is filled with the distinct keys, as far as there are some.
    places : (N,) uint32 array
        Is filled with the level of each key.
    """
    index, start, level = (np.uint64(1) << bits) - np.uint64(1), 0, -1
    while start < packed.size:
        step, key, stop, alike = packed[start] >> bits, keys[packed[start] & index], start + 1, True
        while stop < packed.size and packed[stop] >> bits == step:
            alike &= keys[packed[stop] & index] == key
            stop += 1
        if not alike:
            _sort_by_keys(packed[start:stop], keys, index)
        for i in range(start, stop):
            pixel = packed[i] & index
            if level < 0 or keys[pixel] != levels[level]:
                level += 1
                levels[level] = keys[pixel]
            places[pixel] = np.uint32(level)
        start = stop
    return level + 1


@compiled
def _sort_by_keys(packed: AnyArray, keys: AnyArray, index: Any) -> None:
    """Sort a few entries by their keys: Shell's sort, with Knuth's gaps."""
    gap = 1
    while 3 * gap < packed.size:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, packed.size):
            entry, j = packed[i], i
            while j >= gap and keys[packed[j - gap] & index] > keys[entry & index]:
                packed[j] = packed[j - gap]
                j -= gap
            packed[j] = entry
        gap //= 3


@compiled
def find_levels(
    packed: AnyArray, keys: AnyArray, levels: AnyArray, shift: Any, bits: Any, out: AnyArray
) -> None:
    """Write the position of each key among ascending levels, all of which are unsigned.

    Keys are visited in the order of their steps, so that levels are passed once; a key has to be
    compared only where several levels lie in its step.

    Parameters
    ----------
    packed : (N,) uint64 array
        What `pack_steps` wrote of the keys and the lowest level, sorted.
    keys, levels : (N,), (L,) uint64 array
        Each key is one of the levels.
    shift, bits : uint64
        As in `pack_steps`.
    out : (N,) uint32 array
    """
    index, step = (np.uint64(1) << bits) - np.uint64(1), ~np.uint64(0)
    start = stop = 0
    for pixel in packed:
        i = pixel & index
        if pixel >> bits != step:
            step = pixel >> bits
            start = stop
            while (levels[start] - levels[0]) >> shift < step:
                start += 1
            stop = start + 1
            while stop < levels.size and (levels[stop] - levels[0]) >> shift == step:
                stop += 1
        first, last = start, stop
        while last - first > 1:
            middle = (first + last) >> 1
            if levels[middle] <= keys[i]:
                first = middle
            else:
                last = middle
        out[i] = np.uint32(first)


@compiled
def place_cells(
    packed: AnyArray,
    count: IntArray,
    starts: IntArray,
    places: IntArray,
    codes: AnyArray,
    totals: IntArray,
    level_starts: IntArray,
) -> None:
    """Give the cells of each region the numbers of their levels in one channel.

    Parameters
    ----------
    packed : (C,) uint64 array
        ``code << 32 | cell``, ascending in each region.
    count : (C,) int array
        Pixels of each cell.
    starts : (R + 1,) int array
        Where the cells of each region begin.
    places : (C,) int array
        Is filled with the level of each cell.
    codes, totals : (C,) array
        Are filled with the code and the pixels of each level, as far as there are levels.
    level_starts : (R + 1,) int array, of 0
        Is filled with where the levels of each region begin.
    """
    level = np.int64(-1)
    for r in range(starts.size - 1):
        last, total = ~np.uint64(0), np.int64(0)
        for i in range(starts[r], starts[r + 1]):
            code, cell = packed[i] >> np.uint64(32), packed[i] & np.uint64(0xFFFFFFFF)
            if code != last:
                level, last, total = level + 1, code, np.int64(0)
                codes[level] = np.uint32(code)
            places[cell] = level
            total += count[cell]
            totals[level] = total
        level_starts[r + 1] = level + 1


@compiled
def count_places(places: IntArray, count: IntArray, totals: IntArray) -> None:
    """Add the pixels of each entry to its place among totals."""
    for i in range(places.size):
        totals[places[i]] += count[i]


@compiled
def centre_ranks(count: IntArray, starts: IntArray, out: FloatArray) -> None:
    """Write the mean rank of each level's pixels, less that of all pixels of its region.

    Parameters
    ----------
    count : (L,) int array
        Pixels of each level.
    starts : (R + 1,) int array
        Where the levels of each region begin.
    out : (L,) float array
    """
    for r in range(starts.size - 1):
        total, before = np.int64(0), np.int64(0)
        for i in range(starts[r], starts[r + 1]):
            total += count[i]
        middle = (total + 1) / 2
        for i in range(starts[r], starts[r + 1]):
            out[i] = before + (count[i] + 1) / 2 - middle
            before += count[i]


@compiled
def multiply_ranks(
    count: IntArray,
    place: tuple[IntArray, IntArray],
    rank: tuple[FloatArray, FloatArray],
    out: FloatArray,
) -> None:
    """Write the pixels of each cell times the ranks of its levels, which are at `place`."""
    for i in range(out.size):
        out[i] = count[i] * rank[0][place[0][i]] * rank[1][place[1][i]]


@compiled
def discordant_pairs(place: IntArray, count: IntArray, starts: IntArray, out: AnyArray) -> None:
    """Count the pairs of pixels of each region of which the earlier has the higher place.

    The pixels so far are summed in a binary indexed tree, of which entry i holds those at as many
    places as the lowest bit of i says, up to the i-th from the highest. Fenwick 1994,
    doi:10.1002/spe.4380240306

    Parameters
    ----------
    place : (C,) int array
    count : (C,) int array
        Pixels of each cell.
    starts : (R + 1,) int array
        Where the cells of each region begin.
    out : (R,) float array
    """
    for r in range(starts.size - 1):
        start, stop = starts[r], starts[r + 1]
        lowest, highest = np.int64(0), np.int64(-1)
        if start < stop:
            lowest = highest = place[start]
        for i in range(start, stop):
            lowest, highest = min(lowest, place[i]), max(highest, place[i])
        size = highest - lowest + 1
        tree, crossed = np.zeros(size + 1, np.int64), 0.0  # pairs may be more than 2⁶³
        for i in range(start, stop):
            above, entry = np.int64(0), highest - place[i]
            while entry > 0:
                above += tree[entry]
                entry &= entry - 1
            crossed += np.float64(count[i]) * np.float64(above)
            entry = highest - place[i] + 1
            while entry <= size:
                tree[entry] += count[i]
                entry += entry & -entry
        out[r] = crossed


@compiled
def weigh_amounts(
    place: tuple[IntArray, IntArray],
    amount: tuple[FloatArray, FloatArray],
    above: tuple[BoolArray, BoolArray],
    rank: tuple[IntArray, IntArray],
    count: IntArray,
    starts: IntArray,
    highest: IntArray,
    out: FloatArray,
) -> None:
    """Weigh the intensity of cells by how close their ranks in both channels are.

    Parameters
    ----------
    place : tuple of (C,) int array
        The level of each cell in channel 1 and 2.
    amount, above, rank : tuple of (L,) array
        Intensity above the background, whether above the threshold, and rank of each level.
    count : (C,) int array
        Pixels of each cell.
    starts : (R + 1,) int array
        Where the cells of each region begin.
    highest : (R,) int array
        How many ranks a region has.
    out : (6, C) float array
        Is filled with the intensity of channel 1 above both thresholds, weighted; all of it; that
        above its own threshold; and the same of channel 2.
    """
    for r in range(starts.size - 1):
        for i in range(starts[r], starts[r + 1]):
            one, other = place[0][i], place[1][i]
            weight = 1 - abs(rank[0][one] - rank[1][other]) / highest[r]
            own1, own2 = np.float64(above[0][one]), np.float64(above[1][other])
            amount1, amount2 = count[i] * amount[0][one], count[i] * amount[1][other]
            out[0, i], out[1, i], out[2, i] = (
                amount1 * (own1 * own2) * weight,
                amount1,
                amount1 * own1,
            )
            out[3, i], out[4, i], out[5, i] = (
                amount2 * (own1 * own2) * weight,
                amount2,
                amount2 * own2,
            )
