"""What processes say to each other that share a large image."""

from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

#: Bytes of a function beyond which it is not sent to others.
_MOST = 1 << 22


def packed(function: Any) -> bytes | None:
    """Return a function as bytes; None where it cannot be sent, or holds much."""
    file = io.BytesIO()
    try:
        _Small(file, pickle.HIGHEST_PROTOCOL).dump(function)
    except (pickle.PicklingError, AttributeError, TypeError):
        return None
    return file.getvalue() if file.tell() <= _MOST else None


class _Small(pickle.Pickler):
    """Refuses large arrays, which are not to be copied."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, np.ndarray) and obj.nbytes > _MOST:
            msg = "it holds a large array"
            raise pickle.PicklingError(msg)
        return NotImplemented


@dataclass(frozen=True)
class Shared:
    """Asks for what a function returns of each of some parts."""

    function: bytes
    parts: Sequence[Any]


@dataclass(frozen=True)
class PartTask:
    """One of these parts, to be computed."""

    function: bytes
    part: Any

    def run(self) -> Any:
        """Return what the function returns."""
        with np.errstate(all="ignore"):
            return _unpacked(self.function)(self.part)


_unpacked = lru_cache(1)(pickle.loads)


@dataclass(frozen=True)
class PartResult:
    """What was returned of a part."""

    value: Any


#: What is said instead where that went wrong: the process of the image repeats the part.
FAILED = None
#: What the process of an image says when it takes what is next, and takes no more.
NEXT, STOP = "next", "stop"
