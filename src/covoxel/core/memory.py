"""How much memory is free, the refusal of what would not fit, and collections that can wait."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
#: From here on what is needed is worth saying, in bytes.
_WORTH_SAYING = 1e9


@dataclass(frozen=True, slots=True)
class _Limit:
    budget: float = math.inf
    report: Callable[[str], object] | None = None


_NO_LIMIT = _Limit()
_LIMIT: ContextVar[_Limit] = ContextVar("limit", default=_NO_LIMIT)


@contextmanager
def memory_limit(
    budget: int | None, report: Callable[[str], object] | None = None
) -> Iterator[None]:
    """Have `refuse_beyond` refuse what takes more than a budget, and state what takes much.

    `budget`: bytes; None sets no limit.
    `report`: takes a sentence on what needs a gigabyte or more.
    """
    token = _LIMIT.set(_Limit(math.inf if budget is None else budget, report))
    try:
        yield
    finally:
        _LIMIT.reset(token)


def free_memory() -> float:
    """Return how many bytes the machine has free, or the control group of this process."""
    import psutil  # takes a while to load

    return min(psutil.virtual_memory().available, _free_in_group())


def _free_in_group() -> float:
    """Return what a container or a batch system leaves of its limit; infinite without one."""
    try:
        name = Path("/proc/self/cgroup").read_text().strip().rpartition("::")[2]
        folder = _GROUPS / name.lstrip("/")
        limit = int((folder / "memory.max").read_text())
        used = int((folder / "memory.current").read_text())
        lines = (folder / "memory.stat").read_text().splitlines()
        cached = next(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))
    except (OSError, ValueError, StopIteration):  # not Linux, or "max"
        return math.inf
    return max(0, limit - used + cached)


def refuse_beyond(what: str, needed: float, advice: str) -> None:
    """Raise MemoryError if more bytes are needed than are free, or than the budget that was set.

    `what`: what needs them.
    `needed`: how many, about.
    `advice`: what would need fewer.
    """
    limit, free = _LIMIT.get(), free_memory()
    need = f"{what} needs about {in_words(needed)} of memory"
    if needed > min(limit.budget, free):
        bound = f"{in_words(free)} are free"
        if needed > limit.budget:
            bound = f"memory_budget is {in_words(limit.budget)}"
        msg = f"{need}, but {bound}; {advice}"
        raise MemoryError(msg)
    if limit.report is not None and needed >= _WORTH_SAYING:
        limit.report(need)


def in_words(size: float) -> str:
    """Return a number of bytes as it is read.

    Examples
    --------
    >>> in_words(2_340_000_000), in_words(65_536)
    ('2.3 GB', '0.0655 MB')
    """
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.3g} MB"


@contextmanager
def gc_pause() -> Iterator[None]:
    """Suspend garbage collection while very many objects are made.

    A collection through all of a viewer's objects takes 0.2 s, and stops every thread. Objects made
    meanwhile join the oldest generation, so that they trigger no collection either.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()  # moves all objects, new ones too, to the oldest generation
        if enabled:
            gc.enable()
