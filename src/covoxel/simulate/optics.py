"""From the sample to photons: spots, diffuse light, and what the PSF makes of them."""

from __future__ import annotations

import numpy as np
from scipy import fft, ndimage
from scipy.special import ndtr

from covoxel.core.types import FloatArray, IntArray

#: A spot is drawn to this many sigmas; beyond it less than 1e-6 of its light is left.
_REACH = 5.0


def add_spots(image: FloatArray, centres: FloatArray, peaks: FloatArray, sigma: FloatArray) -> None:
    """Add Gaussian spots, integrated over each voxel, to an image.

    Parameters
    ----------
    image : ndarray of float
        Changed in place.
    centres : ndarray of float, (spots, axes)
        Centres in px; they may lie outside the image.
    peaks : ndarray of float, (spots,)
        Value in the central voxel of a spot that is centred on it.
    sigma : ndarray of float, (axes,)
        Sigma in px.
    """
    low = np.maximum(np.floor(centres - _REACH * sigma).astype(int), 0)
    high = np.minimum(np.ceil(centres + _REACH * sigma).astype(int) + 1, image.shape)
    for start, stop, centre, peak in zip(low, high, centres, peaks, strict=True):
        if (start >= stop).any():
            continue
        spot = np.asarray(peak)
        for axis, width in enumerate(sigma):
            edges = np.arange(start[axis], stop[axis] + 1) - 0.5 - centre[axis]
            profile = np.diff(ndtr(edges / width)) / (2 * ndtr(0.5 / width) - 1)
            spot = np.multiply.outer(spot, profile)
        image[tuple(map(slice, start, stop))] += spot


def random_texture(
    shape: tuple[int, ...], sigma: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Smooth periodic noise of mean 0 and variance 1; `sigma` of its grains in px."""
    field = ndimage.gaussian_filter(rng.standard_normal(shape), sigma, mode="wrap")
    return np.asarray((field - field.mean()) / field.std())


def displace(field: FloatArray, by: FloatArray) -> FloatArray:
    """Displace a smooth periodic field by a number of px, exactly."""
    if not np.any(by):
        return field
    spectrum = ndimage.fourier_shift(fft.rfftn(field), by, n=field.shape[-1])
    return np.asarray(fft.irfftn(spectrum, s=field.shape))


def footprint(labels: IntArray | None, shape: tuple[int, ...], offset: FloatArray) -> FloatArray:
    """How much of each voxel belongs to a cell, all of it without cells."""
    if labels is None:
        return np.ones(shape)
    cells = (labels > 0).astype(np.float64)
    return np.asarray(ndimage.shift(cells, offset, order=1)) if np.any(offset) else cells


def diffuse_light(
    cells: FloatArray, texture: FloatArray, contrast: float, sigma: FloatArray
) -> FloatArray:
    """Light of textured cells behind a PSF, with mean 1 inside them."""
    emitted = cells * np.maximum(1 + contrast * texture, 0)
    return np.asarray(ndimage.gaussian_filter(emitted, sigma, mode="wrap"))
