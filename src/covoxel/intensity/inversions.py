"""Counting discordant pairs of pixels among sorted cells, with numpy alone."""

from __future__ import annotations

import numpy as np

from covoxel._types import FloatArray, IntArray
from covoxel.intensity.cells import Cells

#: Steps over levels that cost as much as merging one cell.
_STEPS_A_CELL = 300


def discordant(cells: Cells, place: IntArray) -> FloatArray:
    """Return the discordant pairs of pixels of each region.

    Cells are ascending in (region, code1, code2). Two pixels are discordant if the one with
    the greater first code has the lower second level. `place` is the second level on a flat
    axis on which regions follow each other, so that pairs across regions never count; nor
    do cells of one first code, whose second levels ascend.
    """
    if cells.n_regions == 1 and place.size:
        rows = np.append(0, np.flatnonzero(cells.code1[1:] != cells.code1[:-1]) + 1)
        lowest = place.min()
        levels = int(place.max() - lowest) + 1
        if rows.size * levels <= _STEPS_A_CELL * place.size:
            return _walked(np.append(rows, place.size), place - lowest, cells.count, levels)
    return _merged(cells, place)


def _walked(rows: IntArray, place: IntArray, count: IntArray, levels: int) -> FloatArray:
    """Walk over the first codes from the highest down, counting what lies at lower levels.

    The cells of a first code are those between two entries of `rows`.
    """
    lower = np.zeros(levels)  # pixels of greater first codes below each level
    crossed = 0.0
    for start, stop in zip(rows[-2::-1].tolist(), rows[:0:-1].tolist(), strict=True):
        level, pixels = place[start:stop], count[start:stop]
        crossed += float(pixels @ lower[level])
        lower[1:] += np.cumsum(np.bincount(level, pixels, levels))[:-1]
    return np.array([crossed])


def _merged(cells: Cells, place: IntArray) -> FloatArray:
    """Count by a merge.

    A merge sort run backwards: the cells of each region, sorted by second level, are split by
    one bit of their position after another. Before each split the cells of a block lie in
    order of second level, so running sums tell how much weight of the block's left half stands
    above each cell of its right half.
    """
    n = place.size
    crossed = np.zeros(n)
    order = np.argsort(place, kind="stable")
    weight = cells.count[order].astype(np.float64)
    start, stop = cells.per_cell(cells.starts[:-1]), cells.per_cell(cells.starts[1:])
    position = order - start
    index = np.arange(n)
    for bit in range(_bits(cells) - 1, -1, -1):
        right = (position >> bit & 1).astype(np.bool_)
        block = start + (index - start >> bit + 1 << bit + 1)
        end = np.minimum(block + (2 << bit), stop)
        left = np.concatenate([[0.0], np.cumsum(np.where(right, 0.0, weight))])
        crossed[position + start] += np.where(right, weight * (left[end] - left[1:]), 0.0)
        lefts = np.concatenate([[0], np.cumsum(~right)])
        before, within = lefts[:-1] - lefts[block], lefts[end] - lefts[block]
        target = block + np.where(right, within + (index - block) - before, before)
        moved_position, moved_weight = np.empty_like(position), np.empty_like(weight)
        moved_position[target], moved_weight[target] = position, weight
        position, weight = moved_position, moved_weight
    return cells.sums(crossed)


def _bits(cells: Cells) -> int:
    """Return the bits that a position within the largest region has."""
    return max(0, int(np.diff(cells.starts).max(initial=0)) - 1).bit_length()
