"""Noise and sampling, from how intensities of neighbouring pixels are related."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from covoxel.core.types import FloatArray, IntArray
from covoxel.quality.caution import Finding, digits
from covoxel.quality.kinds import LOW_SNR, UNDERSAMPLED
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
    parts = sampled.parts
    clear = power_at_nyquist(parts, _CLEARLY_NOISE) < _CLEARLY_COARSE
    if clear and structure_share(parts) > _CLEARLY_STRUCTURE:
        return []
    fine = power_at_nyquist(sampled.tiles)
    if fine > _FINE:  # such structures look like noise from pixel to pixel
        return [Finding(UNDERSAMPLED, (digits(100 * fine),), sampled.number)]
    share = structure_share(sampled.tiles)
    if not share < _STRUCTURE:
        return []
    numbers = digits(100 * (1 - share)), digits(np.sqrt(share))
    return [Finding(LOW_SNR, numbers, sampled.number)]


def structure_share(tiles: Sequence[FloatArray]) -> float:
    """Return the share of the variance of tiles that is not noise of single pixels.

    NaN without tiles that are large enough. Noise is in the autocovariance C at lag 0 alone. What
    structures add there is extrapolated from lags 1 and 2 as a Gaussian, C₁ (C₁/C₂)^⅓.
    """
    if not len(tiles) or min(tiles[0].shape) < _LEAST_NOISE:
        return np.nan
    whole, near, far = np.mean([_autocovariance(tile - tile.mean()) for tile in tiles], axis=0)
    if not whole:
        return np.nan
    if near <= 0:
        return 0.0
    steepness = min(near / far, _STEEPEST) if far > 0 else _STEEPEST
    return float(min(1.0, near * steepness ** (1 / 3) / whole))


def _autocovariance(centred: FloatArray) -> list[float]:
    """Return the mean products of pixels that are 0, 1 and 2 rows or columns apart."""
    values = [float(np.square(centred).mean())]
    for lag in (1, 2):
        down = centred[lag:] * centred[:-lag]
        across = centred[:, lag:] * centred[:, :-lag]
        values.append(float(down.mean() + across.mean()) / 2)
    return values


def power_at_nyquist(tiles: Sequence[FloatArray], above_noise: float = _ABOVE_NOISE) -> float:
    """Return the power of structures at the Nyquist limit, relative to low frequencies.

    The noise, taken from the corners of the spectrum, is subtracted from both. 0 where there is
    nothing at the limit that is `above_noise`, NaN without tiles that are large enough.
    """
    if not len(tiles) or min(tiles[0].shape) < _LEAST_SPECTRUM:
        return np.nan
    window, bands = _spectrum(tiles[0].shape)
    powers = [_powers((tile - tile.mean()) * window, bands) for tile in tiles]
    structure, limit, noise = np.sum(powers, axis=0)
    if limit <= above_noise * noise or structure <= noise:
        return 0.0
    return float((limit - noise) / (structure - noise))


def _powers(windowed: FloatArray, bands: list[IntArray]) -> list[float]:
    """Return the mean power of an image in each band."""
    waves = np.fft.rfft2(windowed).ravel()
    return [float(np.mean(np.square(np.abs(waves[band])))) for band in bands]


@cache
def _spectrum(shape: tuple[int, int]) -> tuple[FloatArray, list[IntArray]]:
    """Return the window of tiles of a shape, and where the bands are in their power."""
    window = np.hanning(shape[0])[:, np.newaxis] * np.hanning(shape[1])
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, np.newaxis], np.fft.rfftfreq(shape[1]))
    bands = [
        np.flatnonzero((frequency >= low) & (frequency < high))
        for low, high in (_LOW, _NYQUIST, _CORNERS)
    ]
    return window, bands
