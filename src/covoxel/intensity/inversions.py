"""Counting discordant pairs of pixels among sorted cells, with numpy alone."""

from __future__ import annotations

import numpy as np

from covoxel._types import FloatArray, IntArray
from covoxel.intensity.cells import Cells


def discordant(cells: Cells, place: IntArray) -> FloatArray:
    """Return the discordant pairs of pixels of each region.

    Cells are ascending in (region, code1, code2). Two pixels are discordant if the one with
    the greater first code has the lower second level. `place` is the second level on a flat
    axis on which regions follow each other, so that pairs across regions never count; nor
    do cells of one first code, whose second levels ascend.

    A merge sort run backwards: the cells, sorted by second level, are split by one bit of
    their position after another. Before each split the cells of a block lie in order of
    second level, so running sums tell how much weight of the block's left half stands above
    each cell of its right half.
    """
    n = place.size
    crossed = np.zeros(n)
    position = np.argsort(place, kind="stable")
    weight = cells.count[position].astype(np.float64)
    index = np.arange(n)
    for bit in range(int(n - 1).bit_length() - 1, -1, -1) if n > 1 else ():
        right = (position >> bit & 1).astype(np.bool_)
        left_weight = np.cumsum(np.where(right, 0.0, weight))
        block = index >> bit + 1
        ends = np.minimum((np.arange(block[-1] + 1) + 1) << bit + 1, n) - 1
        standing = left_weight[ends][block] - left_weight
        crossed[position] += np.where(right, weight * standing, 0.0)
        n_left = np.cumsum(~right)
        start = block << bit + 1
        left_before = np.concatenate([[0], n_left[ends]])[block]
        at_left = start + n_left - 1 - left_before
        left_in_block = n_left[ends][block] - left_before
        at_right = start + left_in_block + (index - start) - (n_left - left_before)
        target = np.where(right, at_right, at_left)
        moved_position, moved_weight = np.empty_like(position), np.empty_like(weight)
        moved_position[target], moved_weight[target] = position, weight
        position, weight = moved_position, moved_weight
    return cells.sums(crossed)
