"""A first guess of rotation, magnification and shift, from the spectra."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy import fft, ndimage
from skimage.registration import phase_cross_correlation

from covoxel.core.types import AnyArray, FloatArray
from covoxel.correlation.frames import Frame, paired_frames
from covoxel.registration.record import Registration, rows_of
from covoxel.registration.search import SearchOptions, bins_for, search

#: Angles of a whole turn, of which spectra need half.
_ANGLES = 720
#: Share of the frequencies, from zero, dominated by the shape of the field rather than structure.
_SLOW = 0.02
_UPSAMPLED = 20


def first_guess(
    frame1: Frame, frame2: Frame, images: tuple[AnyArray, AnyArray], options: SearchOptions
) -> Registration:
    """Return the best of no rotation, that of the spectra, and its opposite.

    Without a bound large images are compared as means over bins; the tiles know more.
    """
    angle, magnification = rotation_and_scale(frame1, frame2)
    *planes, y, x = frame1.shape
    bins = bins_for((*planes, min(y, x), min(y, x)))  # alike along y and x, which are rotated
    if options.reach is not None:
        bins = (1,) * len(bins)
    image1, image2 = (binned_means(image, bins) for image in images)
    coarse1, coarse2, _ = paired_frames(image1, image2)
    best: tuple[float, Registration] | None = None
    for degrees, factor in ((0.0, 1.0), (angle, magnification), (angle + 180, magnification)):
        matrix, turn = np.eye(len(bins)), math.radians(-degrees)
        c, s = math.cos(turn), math.sin(turn)
        matrix[-2:, -2:] = (1 / factor) * np.array([[c, -s], [s, c]])
        back = Registration(
            shift=(0.0,) * len(bins),
            matrix=rows_of(matrix),
            shape=image1.shape,
            transform="similarity",
        )
        rotated = coarse2
        if (degrees, factor) != (0.0, 1.0):
            image = back.apply(image2, order=1)
            rotated = paired_frames(image, image)[0]
        found = search(coarse1, rotated, options)
        if found is not None and (best is None or found.height > best[0]):
            shift = tuple((-np.multiply(found.offset, bins)).tolist())
            best = found.height, replace(back, shape=frame1.shape, shift=shift)
    if best is None:
        msg = "at no angle and shift do the masks overlap enough to compare the channels"
        raise ValueError(msg)
    return best[1]


def binned_means(image: AnyArray, bins: tuple[int, ...]) -> AnyArray:
    """Return means over bins, NaN where less than half is known."""
    shape = [size for n, b in zip(image.shape, bins, strict=True) for size in (n // b, b)]
    cut = image[tuple(slice(n // b * b) for n, b in zip(image.shape, bins, strict=True))]
    parts = cut.reshape(shape)
    axes = tuple(range(1, parts.ndim, 2))
    count = np.isfinite(parts).sum(axis=axes)
    sums = np.where(np.isfinite(parts), parts, 0).sum(axis=axes, dtype=np.float32)
    return np.where(2 * count >= math.prod(bins), sums / np.maximum(count, 1), np.float32(np.nan))


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
