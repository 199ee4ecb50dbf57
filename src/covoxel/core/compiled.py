"""Functions compiled by numba: kept on disk, and compiled by one process at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys

from covoxel.core.files import lock_file

Function = TypeVar("Function", bound=Callable[..., Any])

_LOCK = threading.RLock()


class _State:
    compiling = False
    reported = False


class _Cache(FunctionCache):
    """Functions that are kept on disk.

    They are loaded without all that numba can compile, which takes longer than anything else in a
    small measurement; the modules of numba that a function calls are loaded with it.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what is kept for a signature, None if nothing is."""
        rtsys.initialize(target_context)
        load: Any = self._load_overload
        with self._guard_against_spurious_io_errors():
            return load(sig, target_context)


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
    dispatcher: Any = njit(**options)(function)
    kept: Any = _Cache
    try:
        cache = kept(function)
    except RuntimeError as error:  # no folder for the cache
        _report(error)
        return cast(Function, dispatcher)
    dispatcher._cache = cache  # noqa: SLF001
    compile_now, folder = dispatcher.compile, Path(cache.cache_path)

    def compile_once(signature: Any) -> Any:
        with _one_process(folder):
            return compile_now(signature)

    dispatcher.compile = compile_once
    return cast(Function, dispatcher)


def _report(error: Exception) -> None:
    if not _State.reported:
        _State.reported = True
        logging.getLogger("covoxel").warning(
            "the first use takes some seconds at each start, as compiled functions cannot be kept; "
            "set NUMBA_CACHE_DIR to a folder that can be written (%s)",
            error,
        )


@contextmanager
def _one_process(folder: Path) -> Iterator[None]:
    """Let one process compile; the others wait for it, and then load what it has kept."""
    with _LOCK:
        if _State.compiling:  # a function that another one calls
            yield
            return
        try:
            file = (folder / "covoxel.lock").open("a")
        except OSError:
            yield
            return
        _State.compiling = True
        try:
            with file:
                lock_file(file.fileno(), wait=True)
                yield
        finally:
            _State.compiling = False
