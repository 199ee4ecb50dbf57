"""The planes of an image that are missing, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from covoxel.core.types import IntArray

#: Letter, name and first number of the axes, in the order of the sentence.
_AXES = (("T", "time points", 0), ("Z", "Z", 0), ("C", "channels", 1))


@dataclass(frozen=True, slots=True)
class MissingPlanes:
    """What is opened of the axes that are incomplete, and why the rest is missing.

    `opened` has the name of each such axis, runs of numbers (first and last) and its length.

    Examples
    --------
    >>> str(MissingPlanes((("time points", ((0, 2), (4, 4)), 9),)))
    'planes are missing: opened are time points 0 to 2, 4 of 9'
    """

    opened: tuple[tuple[str, tuple[tuple[int, int], ...], int], ...]
    why: str = ""

    def __str__(self) -> str:
        words = [f"{name} {_text(runs)} of {size}" for name, runs, size in self.opened]
        reason = f" ({self.why})" if self.why else ""
        return f"planes are missing{reason}: opened are {', '.join(words)}"


def missing_planes(
    kept: Mapping[str, IntArray], sizes: Mapping[str, int], why: str = ""
) -> MissingPlanes | None:
    """Return what is missing of axes of `sizes` of which the indices `kept` are opened."""
    opened = tuple(
        (name, _runs(kept[axis] + first), sizes[axis])
        for axis, name, first in _AXES
        if len(kept.get(axis, ())) < sizes.get(axis, 0)
    )
    return MissingPlanes(opened, why) if opened else None


def _runs(indices: IntArray) -> tuple[tuple[int, int], ...]:
    ends = np.flatnonzero(np.diff(indices) != 1)
    firsts = indices[[0, *(ends + 1).tolist()]].tolist()
    return tuple(zip(firsts, indices[[*ends.tolist(), -1]].tolist(), strict=True))


def _text(runs: tuple[tuple[int, int], ...]) -> str:
    parts = [str(first) if first == last else f"{first} to {last}" for first, last in runs]
    return ", ".join([*parts[:5], "…"] if len(parts) > 6 else parts)
