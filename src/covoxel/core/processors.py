"""How many processors there are for this process, and threads on them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Found = TypeVar("Found")


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_threads(
    function: Callable[[Part], Found], parts: Sequence[Part], workers: int | None = None
) -> Iterator[Found]:
    """Yield what a function returns of each part, in order; threads compute them side by side.

    With one part or worker no thread is started. An error, of the function or of what takes the
    results, cancels what has not begun.

    Examples
    --------
    >>> list(in_threads(abs, [-1, 2]))
    [1, 2]
    """
    threads = min(len(parts), workers or processors())
    if threads < 2:
        yield from map(function, parts)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(function, parts)
