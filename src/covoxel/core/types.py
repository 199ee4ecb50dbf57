"""Types that several rooms share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
AnyArray = NDArray[Any]

#: The name of a column, and why it is empty or what to know of it.
Note = tuple[str, str]

#: Called with (steps done, steps in all); it may raise ``Cancelled``.
Progress = Callable[[int, int], None]

#: A computation for a thread: it takes the progress callback and returns its result.
Work = Callable[[Progress], Any]


class Cancelled(Exception):
    """Raised from a progress callback to stop a computation."""
