"""From photons to counts."""

from __future__ import annotations

import numpy as np

from covoxel.core.types import AnyArray, FloatArray
from covoxel.simulate.options import SimulateOptions


def full_scale(bits: int) -> int:
    """Largest count of a camera."""
    return (1 << bits) - 1


def detect(light: FloatArray, options: SimulateOptions, rng: np.random.Generator) -> AnyArray:
    """Detect light with a camera.

    Parameters
    ----------
    light : ndarray of float
        Expected photons.

    Returns
    -------
    ndarray of uint8 or uint16
        ``camera_offset + gain * (photons + read noise)``, rounded and clipped. Its variance is
        ``gain² * (light + read_noise²)``.

    References
    ----------
    Standard: EMVA 1288, release 4.0.
    """
    photons = rng.poisson(light).astype(np.float64) if options.poisson else light
    if options.read_noise:
        photons = photons + rng.normal(0, options.read_noise, light.shape)
    counts = np.rint(options.camera_offset + options.gain * photons)
    dtype = np.uint8 if options.bits == 8 else np.uint16
    return np.clip(counts, 0, full_scale(options.bits)).astype(dtype)
