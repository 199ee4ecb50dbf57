"""Planes of a stack: repeated ones, and time points that were read as planes."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import AnyArray
from covoxel.quality.codes import REPEATED_PLANES, TIME_AS_Z
from covoxel.quality.findings import Finding
from covoxel.quality.pixels.sampled import Sampled, without_hot

#: Fewest planes from which time can be told from depth.
_PLANES = 4
#: The planes of a time series of something fixed correlate as well over the whole series as
#: between neighbours, to this share; and well enough that there is something to see.
_ALIKE, _SEEN = 0.98, 0.3


def stack_findings(sampled: Sampled) -> list[Finding]:
    """Look for planes that are the same, and for planes that are time points."""
    found, number = [], sampled.number
    same = same_planes(sampled)
    if same is not None:
        found.append(_repeated(number, *same))
    near, far = plane_correlations(sampled.band)
    if same is None and near >= _SEEN and far >= _ALIKE * near:
        found.append(_time(number, near, far))
    return found


def same_planes(sampled: Sampled) -> tuple[int, int] | None:
    """Return the first two planes that are the same, pixel by pixel; constant ones do not count."""
    seen: dict[bytes, int] = {}
    for z, part in enumerate(sampled.band if len(sampled.band) > 1 else ()):
        if (part == part.flat[0]).all():
            continue
        before = seen.setdefault(part.tobytes(), z)
        if before < z and np.array_equal(_whole(sampled, before), _whole(sampled, z)):
            return before, z
    return None


def _whole(sampled: Sampled, z: int) -> AnyArray:
    return sampled.channel.read(sampled.t, (slice(z, z + 1),))


def plane_correlations(band: AnyArray) -> tuple[float, float]:
    """Return the mean r of neighbouring planes, and the least r of the most distant ones.

    NaN where there are too few planes, or a constant one.
    """
    if len(band) < _PLANES or not np.isfinite(band).all():
        return np.nan, np.nan
    planes = np.stack([without_hot(plane.ravel().astype(np.float64)) for plane in band])
    planes -= planes.mean(axis=1, keepdims=True)
    norm = np.sqrt(np.square(planes).sum(axis=1, keepdims=True))
    if not np.all(norm > 0):
        return np.nan, np.nan
    planes /= norm
    neighbours = np.einsum("ij,ij->i", planes[1:], planes[:-1])
    apart = max(1, len(band) - 2)
    ends = np.einsum("ij,ij->i", planes[apart:], planes[:-apart])
    return float(neighbours.mean()), float(ends.min())


def _repeated(number: int, first: int, second: int) -> Finding:
    return Finding(
        REPEATED_PLANES,
        "warning",
        np.True_,
        f"planes {{}} and {{}} of channel {number} are the same, pixel by pixel",
        (np.asarray(first), np.asarray(second)),
        number,
    )


def _time(number: int, near: float, far: float) -> Finding:
    return Finding(
        TIME_AS_Z,
        "warning",
        np.True_,
        f"all planes of channel {number} show the same: r is {{}} between neighbours and {{}} "
        "between the first and the last, as in a time series that was read as a stack",
        (np.round(near, 3), np.round(far, 3)),
        number,
    )
