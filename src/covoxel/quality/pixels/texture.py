"""Noise and sampling, from how intensities of neighbouring pixels are related."""

from __future__ import annotations

from functools import cache
from itertools import accumulate

import numpy as np

from covoxel.core.types import FloatArray, IntArray
from covoxel.quality.caution import Finding, digits
from covoxel.quality.kinds.places import LOW_SNR, UNDERSAMPLED
from covoxel.quality.pixels.sampled import Sampled

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
