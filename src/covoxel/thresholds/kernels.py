"""Compiled loops: the walk along Costes' line, for whole numbers, and Otsu's threshold."""

from __future__ import annotations

import numpy as np

from covoxel.core.compiled import compiled
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray

#: Of one channel: where the levels of each region begin, the levels, their pixels, and the level
#: of each cell.
MarginalArrays = tuple[IntArray, IntArray, IntArray, IntArray]


@compiled
def crossings(
    wanted: BoolArray,
    slope: FloatArray,
    intercept: FloatArray,
    cells: tuple[IntArray, IntArray],
    channel1: MarginalArrays,
    channel2: MarginalArrays,
    fewest: int,
) -> tuple[FloatArray, IntArray]:
    """Return where r below a line changes its sign, and sums below, region by region.

    Parameters
    ----------
    wanted : (R,) bool array
        Regions with a line that rises, whose sums int64 holds when they are multiplied by pixels.
    slope, intercept : (R,) float array
        Of the lines.
    cells : (R + 1,) int array, (C,) int array
        Where the cells of each region begin, and their pixels.
    channel1, channel2 : tuple of int arrays
    fewest : int
        Pixels on which r is defined.

    Returns
    -------
    (R, 3) float array
        The highest thresholds below which r is not positive, and the lowest level of channel 1 at
        which r changes its sign; NaN where there is none.
    (R, 6) int array
        Pixels, Σa, Σb, Σa², Σb², Σab below these thresholds.
    """
    (starts, count), (starts1, values1, counts1, place1) = cells, channel1
    starts2, values2, counts2, place2 = channel2
    found = np.full((wanted.size, 3), np.nan)
    best = np.zeros((wanted.size, 6), np.int64)
    for r in np.flatnonzero(wanted):
        own1, own2 = slice(starts1[r], starts1[r + 1]), slice(starts2[r], starts2[r + 1])
        levels1, levels2 = values1[own1], values2[own2]
        path1, path2 = _path(
            levels1[counts1[own1] > 0], levels2[counts2[own2] > 0], slope[r], intercept[r]
        )
        turn1, turn2 = _turns(levels1, path1), _turns(levels2, path2)
        added = np.zeros((path1.size + 1, 6), np.int64)
        for i in range(starts[r], starts[r + 1]):
            at1, at2 = place1[i] - starts1[r], place2[i] - starts2[r]
            a, b, total = levels1[at1], levels2[at2], added[min(turn1[at1], turn2[at2])]
            total[0] += count[i]
            total[1] += count[i] * a
            total[2] += count[i] * b
            total[3] += count[i] * a * a
            total[4] += count[i] * b * b
            total[5] += count[i] * a * b
        _cross(added, path1, path2, fewest, found[r], best[r])
    return found, best


@compiled
def _path(
    levels1: IntArray, levels2: IntArray, slope: float, intercept: float
) -> tuple[FloatArray, FloatArray]:
    """Return the thresholds at every level of either channel, from where both channels begin."""
    path1, path2 = np.empty((2, levels1.size + levels2.size))
    i = j = steps = 0
    highest = -np.inf  # rounding may not break the order
    while i < levels1.size or j < levels2.size:
        along1 = (levels2[j] - intercept) / slope if j < levels2.size else np.inf
        if i < levels1.size and (j == levels2.size or levels1[i] <= along1):
            along1, along2 = np.float64(levels1[i]), slope * levels1[i] + intercept
            i += 1
        else:
            along2 = np.float64(levels2[j])
            j += 1
        highest = max(highest, along2)
        if along1 >= levels1[0] and highest >= levels2[0]:
            path1[steps], path2[steps] = along1, highest
            steps += 1
    return path1[:steps], path2[:steps]


@compiled
def _turns(levels: IntArray, path: FloatArray) -> IntArray:
    """Return how many steps of a path each level is above."""
    found, step = np.empty(levels.size, np.int64), 0
    for i in range(levels.size):
        while step < path.size and path[step] < levels[i]:
            step += 1
        found[i] = step
    return found


@compiled
def _cross(
    added: IntArray,
    path1: FloatArray,
    path2: FloatArray,
    fewest: int,
    found: FloatArray,
    best: IntArray,
) -> None:
    """Look for the steps at which r changes its sign; `added` is what each adds to the sums."""
    sums, last, turned, positive = np.zeros(6, np.int64), -1, -1, False
    for step in range(path1.size):
        sums += added[step]
        n, s1, s2, s11, s22, s12 = sums
        if n < fewest or n * s11 <= s1 * s1 or n * s22 <= s2 * s2:
            continue
        before, positive = positive, bool(n * s12 > s1 * s2)
        if last >= 0 and turned < 0 and positive != before:
            turned = last
        last = step
        if not positive:
            found[0], found[1], best[:] = path1[step], path2[step], sums
    found[2] = found[0] if turned < 0 else path1[turned]


@compiled
def largest_variance(values: AnyArray, counts: IntArray, starts: IntArray, out: FloatArray) -> None:
    """Find the level of each region at which the variance between two classes is largest.

    Counts have 32 bits, as scikit-image has them, so that thresholds are the same.

    Parameters
    ----------
    values : (L,) array
        Ascending in each region.
    counts : (L,) int array
        Some may be 0.
    starts : (R + 1,) int array
        Where the levels of each region begin.
    out : (R,) float array
        Is filled in where a region has two levels.
    """
    for r in range(out.size):
        level, count = values[starts[r] : starts[r + 1]], counts[starts[r] : starts[r + 1]]
        lower, below = np.empty(level.size, np.float32), np.empty(level.size)
        held, total = np.float32(0), 0.0
        for i in range(level.size):
            held += np.float32(count[i])
            total += np.float32(count[i]) * np.float64(level[i])
            lower[i], below[i] = held, total / held
        held, total, most = np.float32(0), 0.0, 0.0
        for i in range(level.size - 1, 0, -1):
            held += np.float32(count[i])
            total += np.float32(count[i]) * np.float64(level[i])
            apart = below[i - 1] - total / held
            between = lower[i - 1] * held * (apart * apart)
            if between >= most:
                most, out[r] = between, level[i - 1]
