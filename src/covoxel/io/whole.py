"""What is whole of an image of which planes are missing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from covoxel.core.types import IntArray

#: Complete indices are looked for along these axes, one after the other.
_ORDER = "TZC"


def whole_part(lead: str, shape: tuple[int, ...], planes: Iterable[int]) -> dict[str, IntArray]:
    """Return the largest part of an image that lacks no plane.

    Time points that are complete are kept; where there are none, planes along Z, then
    channels. Without any of them the fullest time point is looked at alone.

    Parameters
    ----------
    lead : str
        The axes that count planes, slowest first, out of T, Z and C.
    shape : tuple of int
        Their lengths.
    planes : iterable of int
        The planes that are there, at least one, counted in C order of `lead`.

    Returns
    -------
    dict of str to int array
        For each axis the indices that are kept, in rising order.

    Examples
    --------
    >>> whole_part("TC", (3, 2), [0, 1, 2, 3, 4])
    {'T': array([0, 1]), 'C': array([0, 1])}
    """
    numbers = np.unravel_index(np.fromiter(planes, np.int64), shape)
    at = dict(zip(lead, numbers, strict=True))
    axes = [axis for axis in _ORDER if axis in lead]
    for fullest in axes:
        for axis in axes:
            indices, counts = np.unique(at[axis], return_counts=True)
            others = (np.unique(at[other]).size for other in axes if other != axis)
            complete = indices[counts == math.prod(others)]
            if complete.size:
                inside = np.isin(at[axis], complete)
                return {each: np.unique(at[each][inside]) for each in lead}
        indices, counts = np.unique(at[fullest], return_counts=True)
        only = at[fullest] == indices[counts.argmax()]
        at = {axis: places[only] for axis, places in at.items()}
    return {axis: places[:1] for axis, places in at.items()}


def missing_note(
    kept: Mapping[str, IntArray], sizes: Mapping[str, int], why: str = ""
) -> tuple[str, ...]:
    """Return a note about the planes that are missing, nothing where none are.

    Examples
    --------
    >>> missing_note({"T": np.arange(3), "C": np.arange(2)}, {"T": 5, "C": 2})
    ('planes are missing: opened are time points 0 to 2 of 5',)
    """
    words = [
        f"{name} {_runs(kept[axis] + first)} of {sizes[axis]}"
        for axis, name, first in (("T", "time points", 0), ("Z", "Z", 0), ("C", "channels", 1))
        if len(kept.get(axis, ())) < sizes.get(axis, 0)
    ]
    if not words:
        return ()
    reason = f" ({why})" if why else ""
    return (f"planes are missing{reason}: opened are {', '.join(words)}",)


def stride(kept: IntArray) -> int | None:
    """Return the distance of indices, None where they are not evenly spaced."""
    steps = np.unique(np.diff(kept))
    if steps.size > 1:
        return None
    return int(steps[0]) if steps.size else 1


def _runs(indices: IntArray) -> str:
    """Spell indices out: ``0 to 2, 5``."""
    ends = np.flatnonzero(np.diff(indices) != 1)
    starts = [0, *(ends + 1).tolist()]
    parts = [
        str(indices[a]) if a == b else f"{indices[a]} to {indices[b]}"
        for a, b in zip(starts, [*ends.tolist(), len(indices) - 1], strict=True)
    ]
    return ", ".join([*parts[:5], "…"] if len(parts) > 6 else parts)
