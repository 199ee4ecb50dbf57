"""Spots: bright blobs at places between pixels, with their intensity and width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from covoxel.core.checks import in_range, one_of
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.correlation.ccf_curve import FWHM
from covoxel.image.channel import as_channel, single_frame
from covoxel.image.regions import as_region
from covoxel.objects.object_set import ObjectSet, point_objects

#: Width of spots along each axis in pixels, unless one is given: sampled a little above Nyquist.
_WIDTH = 4.0
#: The wider over the narrower Gaussian of a difference, which so resembles the Laplacian most
#: (Marr & Hildreth 1980, doi:10.1098/rspb.1980.0020); and the scales that a width is read from.
_DOG, _SCALES = 1.6, math.sqrt(2)
#: Median absolute deviation of a Gaussian over its standard deviation.
_MAD = 0.6745
#: Faintest spot beside the brightest; without noise, the cut ends of filters would be spots.
_FAINTEST = 1e-3
METHODS = ("log", "dog")


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Spots of one channel.

    Attributes
    ----------
    objects : ObjectSet
        Points at their centres, between pixels, brightest first.
    contrast : (N,) ndarray of float
        Response of the filter in standard deviations of the noise, estimated robustly.
    intensity : (N,) ndarray of float
        Light of the spot over its surroundings, in units of the image; NaN where the width is.
    width : (N,) ndarray of float
        Full width at half maximum along the last axis, in µm, or in pixels where the voxel size is
        unknown; NaN where the surroundings do not look like those of a spot.
    """

    objects: ObjectSet
    contrast: FloatArray
    intensity: FloatArray
    width: FloatArray


def find_spots(
    image: Any,
    *,
    width: float | Sequence[float] | None = None,
    min_contrast: float = 6.0,
    method: str = "log",
    mask: Any = None,
    spacing: Sequence[float] | None = None,
) -> Spots:
    """Find spots, such as vesicles, foci or single molecules.

    The image is filtered by the Laplacian of a Gaussian as wide as the spots (Lindeberg 1998,
    doi:10.1023/A:1008045108935), or by a difference of two Gaussians, which is a little quicker.
    Spots are its local maxima; a parabola through the neighbours gives the place between pixels.
    Intensity and width are those of the Gaussian that has the responses found at two scales;
    a constant or evenly sloping background does not matter.

    Parameters
    ----------
    image : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        One frame.
    width : float or sequence of float, optional
        Full width at half maximum of the spots, along all axes or along each, in µm, or in pixels
        where the voxel size is unknown; 4 pixels along each axis by default.
    min_contrast : float
        Least response, in standard deviations of that of the noise (`Spots.contrast`).
    method : {"log", "dog"}
        Laplacian of a Gaussian, or difference of Gaussians.
    mask : array-like, optional
        Where to look. Spots outside are left out.
    spacing : sequence of float, optional
        Voxel size in µm for each axis; that of a Channel or layer unless given.

    Returns
    -------
    Spots

    Raises
    ------
    ValueError
        If a width or contrast is not positive, the method unknown, or there is a time axis.

    Examples
    --------
    >>> y, x = np.mgrid[:24, :32]
    >>> light = 100 * np.exp(-((y - 10.3) ** 2 + (x - 14.8) ** 2) / 2 / 1.5**2)
    >>> found = find_spots(light + 20, width=3.5)
    >>> found.objects.centroids.round(1), found.width.round(1)
    (array([[10.3, 14.8]]), array([3.6]))
    >>> float(found.intensity[0] / light.sum())  # doctest: +ELLIPSIS
    1.0...
    """
    one_of("method", method, METHODS)
    in_range("min_contrast", min_contrast, 1e-9, 1e9)
    channel = single_frame("image", as_channel(image, spacing=spacing), "covoxel.measure_objects")
    shape, steps = channel.spatial_shape, channel.spacing
    own = as_region(mask, None, shape).inside(shape)
    values, counted = _filled(channel.read(), own)
    sigma = _sigma(width, shape, steps)
    response = _response(values, sigma, method)
    noise = _noise(response[counted])
    peaks = _peaks(response, sigma, max(min_contrast * noise, 0), counted)
    heights = response[tuple(peaks.T)]
    peaks = peaks[np.argsort(-heights, kind="stable")]
    places = peaks + _subpixel(response, peaks)[0]
    intensity, size = _gaussians(values, sigma, peaks)
    with np.errstate(divide="ignore", invalid="ignore"):
        contrast = response[tuple(peaks.T)] / noise
    along = sigma[-1] * FWHM * (1 if steps is None else steps[-1])
    return Spots(
        point_objects(places, shape, mask=own, spacing=steps), contrast, intensity, size * along
    )


def _filled(values: AnyArray, mask: BoolArray | None) -> tuple[FloatArray, BoolArray]:
    """Return finite values, and which pixels count; others have the median of those."""
    filled = values.astype(np.float64)
    counted = np.isfinite(filled)
    filled[~counted] = np.median(filled[counted]) if counted.any() else 0
    return filled, counted if mask is None else counted & mask


def _sigma(
    width: float | Sequence[float] | None,
    shape: tuple[int, ...],
    spacing: tuple[float, ...] | None,
) -> FloatArray:
    """Return the standard deviation of spots along each axis in pixels."""
    if width is None:
        return np.full(len(shape), _WIDTH / FWHM)
    widths = np.asarray(width, np.float64)
    if widths.ndim > 1 or (widths.ndim and widths.size != len(shape)):
        msg = f"width is {width!r}; one number is needed, or {len(shape)}, one for each axis"
        raise ValueError(msg)
    if not (np.isfinite(widths).all() and (widths > 0).all()):
        msg = f"width is {width!r}; numbers above 0 are needed"
        raise ValueError(msg)
    step = np.ones(len(shape)) if spacing is None else np.array(spacing)
    return np.asarray(widths / step / FWHM)


def _response(values: FloatArray, sigma: FloatArray, method: str) -> FloatArray:
    """Return the response of the filter, positive for bright spots."""
    if method == "dog":
        narrow, wide = (ndimage.gaussian_filter(values, sigma * k) for k in (1, _DOG))
        return np.asarray(narrow - wide)
    return _laplacian(values, sigma)


def _laplacian(values: FloatArray, sigma: FloatArray) -> FloatArray:
    """Return minus the Laplacian of a Gaussian, in units of its standard deviations."""
    total = np.zeros_like(values)
    for axis, own in enumerate(sigma):
        if values.shape[axis] > 1:
            order = [2 * (axis == other) for other in range(values.ndim)]
            total -= own**2 * ndimage.gaussian_filter(values, sigma, order=order)
    return total


def _noise(response: FloatArray) -> float:
    if not response.size:
        return 0.0
    return float(np.median(np.abs(response - np.median(response)))) / _MAD


def _peaks(response: FloatArray, sigma: FloatArray, least: float, counted: BoolArray) -> IntArray:
    from skimage.feature import peak_local_max  # takes a while to load

    footprint = np.ones([2 * max(1, round(own)) + 1 for own in sigma], np.bool_)
    least = max(least, _FAINTEST * float(response.max(initial=0)))
    found = peak_local_max(response, footprint=footprint, threshold_abs=least, exclude_border=False)
    return np.asarray(found[counted[tuple(found.T)]], np.int64)


def _subpixel(response: FloatArray, peaks: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return offsets of maxima from their pixels, and their heights, by a parabola an axis."""
    offsets = np.zeros(peaks.shape)
    middle = response[tuple(peaks.T)]
    heights = middle.copy()
    for axis, size in enumerate(response.shape):
        inner = np.flatnonzero((peaks[:, axis] > 0) & (peaks[:, axis] < size - 1))
        before, after = (
            response[tuple((peaks[inner] + step * (np.arange(response.ndim) == axis)).T)]
            for step in (-1, 1)
        )
        curvature = 2 * middle[inner] - before - after
        bent = curvature > 0
        offset = np.zeros(inner.size)
        np.divide((after - before) / 2, curvature, out=offset, where=bent)
        offset = np.clip(offset, -0.5, 0.5)
        offsets[inner, axis] = offset
        heights[inner] += offset * (after - before) / 4
    return offsets, heights


def _gaussians(
    values: FloatArray, sigma: FloatArray, peaks: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return the light of the Gaussian at each peak, and its width in units of `sigma`.

    A Gaussian of amplitude A and width s·sigma has at its centre the response
    A·D·k²·s^D·(s² + k²)^-(D/2 + 1) to the Laplacian at the scale k·sigma; two scales give s and A.
    """
    n_axes = sum(size > 1 for size in values.shape)
    scales = (1.0, _SCALES)
    first, second = (_subpixel(_laplacian(values, sigma * k), peaks)[1] for k in scales)
    k1, k2 = (k**2 for k in scales)
    power = n_axes / 2 + 1
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (first / second * k2 / k1) ** (1 / power)
        squared = (k2 - ratio * k1) / (ratio - 1)
        squared = np.where((squared > 0) & (squared < 16 * k2), squared, np.nan)
        size = np.sqrt(squared)
        amplitude = first * (squared + k1) ** power / (n_axes * k1 * size**n_axes)
        light = amplitude * math.prod(sigma * math.sqrt(2 * math.pi)) * size**n_axes
    return light, size
