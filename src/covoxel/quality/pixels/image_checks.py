"""Checks of the pixels of an image, its planes and its time points."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from covoxel.core.types import AnyArray, FloatArray
from covoxel.correlation.same_pixels import MOSTLY, share_in_same_pixels
from covoxel.image.channel import Channel
from covoxel.intensity.bleed import bleed_through
from covoxel.quality.caution import Finding, digits
from covoxel.quality.kinds.pairs import BLEED_THROUGH, SHARED_PATTERN
from covoxel.quality.kinds.places import BLEACHING, REPEATED_FRAMES, REPEATED_PLANES, TIME_AS_Z
from covoxel.quality.pixels.artefacts import artefact_findings
from covoxel.quality.pixels.sampled import Sampled, middle, middle_rows, without_hot
from covoxel.quality.pixels.texture import texture_findings

#: Fewest planes that distinguish time from depth.
_PLANES = 4
#: The planes of a time series of something fixed correlate as well over the whole series as
#: between neighbours, to this share; and well enough that there is something to see.
_ALIKE, _SEEN = 0.98, 0.3
#: Fewest time points, and how many are looked at of a long series.
_FRAMES, _MOST = 4, 64
#: The light that is lost from the first to the last time points, of that above the background.
_LOST = 0.15
#: How closely the light, or its rank, follows time: Pearson's r of both.
_STEADY = -0.8
#: The background is below this share of the pixels.
_DARK = 0.05


def stack_findings(sampled: Sampled) -> list[Finding]:
    """Look for planes that are the same, and for planes that are time points."""
    same = same_planes(sampled)
    if same is not None:
        return [Finding(REPEATED_PLANES, same, sampled.number)]
    near, far = plane_correlations(sampled.band)
    if near >= _SEEN and far >= _ALIKE * near:
        return [Finding(TIME_AS_Z, (np.round(near, 3), np.round(far, 3)), sampled.number)]
    return []


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
    planes = without_hot(band.astype(np.float64)).reshape(len(band), -1)
    planes -= planes.mean(axis=1, keepdims=True)
    norm = np.sqrt(np.square(planes).sum(axis=1, keepdims=True))
    if not np.all(norm > 0):
        return np.nan, np.nan
    planes /= norm
    neighbours = np.einsum("ij,ij->i", planes[1:], planes[:-1])
    distance = max(1, len(band) - 2)
    ends = np.einsum("ij,ij->i", planes[distance:], planes[:-distance])
    return float(neighbours.mean()), float(ends.min())


def series_findings(channel1: Channel, channel2: Channel) -> list[Finding]:
    """Look for bleaching, and for time points that are the same, in both channels."""
    return _of_channel(channel1, 1) + _of_channel(channel2, 2)


def _of_channel(channel: Channel, number: int) -> list[Finding]:
    if channel.n_frames < 2:
        return []
    frames = np.unique(np.linspace(0, channel.n_frames - 1, _MOST).astype(int)).tolist()
    bands = [_band(channel, t) for t in frames]
    found = []
    for i, (before, after) in enumerate(pairwise(bands)):
        if np.array_equal(before, after) and np.ptp(after):
            found.append(Finding(REPEATED_FRAMES, (frames[i], frames[i + 1]), number))
            break
    lost = bleached(np.array([_light(band) for band in bands]))
    if lost >= _LOST:
        found.append(Finding(BLEACHING, (digits(100 * lost), channel.n_frames), number))
    return found


def bleached(light: FloatArray) -> float:
    """Return the share of the light that is lost over time; 0 where it does not fall steadily.

    Examples
    --------
    >>> round(bleached(np.exp(-0.1 * np.arange(8))), 2)
    0.45
    """
    if len(light) < _FRAMES or not np.ptp(light) or not np.isfinite(light).all():
        return 0.0
    time, ranks = np.arange(len(light)), np.argsort(np.argsort(light))
    if min(np.corrcoef([time, light, ranks])[0, 1:]) > _STEADY:
        return 0.0
    quarter = max(1, len(light) // 4)
    first, last = light[:quarter].mean(), light[-quarter:].mean()
    return float(1 - last / first) if first > 0 else 0.0


def _band(channel: Channel, t: int) -> AnyArray:
    shape = channel.spatial_shape
    if len(shape) < 2:
        return channel.read(t)
    middle = (slice(shape[0] // 2, shape[0] // 2 + 1),) if len(shape) > 2 else ()
    return channel.read(t, (*middle, middle_rows(shape[-2])))


def _light(band: AnyArray) -> float:
    """Return the mean intensity above that of the dimmest, which few photons round."""
    finite = band[np.isfinite(band)].astype(np.float64)
    if not finite.size:
        return np.nan
    n_dark = max(1, int(_DARK * finite.size))
    return float(finite.mean() - np.partition(finite, n_dark - 1)[:n_dark].mean())


#: About so many pixels are looked at for bleed-through, and an edge of so many for a pattern.
_PIXELS, _EDGE = 1 << 17, 256


def image_findings(
    channel1: Channel, channel2: Channel, *, t: int = 0, z: int | None = None
) -> list[Finding]:
    """Check time point `t` of two channels on one grid, or plane `z` of it, without regions."""
    if 0 in channel1.spatial_shape:
        return []
    both = Sampled(1, channel1, t, z), Sampled(2, channel2, t, z)
    checks = texture_findings, artefact_findings, stack_findings
    single = [finding for sampled in both for check in checks for finding in check(sampled)]
    return single + _shared(*both)


def _shared(sampled1: Sampled, sampled2: Sampled) -> list[Finding]:
    """Look for what both channels share beside structures, at the plane of channel 1."""
    if sampled2.depth != sampled1.depth:
        sampled2 = Sampled(2, sampled2.channel, sampled2.t, sampled1.depth)
    return _bleed(sampled1, sampled2) + _pattern(sampled1, sampled2)


def _pattern(sampled1: Sampled, sampled2: Sampled) -> list[Finding]:
    """Look for covariance of single pixels in the middle of the plane."""
    rows, columns = (middle(n, _EDGE) for n in sampled1.plane.shape)
    parts = (sampled.plane[rows, columns].astype(np.float64) for sampled in (sampled1, sampled2))
    # hot pixels, which both may share, have a caution of their own
    clipped = [
        without_hot(part[np.newaxis])[0] if np.isfinite(part).all() else part for part in parts
    ]
    share = share_in_same_pixels(*clipped)
    return [Finding(SHARED_PATTERN, (digits(100 * share),))] if share > MOSTLY else []


def _bleed(sampled1: Sampled, sampled2: Sampled) -> list[Finding]:
    """Look for bleed-through of either channel into the other."""
    step = max(1, math.isqrt(sampled1.plane.size // _PIXELS))
    one, two = (sampled.plane[::step, ::step] for sampled in (sampled1, sampled2))
    if not (np.isfinite(one).all() and np.isfinite(two).all()):
        kept = np.isfinite(one) & np.isfinite(two)
        one, two = one[kept], two[kept]
    slopes = ((2, bleed_through(one, two)), (1, bleed_through(two, one)))
    return [
        Finding(BLEED_THROUGH, (digits(slope),), number) for number, slope in slopes if slope > 0
    ]
