"""Noise and sampling, from how intensities of neighbouring pixels are related."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from covoxel.core.types import FloatArray
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
#: Tiles of fewer pixels along an axis show too little of the noise, and of the spectrum.
_LEAST_NOISE, _LEAST_SPECTRUM = 48, 128
#: By so much at most the structure seems to fall off from one pixel to the next.
_STEEPEST = 8.0


def texture_findings(sampled: Sampled) -> list[Finding]:
    """Look for noise that drowns structures, and for structures that are finer than the pixels."""
    fine = power_at_nyquist(_larger(sampled.tiles, _LEAST_SPECTRUM))
    if fine > _FINE:  # such structures look like noise from pixel to pixel
        return [Finding(UNDERSAMPLED, (digits(100 * fine),), sampled.number)]
    share = structure_share(_larger(sampled.tiles, _LEAST_NOISE))
    if not share < _STRUCTURE:
        return []
    numbers = digits(100 * (1 - share)), digits(np.sqrt(share))
    return [Finding(LOW_SNR, numbers, sampled.number)]


def _larger(tiles: Sequence[FloatArray], least: int) -> list[FloatArray]:
    return [tile for tile in tiles if min(tile.shape) >= least]


def structure_share(tiles: Sequence[FloatArray]) -> float:
    """Return the share of the variance that is not noise of single pixels; NaN without any.

    Noise is in the autocovariance C at lag 0 alone. What structures add there is extrapolated
    from lags 1 and 2 as a Gaussian, C₁ (C₁/C₂)^⅓.
    """
    total = np.zeros(3)
    for tile in tiles:
        centred = tile - tile.mean()
        total[0] += np.square(centred).mean()
        for lag in (1, 2):
            if min(tile.shape) > lag:
                down, across = centred[lag:] * centred[:-lag], centred[:, lag:] * centred[:, :-lag]
                total[lag] += (down.mean() + across.mean()) / 2
    whole, near, far = map(float, total)
    if not whole:
        return np.nan
    if near <= 0:
        return 0.0
    steepness = min(near / far, _STEEPEST) if far > 0 else _STEEPEST
    return float(min(1.0, near * steepness ** (1 / 3) / whole))


def power_at_nyquist(tiles: Sequence[FloatArray]) -> float:
    """Return the power of structures at the Nyquist limit, relative to low frequencies.

    The noise, taken from the corners of the spectrum, is subtracted from both. 0 where there
    is nothing but noise at the limit, NaN without tiles.
    """
    total = np.zeros(3)
    for tile in tiles:
        window = np.hanning(tile.shape[0])[:, np.newaxis] * np.hanning(tile.shape[1])
        power = np.square(np.abs(np.fft.rfft2((tile - tile.mean()) * window)))
        frequency = np.hypot(
            np.fft.fftfreq(tile.shape[0])[:, np.newaxis], np.fft.rfftfreq(tile.shape[1])
        )
        total += [
            power[(frequency >= low) & (frequency < high)].mean()
            for low, high in (_LOW, _NYQUIST, _CORNERS)
        ]
    structure, limit, noise = map(float, total)
    if not tiles:
        return np.nan
    if limit <= _ABOVE_NOISE * noise or structure <= noise:
        return 0.0
    return (limit - noise) / (structure - noise)
