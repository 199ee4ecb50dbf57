"""What profiles look like about displacements at which nothing is associated."""

from __future__ import annotations

import itertools
import math

import numpy as np

from covoxel.core.types import FloatArray, Progress
from covoxel.correlation.memory import check_memory
from covoxel.correlation.overlaps import Lags, Side, overlaps
from covoxel.distance.profile import Rings

#: Null displacements lie up to this many ranges of the profile from zero, …
_REACH = 3
#: … so many of them to either side, along each axis of the plane, …
_TO_EACH_SIDE = 4
#: … where at least this share of the largest overlap is left.
_OVERLAP = 0.15


def null_profiles(
    sides: tuple[Side, Side],
    rings: Rings,
    workers: int | None = None,
    progress: Progress | None = None,
) -> FloatArray:
    """Return profiles, (N, G), of the correlogram about displacements in the plane.

    All lie further than the range of the profile from zero. Each profile is scaled by the root
    of its overlap, so that it is as noisy as the one about zero.
    """
    centres = _centres(rings, sides[0].shape)
    if not centres:
        return np.zeros((0, rings.in_plane.size))
    farthest = np.abs(centres).max(axis=0)
    reach = list(rings.reach)
    reach[-2:] = [int(f) + r for f, r in zip(farthest, rings.reach[-2:], strict=True)]
    lags = Lags.around((0,) * len(reach), tuple(reach))
    check_memory(*sides, lags)
    sums = overlaps(*sides, lags, workers)
    covariance = sums.s12 / np.maximum(sums.n, 1)
    members = np.asarray(rings.members.sum(axis=1))
    most = sums.n.max()
    found = []
    for done, centre in enumerate(centres):
        if progress is not None:
            progress(done, len(centres))
        window = [slice(None)] * (len(reach) - 2) + [
            slice(whole + c - r, whole + c + r + 1)
            for whole, c, r in zip(reach[-2:], centre, rings.reach[-2:], strict=True)
        ]
        n = sums.n[tuple(window)]
        middle = n[tuple(size // 2 for size in n.shape)]
        if n.min() > 0 and middle >= _OVERLAP * most:
            profile = rings.sums(covariance[tuple(window)])[0] / members
            found.append(profile * math.sqrt(middle / most))
    return np.asarray(found).reshape(-1, rings.in_plane.size)


def _centres(rings: Rings, shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return null displacements in the plane, in pixels."""
    ranges = rings.reach[-2:]
    most = [min(_REACH * r, 2 * n // 3 - r) for r, n in zip(ranges, shape[-2:], strict=True)]
    steps = [max(1, far // _TO_EACH_SIDE) for far in most]
    axes = [
        [k * step for k in range(-(far // step), far // step + 1)] if far > 0 else [0]
        for far, step in zip(most, steps, strict=True)
    ]
    return [
        (y, x)
        for y, x in itertools.product(*axes)
        if math.hypot(y / max(ranges[0], 1), x / max(ranges[1], 1)) >= 1
    ]
