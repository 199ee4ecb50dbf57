"""Compiled loops over the pixels of objects."""

from __future__ import annotations

import numpy as np

from covoxel.core.compiled import compiled
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray


@compiled
def tally(
    index: AnyArray,
    mask: BoolArray,
    pixels: IntArray,
    sums: FloatArray,
    lowest: IntArray,
    highest: IntArray,
    cut: BoolArray,
) -> None:
    """Add up pixels and places of objects (Z, Y, X), and widen their boxes.

    `index` holds the number of each pixel's object from 1, 0 outside. An empty `mask` is one of
    the whole frame. `cut` is set where a neighbour along an axis of more than one pixel is outside.
    """
    deep, high, wide = index.shape
    masked = mask.size > 0
    for z in range(deep):
        for y in range(high):
            for x in range(wide):
                number = index[z, y, x]
                if number == 0:
                    continue
                at = number - 1
                pixels[at] += 1
                place = (z, y, x)
                for axis in range(3):
                    sums[at, axis] += place[axis]
                    lowest[at, axis] = min(lowest[at, axis], place[axis])
                    highest[at, axis] = max(highest[at, axis], place[axis] + 1)
                if (
                    (deep > 1 and (z == 0 or z == deep - 1))
                    or (high > 1 and (y == 0 or y == high - 1))
                    or (wide > 1 and (x == 0 or x == wide - 1))
                ) or (
                    masked
                    and not (
                        (deep == 1 or (mask[z - 1, y, x] and mask[z + 1, y, x]))
                        and (high == 1 or (mask[z, y - 1, x] and mask[z, y + 1, x]))
                        and (wide == 1 or (mask[z, y, x - 1] and mask[z, y, x + 1]))
                    )
                ):
                    cut[at] = True


@compiled
def border_pixels(index: AnyArray, owner: IntArray, position: IntArray) -> int:
    """Write the pixels at the borders of objects (Z, Y, X), and return how many there are.

    They are in C order: the place of the object, and that of the pixel in the flat frame. At a
    border some neighbour along an axis belongs to another object, to none or is beyond the frame.
    """
    deep, high, wide = index.shape
    n = 0
    for z in range(deep):
        for y in range(high):
            for x in range(wide):
                number = index[z, y, x]
                if number == 0:
                    continue
                if (
                    0 < y < high - 1
                    and 0 < x < wide - 1
                    and (deep == 1 or 0 < z < deep - 1)
                    and index[z, y - 1, x] == number
                    and index[z, y + 1, x] == number
                    and index[z, y, x - 1] == number
                    and index[z, y, x + 1] == number
                    and (deep == 1 or index[z - 1, y, x] == number)
                    and (deep == 1 or index[z + 1, y, x] == number)
                ):
                    continue
                owner[n], position[n] = number - 1, (z * high + y) * wide + x
                n += 1
    return n


@compiled
def _box_gap(
    lowest1: FloatArray,
    highest1: FloatArray,
    lowest2: FloatArray,
    highest2: FloatArray,
    reach: FloatArray,
    step: FloatArray,
) -> float:
    """Return the squared distance of two boxes."""
    total = 0.0
    for axis in range(3):
        gap = max(lowest1[axis] - highest2[axis], lowest2[axis] - highest1[axis]) - reach[axis]
        if gap > 0:
            total += (gap * step[axis]) ** 2
    return total


@compiled
def _pair_gap(
    places1: FloatArray,
    places2: FloatArray,
    lowest2: FloatArray,
    highest2: FloatArray,
    reach: FloatArray,
    step: FloatArray,
    best: float,
) -> float:
    """Return the squared distance of two objects, or `best` if it is not less.

    The places of object 2 ascend along the first axis.
    """
    n = places2.shape[0]
    for i in range(places1.shape[0]):
        place = places1[i]
        if _box_gap(place, place, lowest2, highest2, reach, step) >= best:
            continue
        limit = reach[0] + best**0.5 / step[0]
        low, high = 0, n
        while low < high:
            middle = (low + high) // 2
            if places2[middle, 0] < place[0] - limit:
                low = middle + 1
            else:
                high = middle
        for j in range(low, n):
            if places2[j, 0] > place[0] + limit:
                break
            total = 0.0
            for axis in range(3):
                gap = abs(place[axis] - places2[j, axis]) - reach[axis]
                if gap > 0:
                    total += (gap * step[axis]) ** 2
            if total < best:
                best = total
                if best == 0:
                    return best
                limit = reach[0] + best**0.5 / step[0]
    return best


@compiled
def nearest_gaps(
    starts1: IntArray,
    places1: FloatArray,
    lowest1: FloatArray,
    highest1: FloatArray,
    group1: IntArray,
    starts2: IntArray,
    places2: FloatArray,
    lowest2: FloatArray,
    highest2: FloatArray,
    group2: IntArray,
    order: IntArray,
    farthest: FloatArray,
    reach: FloatArray,
    step: FloatArray,
    partner: IntArray,
    gaps: FloatArray,
) -> None:
    """Find the squared distance from each object 1 to the nearest object 2, and which that is.

    Both are of the same group.

    `partner` holds a first guess, -1 for objects that are left out; objects whose gap is 0 already
    are left as they are. `order` sorts objects 2 by the low end of their boxes along the first
    axis; `farthest` has the highest end so far in that order.
    """
    for i in range(starts1.size - 1):
        if partner[i] < 0 or gaps[i] == 0:
            continue
        own = places1[starts1[i] : starts1[i + 1]]
        guess = partner[i]
        other = places2[starts2[guess] : starts2[guess + 1]]
        best = _pair_gap(own, other, lowest2[guess], highest2[guess], reach, step, np.inf)
        low, high = 0, order.size
        limit = reach[0] + best**0.5 / step[0]
        while low < high:
            middle = (low + high) // 2
            if farthest[middle] < lowest1[i, 0] - limit:
                low = middle + 1
            else:
                high = middle
        for place in range(low, order.size):
            j = order[place]
            if best == 0 or lowest2[j, 0] > highest1[i, 0] + reach[0] + best**0.5 / step[0]:
                break
            if j == guess or group2[j] != group1[i]:
                continue
            if _box_gap(lowest1[i], highest1[i], lowest2[j], highest2[j], reach, step) >= best:
                continue
            other = places2[starts2[j] : starts2[j + 1]]
            gap = _pair_gap(own, other, lowest2[j], highest2[j], reach, step, best)
            if gap < best:
                best = gap
                partner[i] = j
        gaps[i] = best
