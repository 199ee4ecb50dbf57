"""The local correlation: where two channels agree, pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from covoxel.core.types import Progress
from covoxel.intensity.reading import MIN_PIXELS
from covoxel.local.moments import checked_fewest
from covoxel.local.pair import MaskedPair, pair_of
from covoxel.local.scan import scan_of
from covoxel.local.window import CORRELATION, Unit, WindowKind, WindowReading
from covoxel.registration.record import Registration


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
