"""LocalMoments: sums of two channels in a window around each pixel, and what is read from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray, Progress
from covoxel.intensity.reading import MIN_PIXELS
from covoxel.local.pair import pair_of
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
