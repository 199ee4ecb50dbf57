"""Functions compiled by numba: kept on disk, and compiled by one process at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

from covoxel.core.files import lock_file
from covoxel.core.memory import gc_pause

Function = TypeVar("Function", bound=Callable[..., Any])

_LOCK = threading.RLock()


class _CompileState:
    compiling = False
    reported = False


def compiled(function: Function) -> Function:
    """Compile a function for the types that it is called with, and keep the result on disk.

    It runs without the GIL, and divides by 0 as NumPy does. Where no folder can be written it is
    compiled at each start, which is logged.
    """
    return _compiled(function)


def compiled_sums(function: Function) -> Function:
    """Compile as `compiled` does a function that may add up floats in any order."""
    return _compiled(function, fastmath={"reassoc", "contract"})


def _compiled(function: Function, **options: Any) -> Function:
    options |= {"nogil": True, "error_model": "numpy"}
    dispatcher: Any
    try:
        dispatcher = njit(cache=True, **options)(function)
    except RuntimeError as error:  # no folder for the cache
        _report(error)
        dispatcher = njit(**options)(function)
        return cast(Function, dispatcher)
    cache = dispatcher._cache  # noqa: SLF001
    _load_alone(cache)
    cache.save_overload = _reporting(cache.save_overload)
    compile_now, folder = dispatcher.compile, Path(dispatcher.stats.cache_path)

    def compile_once(signature: Any) -> Any:
        with _one_process(folder), gc_pause():
            return compile_now(signature)

    dispatcher.compile = compile_once
    return cast(Function, dispatcher)


def _reporting(save: Callable[..., None]) -> Callable[..., None]:
    """Report that a compiled function could not be kept, on a full disk say, and go on with it."""

    def save_overload(*given: Any) -> None:
        try:
            save(*given)
        except OSError as error:
            _report(error)

    return save_overload


def _load_alone(cache: Any) -> None:
    """Let kept functions be loaded without all that numba can compile.

    That takes longer than anything else in a small measurement; the modules of numba that a
    function calls are loaded with it.
    """
    try:
        from numba.core.runtime.nrt import rtsys

        load, guarded = cache._load_overload, cache._guard_against_spurious_io_errors  # noqa: SLF001
    except (ImportError, AttributeError):  # of a numba that works otherwise
        return

    def load_overload(signature: Any, context: Any) -> Any:
        rtsys.initialize(context)
        with guarded():
            return load(signature, context)

    cache.load_overload = load_overload


def _report(error: Exception) -> None:
    if not _CompileState.reported:
        _CompileState.reported = True
        logging.getLogger("covoxel").warning(
            "the first use takes some seconds at each start, as compiled functions cannot be kept; "
            "set NUMBA_CACHE_DIR to a folder that can be written (%s)",
            error,
        )


@contextmanager
def _one_process(folder: Path) -> Iterator[None]:
    """Let one process compile; the others wait for it, and then load what it has kept."""
    with _LOCK:
        if _CompileState.compiling:  # a function that another one calls
            yield
            return
        try:
            file = (folder / "covoxel.lock").open("a")
        except OSError:
            yield
            return
        _CompileState.compiling = True
        try:
            with file:
                lock_file(file.fileno(), wait=True)
                yield
        finally:
            _CompileState.compiling = False
