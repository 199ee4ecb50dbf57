"""The photons to be expected in either channel."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from covoxel.core.types import FloatArray, IntArray
from covoxel.simulate import optics
from covoxel.simulate.flicker import flicker
from covoxel.simulate.options import SimulateOptions
from covoxel.simulate.scene import Spots


def expected_light(
    options: SimulateOptions,
    labels: IntArray | None,
    spots: Spots,
    vector: FloatArray,
    rng: np.random.Generator,
    flicker_rng: np.random.Generator,
) -> FloatArray:
    """Light of both channels without noise.

    Parameters
    ----------
    options : SimulateOptions
        Optics, brightness and textures.
    labels : ndarray of int, (Z)YX, or None
        The cells.
    spots : Spots
        Where the spots are.
    vector : ndarray of float, (spatial axes,)
        From what is shared in the texture of channel 1 to its place in channel 2, µm.
    rng : numpy.random.Generator
        Source of the textures.
    flicker_rng : numpy.random.Generator
        Source of the brightness over time.

    Returns
    -------
    ndarray of float, (2, frames, (Z)YX)
        Photons a voxel.
    """
    voxel = np.asarray(options.voxel)
    offsets = [np.zeros_like(voxel), np.asarray(options.per_axis("offset"))]
    sigmas = [np.asarray(options.per_axis(name)) / voxel for name in ("psf1", "psf2")]
    dyes = np.zeros((2, options.frames, *options.shape))
    for channel, positions in enumerate((spots.positions1, spots.positions2)):
        peaks = options.photons[channel] * spots.brightness[: positions.shape[1]]
        for frame, centres in zip(dyes[channel], positions, strict=True):
            optics.add_spots(frame, centres / voxel + offsets[channel], peaks, sigmas[channel])
    levels = options.photons if options.structure == "textures" else (options.haze,) * 2
    if options.structure == "textures" or labels is not None:
        cells = [optics.footprint(labels, options.shape, offset) for offset in offsets]
        for t, textures in enumerate(_textures(options, vector / voxel, rng)):
            for channel, texture in enumerate(textures):
                dyes[channel, t] += levels[channel] * optics.diffuse_light(
                    cells[channel],
                    optics.displace(texture, offsets[channel]),
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
    own1, own2, shared = (optics.random_texture(options.shape, sigma, rng) for _ in range(3))
    fractions = options.fractions if options.structure == "textures" else (0.0,) * options.frames
    for t, part in enumerate(fractions):
        yield (
            optics.displace(sqrt(1 - part) * own1 + sqrt(part) * shared, t * drift),
            optics.displace(
                sqrt(1 - part) * own2 + sqrt(part) * optics.displace(shared, vector), t * drift
            ),
        )
