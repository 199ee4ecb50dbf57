"""Compiled loops over the levels of regions."""

from __future__ import annotations

from covoxel.core.compiled import compiled
from covoxel.core.types import IntArray


@compiled
def find_ranks(counts: IntArray, starts: IntArray, ranks: IntArray, out: IntArray) -> None:
    """Find the level of the pixel of a rank among those of its region.

    Parameters
    ----------
    counts : (L,) int array
        Pixels at each level, ascending in each region.
    starts : (R + 1,) int array
        Where the levels of each region begin.
    ranks, out : (R,) int array
        A rank from 1 on, and the index of its level, which is filled in.
    """
    for r in range(ranks.size):
        i, total = starts[r], counts[starts[r]] if starts[r] < starts[r + 1] else 0
        while total < ranks[r] and i + 1 < starts[r + 1]:
            i += 1
            total += counts[i]
        out[r] = i
