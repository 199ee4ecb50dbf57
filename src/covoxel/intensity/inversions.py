"""Counting discordant pairs of pixels among sorted cells, with numpy alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from covoxel.core.types import FloatArray, IntArray
from covoxel.intensity.cells import Cells
from covoxel.intensity.crossings import crossings, padded_width

#: Steps over levels that cost as much as merging one cell, or as sorting one pixel.
_STEPS_A_CELL, _STEPS_A_PIXEL = 300, 12
#: Pixels are sorted where a cell does not hold more than this many, which bounds the memory.
_PIXELS_A_CELL = 8
#: Regions up to this many pixels are small; so many pixels are sorted together.
_SMALL = 1 << 16


def discordant(cells: Cells, place: IntArray) -> FloatArray:
    """Return the discordant pairs of pixels of each region.

    Cells are ascending in (region, code1, code2). Two pixels are discordant if the one with
    the greater first code has the lower second level. `place` is the second level on a flat
    axis on which regions follow each other. Cells of one first code never count, as their
    second levels ascend.
    """
    crossed = np.zeros(cells.n_regions)
    sizes, pixels = np.diff(cells.starts), cells.sums(cells.count)
    small, dense = pixels <= _SMALL, pixels > _PIXELS_A_CELL * sizes
    for regions in _alike(np.flatnonzero(small & ~dense & (pixels > 0)), pixels):
        crossed[regions] = _sorted(*_picked(cells, place, regions))
    regions = np.flatnonzero(small & dense)
    crossed[regions] = _merged(*_picked(cells, place, regions))
    for region in np.flatnonzero(~small).tolist():
        inside = slice(cells.starts[region], cells.starts[region + 1])
        alone = slice(region, region + 1)
        crossed[alone] = _of_one(cells.between(region, region + 1), place[inside])
    return crossed


def _alike(regions: IntArray, pixels: IntArray) -> Iterator[IntArray]:
    """Yield regions of one width, a few at a time, so that they stay in cache."""
    widths = padded_width(pixels[regions])
    order = np.argsort(widths, kind="stable")
    regions, widths = regions[order], widths[order]
    ends = np.flatnonzero(np.diff(widths, prepend=0, append=0))
    for start, stop in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        step = max(1, _SMALL // int(widths[start]))
        for first in range(start, stop, step):
            yield regions[first : min(first + step, stop)]


def _picked(cells: Cells, place: IntArray, regions: IntArray) -> tuple[Cells, IntArray]:
    """Return the cells of some regions, and their second levels."""
    sizes = cells.starts[regions + 1] - cells.starts[regions]
    ends = np.cumsum(sizes)
    at = np.repeat(cells.starts[regions] + sizes - ends, sizes) + np.arange(sizes.sum())
    starts = np.concatenate([[0], ends])
    return Cells(0, starts, cells.code1[at], cells.code2[at], cells.count[at]), place[at]


def _of_one(cells: Cells, place: IntArray) -> FloatArray:
    """Count in one large region, in whichever way is fastest."""
    pixels = int(cells.count.sum())
    rows = np.append(0, np.flatnonzero(cells.code1[1:] != cells.code1[:-1]) + 1)
    lowest = place.min()
    levels = int(place.max() - lowest) + 1
    merging, sorting = _STEPS_A_CELL * place.size, _STEPS_A_PIXEL * pixels
    dense = pixels > _PIXELS_A_CELL * place.size
    if rows.size * levels <= (merging if dense else min(merging, sorting)):
        return _walked(np.append(rows, place.size), place - lowest, cells.count, levels)
    return _merged(cells, place) if dense or merging < sorting else _sorted(cells, place)


def _sorted(cells: Cells, place: IntArray) -> FloatArray:
    """Count by sorting the pixels of regions, which have one width."""
    starts, pixels = cells.starts[:-1], cells.sums(cells.count)
    level = place - cells.per_cell(np.minimum.reduceat(place, starts))
    width = int(padded_width(pixels)[0])
    levels = np.full((pixels.size, width), level.max())
    levels[np.arange(width) < pixels[:, None]] = np.repeat(level, cells.count)
    return crossings(levels).astype(np.float64)


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
