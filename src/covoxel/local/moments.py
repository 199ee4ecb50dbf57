"""LocalMoments: sums of two channels in a window around each pixel, and what is read from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray, Progress
from covoxel.intensity.reading import MIN_PIXELS
from covoxel.local.pair import MaskedPair, pair_of
from covoxel.local.scan import read_sums, scan_of
from covoxel.local.window import CORRELATION, SHARE, SLOPE, Unit, Window, WindowKind, WindowReading
from covoxel.registration.record import Registration


@dataclass(frozen=True, slots=True, eq=False)
class LocalMoments:
    """Sums of two channels in a window around each pixel.

    Attributes
    ----------
    sums : (6, Z, Y, X) or (6, Y, X) ndarray of float
        n, Σa, Σb, Σa², Σb², Σab of the pixels that count, of intensities less `centres`. Under a
        Gaussian they are weighted; where it is whole, n is the number of pixels of the box.
    inside : ndarray of bool
        Which pixels count.
    centres : tuple of float
        What was taken off the intensities, so that an offset of the camera costs no digits.
    least : float
        Share of the squares about the centres that a variance must exceed; 0 where no sum was
        rounded.
    window : Window
        Its kind, and how far it reaches along Z, Y and X in pixels.
    """

    sums: FloatArray
    inside: BoolArray
    centres: tuple[float, float]
    least: float
    window: Window

    def correlation(self, min_pixels: float = MIN_PIXELS) -> AnyArray:
        """Return Pearson's r in each window; see `local_correlation`."""
        return self._read(CORRELATION, min_pixels)

    def slope(self, min_pixels: float = MIN_PIXELS) -> AnyArray:
        """Return the slope of channel 2 over channel 1 in each window, by least squares.

        Returns
        -------
        float32 ndarray
            In intensity 2 / intensity 1; NaN where channel 1 is constant.
        """
        return self._read(SLOPE, min_pixels)

    def share(self, min_pixels: float = MIN_PIXELS) -> AnyArray:
        """Return Σab / Σa in each window, of the intensities themselves.

        Where channel 2 is a mask of 0 and 1, this is the share of the intensity of channel 1 in
        it: Manders' coefficient of the window.

        Returns
        -------
        float32 ndarray
            NaN where the intensities of channel 1 add up to nothing.
        """
        return self._read(SHARE, min_pixels)

    def _read(self, reading: int, min_pixels: float) -> AnyArray:
        given = WindowReading(reading, checked_fewest(min_pixels))
        out = read_sums(self.sums, given, self.centres, self.least)
        out[~self.inside] = np.nan
        return out


def local_moments(
    image1: Any,
    image2: Any,
    *,
    radius: float | Sequence[float],
    unit: Unit = "px",
    spacing: Sequence[float] | None = None,
    mask: Any = None,
    weights: WindowKind = "box",
    registration: Registration | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> LocalMoments:
    """Sum two channels in a window around each pixel.

    Six float64 numbers a pixel are held; `local_correlation` holds the result alone.

    Parameters
    ----------
    image1, image2, radius, unit, spacing, mask, weights, registration, workers, progress
        As in `local_correlation`.

    Returns
    -------
    LocalMoments

    Raises
    ------
    ValueError, TypeError
        As `local_correlation`.

    Examples
    --------
    >>> ramp = np.arange(12).reshape(3, 4)
    >>> moments = local_moments(ramp, 2 * ramp + 1, radius=1)
    >>> moments.slope()[1].tolist()
    [2.0, 2.0, 2.0, 2.0]
    """
    pair = pair_of(image1, image2, mask, registration, spacing)
    scan = scan_of(pair, radius, unit, weights, workers, progress)
    sums, inside = scan.sums()
    return LocalMoments(sums, inside, scan.centres, scan.least, scan.window)


def checked_fewest(min_pixels: float) -> float:
    """Return the fewest pixels of a window.

    Raises
    ------
    ValueError
        If they are fewer than a correlation needs.
    """
    if not 2 <= min_pixels < np.inf:
        msg = f"min_pixels is {min_pixels!r}; it must be a finite number of at least 2"
        raise ValueError(msg)
    return float(min_pixels)


def local_correlation(
    image1: Any,
    image2: Any,
    *,
    radius: float | Sequence[float],
    unit: Unit = "px",
    spacing: Sequence[float] | None = None,
    mask: Any = None,
    weights: WindowKind = "box",
    registration: Registration | None = None,
    min_pixels: float = MIN_PIXELS,
    workers: int | None = None,
    progress: Progress | None = None,
    out: Any = None,
) -> Any:
    """Pearson's correlation of two channels in a window around each pixel.

    The window is clipped at the image's edge and at the mask. The time does not depend on the
    radius where both channels are of 8 or 16 bits and the window is a box; their sums are whole
    numbers, and exact for windows of up to 2²³ voxels, whatever the camera's offset.

    Parameters
    ----------
    image1, image2 : (Z, Y, X), (Y, X) or (X,) array-like, Channel or napari layer
        The channels, on one grid, without a time axis; read block by block. NaN and infinite
        pixels are left out.
    radius : float or sequence of float
        How far the window reaches from the pixel along each axis: a box is ``2 · radius + 1``
        pixels wide. One number goes along short axes as far as they do; 0 along one axis takes
        its planes one by one.
    unit : {"px", "um"}
        Of the radius, which is rounded to whole pixels.
    spacing : sequence of float, optional
        Pixel size in µm along each axis; wins over what the images say.
    mask : bool array-like, optional
        Which pixels count: of the shape of the images, or of their planes.
    weights : {"box", "gaussian"}
        All pixels alike, or by the Gaussian that has the variance of the box, cut at three
        standard deviations.
    registration : Registration, optional
        Of `covoxel.registration.register`; channel 2 is moved onto channel 1 first. What it does
        not cover does not count.
    min_pixels : float
        Fewest pixels in a window; under a Gaussian, in pixels of the box.
    workers : int, optional
        Threads; one a processor by default.
    progress : callable, optional
        Called with (done, total); it may raise `Cancelled`.
    out : array-like, optional
        Where to write float32, block by block, if not into a new array: a memory map, say.

    Returns
    -------
    float32 ndarray, or `out`
        r in [−1, 1], of the images' shape; NaN where the pixel does not count, and where its
        window holds too few pixels or a constant channel.

    Raises
    ------
    ValueError
        If shapes differ; if the radius is not positive, no whole number of pixels, smaller than
        half a pixel or larger than the image; or if mask, registration or `out` do not fit.
    TypeError
        If an image is complex or RGB.

    References
    ----------
    Manders et al. 1992, doi:10.1242/jcs.103.3.857 (the coefficient)

    Examples
    --------
    >>> a = np.array([[0, 1, 2, 0, 1, 2]])
    >>> b = np.array([[0, 1, 2, 2, 1, 0]])
    >>> local_correlation(a, b, radius=1).round(2).tolist()
    [[nan, 1.0, 0.0, 0.0, -1.0, nan]]
    """
    pair = pair_of(image1, image2, mask, registration, spacing)
    return correlation_of(
        pair,
        radius=radius,
        unit=unit,
        weights=weights,
        min_pixels=min_pixels,
        workers=workers,
        progress=progress,
        out=out,
    )


def correlation_of(
    pair: MaskedPair,
    *,
    radius: float | Sequence[float],
    unit: str = "px",
    weights: str = "box",
    min_pixels: float = MIN_PIXELS,
    workers: int | None = None,
    progress: Progress | None = None,
    out: Any = None,
    plane: int | None = None,
) -> Any:
    """Return the local correlation of a pair, or of one `plane` of it, (Y, X).

    Other parameters are those of `local_correlation`.
    """
    reading = WindowReading(CORRELATION, checked_fewest(min_pixels))
    scan = scan_of(pair, radius, unit, weights, workers, progress)
    if plane is not None:
        return scan.read_plane(reading, plane)
    if out is None:
        out = np.empty(pair.shape, np.float32)
    elif tuple(out.shape) != pair.shape or out.dtype != np.float32:
        msg = f"out is {out.dtype} of shape {tuple(out.shape)}; float32 of {pair.shape} is needed"
        raise ValueError(msg)
    scan.read_map(reading, out)
    return out
