"""Files that the libraries of formats open: once while a part is read, and never for longer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, TypeVar

Handle = TypeVar("Handle")
_here = threading.local()


@contextmanager
def opened(how: Callable[..., AbstractContextManager[Handle]], *what: Any) -> Iterator[Handle]:
    """Open a file by `how`, of its own or as `one_opening` has opened it in this thread."""
    kept: tuple[ExitStack, dict[Any, Any]] | None = getattr(_here, "kept", None)
    if kept is None:
        with how(*what) as handle:
            yield handle
        return
    stack, handles = kept
    if (how, what) not in handles:
        handles[how, what] = stack.enter_context(how(*what))
    yield handles[how, what]


@contextmanager
def one_opening() -> Iterator[None]:
    """Open each file once for all that this thread reads within; close them in the end."""
    if getattr(_here, "kept", None) is not None:
        yield
        return
    with ExitStack() as stack:
        _here.kept = stack, {}
        try:
            yield
        finally:
            _here.kept = None
