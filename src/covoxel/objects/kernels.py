"""Compiled loops over the pixels of objects."""

from __future__ import annotations

from covoxel.core.compiled import compiled
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray


@compiled
def tally(
    index: AnyArray,
    inside: BoolArray,
    pixels: IntArray,
    sums: FloatArray,
    lowest: IntArray,
    highest: IntArray,
    cut: BoolArray,
) -> None:
    """Add up pixels and places of objects (Z, Y, X), and widen their boxes.

    `index` holds the number of each pixel's object from 1, 0 outside; `inside` has one pixel more
    at each end of an axis, and is False where neither the frame nor the mask is.
    """
    deep, high, wide = index.shape
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
                if not (
                    inside[z, y + 1, x + 1]
                    and inside[z + 2, y + 1, x + 1]
                    and inside[z + 1, y, x + 1]
                    and inside[z + 1, y + 2, x + 1]
                    and inside[z + 1, y + 1, x]
                    and inside[z + 1, y + 1, x + 2]
                ):
                    cut[at] = True
