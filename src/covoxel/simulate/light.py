"""From the sample to counts: spots, diffuse light, flicker, the PSF and the camera."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np
from scipy import fft, ndimage
from scipy.special import ndtr

from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.simulate.options import SimulateOptions
from covoxel.simulate.scene import SimulatedSpots

#: A spot is drawn to this many sigmas; beyond it less than 1e-6 of its light is left.
_REACH = 5.0
#: Points a frame at which the brightness is drawn, and frames that it takes to change.
_FINE, _SLOW = 10, 1.0


def expected_light(
    options: SimulateOptions,
    labels: IntArray | None,
    spots: SimulatedSpots,
    vector: FloatArray,
    rng: np.random.Generator,
    flicker_rng: np.random.Generator,
) -> FloatArray:
    """Return the light of both channels without noise, in photons a voxel, (2, frames, (Z)YX).

    `vector` leads from what is shared in the texture of channel 1 to its place in channel 2, µm;
    `rng` draws the textures, `flicker_rng` the brightness over time.
    """
    voxel = np.asarray(options.voxel)
    offsets = [np.zeros_like(voxel), np.asarray(options.per_axis("offset"))]
    sigmas = [np.asarray(options.per_axis(name)) / voxel for name in ("psf1", "psf2")]
    dyes = np.zeros((2, options.frames, *options.shape))
    for channel, positions in enumerate((spots.positions1, spots.positions2)):
        peaks = options.photons[channel] * spots.brightness[: positions.shape[1]]
        for frame, centres in zip(dyes[channel], positions, strict=True):
            add_spots(frame, centres / voxel + offsets[channel], peaks, sigmas[channel])
    levels = options.photons if options.structure == "textures" else (options.haze,) * 2
    if options.structure == "textures" or labels is not None:
        cells = [footprint(labels, options.shape, offset) for offset in offsets]
        for t, textures in enumerate(_textures(options, vector / voxel, rng)):
            for channel, texture in enumerate(textures):
                dyes[channel, t] += levels[channel] * diffuse_light(
                    cells[channel],
                    displace(texture, offsets[channel]),
                    options.contrast,
                    sigmas[channel],
                )
    if options.flicker:
        dyes *= flicker(options, labels, flicker_rng)
    first, second = dyes
    return options.background + np.stack(
        [first + options.bleed_2to1 * second, second + options.bleed_1to2 * first]
    )


def _textures(
    options: SimulateOptions, vector: FloatArray, rng: np.random.Generator
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Textures of both channels, frame by frame; the haze of spots shares nothing."""
    sigma = options.grain / np.asarray(options.voxel)
    drift = np.divide(options.per_axis("drift"), options.voxel)
    own1, own2, shared = (random_texture(options.shape, sigma, rng) for _ in range(3))
    fractions = options.fractions if options.structure == "textures" else (0.0,) * options.frames
    for t, part in enumerate(fractions):
        yield (
            displace(sqrt(1 - part) * own1 + sqrt(part) * shared, t * drift),
            displace(sqrt(1 - part) * own2 + sqrt(part) * displace(shared, vector), t * drift),
        )


def add_spots(image: FloatArray, centres: FloatArray, peaks: FloatArray, sigma: FloatArray) -> None:
    """Add Gaussian spots, integrated over each voxel, to an image in place.

    `centres` (spots, axes) and `sigma` (axes,) are in px; centres may be outside the image. A peak
    is the value in the central voxel of a spot that is centred on it.
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


def flicker(
    options: SimulateOptions, labels: IntArray | None, rng: np.random.Generator
) -> FloatArray:
    """Return the factor of the light of each voxel, (2, frames, (Z)YX).

    Each cell has a brightness of its own, as has the whole image without cells. Its logarithm is
    white noise smoothed over time, later in channel 2; light beyond the edge of a cell follows the
    nearest cell.
    """
    times = np.arange(options.frames)
    later = options.delay / options.time_step
    margin = int(np.ceil(abs(later))) + 1
    n_fine = (options.frames + 2 * margin) * _FINE
    n_cells = 1 if labels is None else int(labels.max())
    noise = ndimage.gaussian_filter1d(rng.normal(size=(n_cells, n_fine)), _SLOW * _FINE, axis=1)
    noise /= noise.std(axis=1, keepdims=True)
    fine = np.arange(n_fine) / _FINE - margin
    levels = [
        np.exp(options.flicker * np.array([np.interp(times - lag, fine, cell) for cell in noise]))
        for lag in (0.0, later)
    ]
    return np.moveaxis(np.stack(levels)[:, _nearest(labels, options.shape)], -1, 1)


def _nearest(labels: IntArray | None, shape: tuple[int, ...]) -> IntArray:
    """Return the index of the nearest cell of each voxel."""
    if labels is None:
        return np.zeros(shape, np.intp)
    indices = ndimage.distance_transform_edt(
        labels == 0, return_distances=False, return_indices=True
    )
    return np.asarray(labels[tuple(indices)] - 1, np.intp)


def full_scale(bits: int) -> int:
    """Largest count of a camera."""
    return (1 << bits) - 1


def detect(light: FloatArray, options: SimulateOptions, rng: np.random.Generator) -> AnyArray:
    """Return the counts, uint8 or uint16, of a camera in a light of expected photons.

    They are ``camera_offset + gain * (photons + read noise)``, rounded and clipped; their variance
    is ``gain² * (light + read_noise²)`` (EMVA 1288, release 4.0).
    """
    photons = rng.poisson(light).astype(np.float64) if options.poisson else light
    if options.read_noise:
        photons = photons + rng.normal(0, options.read_noise, light.shape)
    counts = np.rint(options.camera_offset + options.gain * photons)
    dtype = np.uint8 if options.bits == 8 else np.uint16
    return np.clip(counts, 0, full_scale(options.bits)).astype(dtype)
