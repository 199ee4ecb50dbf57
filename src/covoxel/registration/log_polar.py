"""Rotation and magnification between two images, from their log-polar spectra."""

from __future__ import annotations

import math

import numpy as np
from scipy import fft, ndimage
from skimage.registration import phase_cross_correlation

from covoxel.core.types import AnyArray, FloatArray
from covoxel.correlation.frames import Frame

_ANGLES = 720
#: Share of the frequencies, from zero, dominated by the shape of the field rather than structure.
_SLOW = 0.02
_UPSAMPLED = 20


def rotation_and_scale(frame1: Frame, frame2: Frame) -> tuple[float, float]:
    """Estimate the rotation, in degrees, and magnification of image 2 relative to image 1.

    The modulus of a spectrum is invariant to shifts; along the angle and the logarithm of the
    frequency, rotation and magnification are shifts. The angle is known modulo 180°. Of stacks
    the mean planes are compared.

    References
    ----------
    Reddy & Chatterji, "An FFT-based technique for translation, rotation, and scale-invariant
    image registration", 1996, doi:10.1109/83.506761
    """
    size = fft.next_fast_len(max(frame1.shape[-2:]), real=True)
    polar1, polar2 = (_log_polar(_plane(frame), size) for frame in (frame1, frame2))
    shift, _, _ = phase_cross_correlation(
        polar1, polar2, upsample_factor=_UPSAMPLED, normalization=None
    )
    angle = float(shift[0]) * 360 / _ANGLES
    magnification = math.exp(float(shift[1]) * math.log(size / 2) / size)
    return (angle + 90) % 180 - 90, magnification


def _plane(frame: Frame) -> FloatArray:
    """Return the mean plane, 0 outside the mask and fading towards its border."""
    side = frame.side(np.dtype(np.float64))
    values, mask = side.values, np.ones(side.shape) if side.mask is None else side.mask
    if values.ndim > 2:
        values, mask = values.mean(axis=0), mask.mean(axis=0)
    rows, columns = (np.hanning(n + 2)[1:-1] for n in values.shape)
    window = rows[:, None] * columns
    if side.mask is not None:
        window = window * ndimage.gaussian_filter(np.asarray(mask, np.float64), 3)
    return np.asarray((values - np.average(values, weights=window)) * window)


def _log_polar(plane: AnyArray, size: int) -> FloatArray:
    """Return the modulus of a spectrum over half a turn and the logarithm of the frequency."""
    spectrum = np.abs(fft.fftshift(fft.fft2(plane, s=(size, size))))
    step = math.log(size / 2) / size
    first = round(math.log(max(2.0, _SLOW * size)) / step)
    angle = np.arange(_ANGLES // 2)[:, None] * (2 * math.pi / _ANGLES)
    radius, middle = np.exp(np.arange(first, size) * step), (size - 1) / 2
    places = np.stack([radius * np.sin(angle), radius * np.cos(angle)]) + middle
    polar = ndimage.map_coordinates(np.log1p(spectrum / spectrum.mean()), places, order=1)
    flat = polar - ndimage.gaussian_filter1d(polar, size / 16, axis=1)
    return np.asarray((flat - flat.mean(axis=0)) * np.hanning(flat.shape[1]))
