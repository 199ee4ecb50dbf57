"""Compound files, which hold the streams of an OIB as chains of sectors, as a disk does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import sparse

from covoxel.core.types import IntArray

#: Numbers from here on end a chain, or mark a sector as free.
_LAST = 0xFFFFFFFA
#: Words of 4 bytes in the header, and those of it that say where the table of sectors lies.
_HEADER, _FIRST_OF_TABLE = 128, 19


def check_chains(path: Path) -> None:
    """Refuse a file with a chain of sectors that comes back to itself, which has no end to read."""
    words = np.memmap(path, "<u4", "r", shape=(path.stat().st_size // 4,))
    if words.size < _HEADER:
        msg = "it ends within its header"
        raise ValueError(msg)
    size = 1 << (int(words[7]) >> 16 & 31) - 2

    def sector(number: int) -> IntArray:
        return words[size * (1 + number) : size * (2 + number)].astype(np.int64)

    def table(numbers: list[int]) -> IntArray:
        return np.concatenate([np.empty(0, np.int64), *map(sector, numbers)])

    sectors, (extra, extras) = words.size // max(size, 1), words[17:19].tolist()
    mini, minis, listed = int(words[15]), int(words[16]), int(words[11])
    if max(extras, minis, listed) > sectors:
        msg = "it declares more sectors than it has"
        raise ValueError(msg)
    numbers = words[_FIRST_OF_TABLE:_HEADER].tolist()
    for _ in range(extras):
        *more, extra = sector(extra).tolist() or [_LAST]
        numbers += more
    following = table(numbers[:listed])
    held: list[int] = []
    while mini < following.size and len(held) < minis:
        held.append(mini)
        mini = int(following[mini])
    if _circular(following) or _circular(table(held)):
        msg = "a chain of its sectors comes back to itself"
        raise ValueError(msg)


def _circular(following: IntArray) -> bool:
    """Return whether a chain has no end: without one, each link joins two parts that were apart."""
    linked = np.flatnonzero(following < min(_LAST, following.size))
    links = sparse.coo_array(
        (np.ones(linked.size, np.int8), (linked, following[linked])), (following.size,) * 2
    )
    parts, _ = sparse.csgraph.connected_components(links, directed=False)
    return bool(parts != following.size - linked.size)
