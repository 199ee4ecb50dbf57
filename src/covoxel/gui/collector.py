"""Python's garbage collector, kept from stopping the window."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Put the search for garbage off for a moment in which very many objects are made.

    So many begin a search through all objects, which takes a fifth of a second with napari's,
    and stops every thread. What is made counts as old in the end, and begins none either.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()  # puts everything, new objects too, among the old
        if collects:
            gc.enable()
