"""Parts of one piece of work, computed by threads, by this process or by others that share it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

Part = TypeVar("Part")
Found = TypeVar("Found")

#: Yields what a function returns of each part, in order.
Mapper = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]

_MAPPER: ContextVar[Mapper] = ContextVar("mapper", default=map)
_SCRATCH: ContextVar[Path | None] = ContextVar("scratch", default=None)
#: What the names of folders in a scratch folder begin with.
_PREFIX = ".covoxel-scratch-"


def map_parts(function: Callable[[Part], Found], parts: Sequence[Part]) -> Iterable[Found]:
    """Yield what a function returns of each part, in order, whoever computes it.

    `function`: takes a part. Only where it can be pickled, and is small then, do others share the
        work.
    `parts`: they must not depend on who shares, so that what is added up in order has the same
        bytes.

    Examples
    --------
    >>> list(map_parts(abs, [-1, 2]))
    [1, 2]
    """
    return _MAPPER.get()(function, parts)


@contextmanager
def shared_by(mapper: Mapper) -> Iterator[None]:
    """Have `map_parts` use a mapper within."""
    token = _MAPPER.set(mapper)
    try:
        yield
    finally:
        _MAPPER.reset(token)


@contextmanager
def scratch_in(folder: Path) -> Iterator[None]:
    """Have `scratch_folder` make its folders in one that all processes see that share the work.

    Elsewhere it makes them in the folder for temporary files.
    """
    token = _SCRATCH.set(folder)
    try:
        yield
    finally:
        _SCRATCH.reset(token)


def scratch_folder() -> Path:
    """Return a new folder for files that are soon removed."""
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_SCRATCH.get()))


@contextmanager
def no_scratch_left(folder: Path) -> Iterator[None]:
    """Remove what processes leave in a scratch folder that are killed, before and after."""
    try:
        _clear(folder)
        yield
    finally:
        _clear(folder)


def _clear(folder: Path) -> None:
    for path in folder.glob(f"{_PREFIX}*"):
        shutil.rmtree(path, ignore_errors=True)


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_threads(
    function: Callable[[Part], Found], parts: Sequence[Part], workers: int | None = None
) -> Generator[Found]:
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
    from concurrent.futures import ThreadPoolExecutor  # takes a while to load

    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(function, parts)
