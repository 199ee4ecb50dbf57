"""Parts of one large image, computed by this process or by others that share the work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Part = TypeVar("Part")
Found = TypeVar("Found")

#: Yields what a function returns of each part, in order.
Mapper = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]

_MAPPER: ContextVar[Mapper] = ContextVar("mapper", default=map)


def map_parts(function: Callable[[Part], Found], parts: Sequence[Part]) -> Iterable[Found]:
    """Yield what a function returns of each part, in order, whoever computes it.

    Parameters
    ----------
    function : callable
        Takes a part. Only where it can be pickled, and is small then, do others share the work.
    parts : sequence
        They must not depend on who shares, so that what is added up in order has the same bytes.

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
