"""Checks of the pixels of an image, of single planes, and of planes and time points together."""

from __future__ import annotations

import math
from functools import cache
from itertools import accumulate, pairwise

import numpy as np

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.correlation.same_pixels import MOSTLY, share_in_same_pixels
from covoxel.image.channel import Channel
from covoxel.intensity.bleed import bleed_through
from covoxel.quality.caution import Finding, digits
from covoxel.quality.kinds import (
    BLEACHING,
    BLEED_THROUGH,
    CHANNEL_SHIFT,
    LOW_SNR,
    REPEATED_FRAMES,
    REPEATED_PLANES,
    SHARED_PATTERN,
    TIME_AS_Z,
    UNDERSAMPLED,
)
from covoxel.quality.pixels.artefacts import artefact_findings
from covoxel.quality.pixels.sampled import Sampled, middle, middle_rows, without_hot
from covoxel.quality.pixels.suspected import suspected_shift

#: About so many pixels are looked at for bleed-through, and an edge of so many for a pattern.
_PIXELS, _EDGE = 1 << 17, 256


def image_findings(
    channel1: Channel, channel2: Channel, *, t: int = 0, z: int | None = None, shift: bool = False
) -> list[Finding]:
    """Check time point `t` of two channels on one grid, or plane `z` of it, without regions.

    `shift`: whether to look for one between the channels, too.
    """
    if 0 in channel1.spatial_shape:
        return []
    both = Sampled(1, channel1, t, z), Sampled(2, channel2, t, z)
    checks = texture_findings, artefact_findings, stack_findings
    single = [finding for sampled in both for check in checks for finding in check(sampled)]
    return single + _shared(*both, shift=shift)


def _shared(sampled1: Sampled, sampled2: Sampled, *, shift: bool) -> list[Finding]:
    """Look for what both channels share beside structures, at the plane of channel 1."""
    if sampled2.depth != sampled1.depth:
        sampled2 = Sampled(2, sampled2.channel, sampled2.t, sampled1.depth)
    shared = _bleed(sampled1, sampled2) + _pattern(sampled1, sampled2)
    return shared + (_shift(sampled1, sampled2) if shift else [])


def _shift(sampled1: Sampled, sampled2: Sampled) -> list[Finding]:
    found = suspected_shift(sampled1.plane, sampled2.plane, sampled1.places[0])
    return [] if found is None else [Finding(CHANNEL_SHIFT, what=found.message)]


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


#: Structures that make up less of the variance than this are drowned in noise.
_STRUCTURE = 0.7
#: Spatial frequencies, in cycles per pixel: of structures, at the Nyquist limit of rows and
#: columns, and in the corners of the spectrum, where a well-sampled image has noise alone.
_LOW, _NYQUIST, _CORNERS = (0.15, 0.25), (0.42, 0.5), (0.62, 0.71)
#: With more power than this at the Nyquist limit, as a share of that at low frequencies, spots
#: are narrower (FWHM) than about 1.5 pixels; and so many times the noise is no chance.
_FINE, _ABOVE_NOISE = 0.04, 1.5
#: In parts of the tiles there is clearly no noise and no fine structure beyond these.
_CLEARLY_NOISE, _CLEARLY_COARSE, _CLEARLY_STRUCTURE = 1.2, _FINE / 3, 0.8
#: Tiles of fewer pixels along an axis show too little of the noise, and of the spectrum.
_LEAST_NOISE, _LEAST_SPECTRUM = 48, 128
#: By so much at most the structure seems to fall off from one pixel to the next.
_STEEPEST = 8.0


def texture_findings(sampled: Sampled) -> list[Finding]:
    """Look for noise that drowns structures, and for structures that are finer than the pixels."""
    coarse = power_at_nyquist(sampled.parts, _CLEARLY_NOISE) < _CLEARLY_COARSE
    if coarse and structure_share(sampled.parts) > _CLEARLY_STRUCTURE:
        return []
    fine = 0.0 if coarse else power_at_nyquist(sampled.tiles)
    if fine > _FINE:  # such structures look like noise from pixel to pixel
        return [Finding(UNDERSAMPLED, (digits(100 * fine),), sampled.number)]
    share = structure_share(sampled.tiles)
    if not share < _STRUCTURE:
        return []
    numbers = digits(100 * (1 - share)), digits(np.sqrt(share))
    return [Finding(LOW_SNR, numbers, sampled.number)]


def structure_share(tiles: FloatArray) -> float:
    """Return the share of the variance of tiles that is not noise of single pixels.

    NaN without tiles that are large enough. Noise is in the autocovariance C at lag 0 alone. What
    structures add there is extrapolated from lags 1 and 2 as a Gaussian, C₁ (C₁/C₂)^⅓.
    """
    from covoxel.quality.kernels import neighbour_products

    if not len(tiles) or min(tiles.shape[1:]) < _LEAST_NOISE:
        return np.nan
    products = np.zeros((len(tiles), 3))
    for tile, out in zip(tiles, products, strict=True):
        neighbour_products(tile, float(tile.mean()), out)
    whole, near, far = products.mean(axis=0).tolist()
    if not whole:
        return np.nan
    if near <= 0:
        return 0.0
    steepness = min(near / far, _STEEPEST) if far > 0 else _STEEPEST
    return float(min(1.0, near * steepness ** (1 / 3) / whole))


def power_at_nyquist(tiles: FloatArray, above_noise: float = _ABOVE_NOISE) -> float:
    """Return the power of structures at the Nyquist limit, relative to low frequencies.

    The noise, taken from the corners of the spectrum, is subtracted from both. 0 where there is
    nothing at the limit that is `above_noise`, NaN without tiles that are large enough.
    """
    if not len(tiles) or min(tiles.shape[1:]) < _LEAST_SPECTRUM:
        return np.nan
    window, bands, starts, sizes = _spectrum(tiles.shape[1:])
    power = np.zeros(bands.size)
    for image in tiles:
        waves = np.fft.rfft2((image - image.mean()) * window).ravel()[bands]
        power += np.square(waves.real) + np.square(waves.imag)
    structure, limit, noise = (np.add.reduceat(power, starts) / sizes).tolist()
    if limit <= above_noise * noise or structure <= noise:
        return 0.0
    return float((limit - noise) / (structure - noise))


@cache
def _spectrum(shape: tuple[int, int]) -> tuple[FloatArray, IntArray, list[int], list[int]]:
    """Return the window of tiles of a shape, and which waves are in the bands.

    The waves of one band follow those of another, from these places on, so many of them.
    """
    window = np.hanning(shape[0])[:, np.newaxis] * np.hanning(shape[1])
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, np.newaxis], np.fft.rfftfreq(shape[1]))
    bands = [
        np.flatnonzero((frequency >= low) & (frequency < high))
        for low, high in (_LOW, _NYQUIST, _CORNERS)
    ]
    sizes = [band.size for band in bands]
    return window, np.concatenate(bands), [0, *accumulate(sizes[:-1])], sizes
