"""What two channels share in the same single pixels alone, as a pattern of the camera is shared."""

from __future__ import annotations

import math

import numpy as np

from covoxel.core.types import AnyArray

#: From this share on, what is in single pixels makes the correlation.
MOSTLY = 0.5
#: Standard errors from which it is no chance; the smallest correlation that it must make.
_CERTAIN, _LEAST = 6.0, 0.01
#: Sum of the products of the autocorrelations of noise after `_fine`: lags 0, ±1 and ±2.
_RELATED = 1 + 2 * (4 / 9 + 1 / 36)
#: Variance of `_fine` of noise of variance 1.
_GAIN = 1.5
_FEWEST = 1000
#: Noise keeps the correlation of two separate acquisitions below this.
COPIES = 0.999


def share_in_same_pixels(image1: AnyArray, image2: AnyArray) -> float:
    """Return the share of the covariance of two images that is in the same single pixels alone.

    What a microscope draws is wider than a pixel, so that its covariance falls off slowly with the
    displacement. What is more at no displacement than along an axis one pixel away is the noise, or
    the pattern of a detector, that both images share. Pixels that are not finite are left out. It
    is 0 where it may be chance, and of copies of one image.

    Parameters
    ----------
    image1, image2 : (..., Y, X) ndarray

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> pattern, one, two = rng.normal(size=(3, 64, 64))
    >>> share_in_same_pixels(pattern + one, pattern + two) > 0.9
    True
    >>> share_in_same_pixels(one, two)
    0.0
    """
    both = np.isfinite(image1) & np.isfinite(image2)
    if both.sum() < _FEWEST:
        return 0.0
    a, b = (np.where(both, image - image[both].mean(), np.nan) for image in (image1, image2))
    covariance, deviations = float((a[both] * b[both]).mean()), a[both].std() * b[both].std()
    found = max(_excess(np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1)) for axis in (-2, -1))
    if not found > _LEAST * deviations or not -found < covariance < COPIES * deviations:
        return 0.0
    return min(1.0, found / max(covariance, found))


def _excess(a: AnyArray, b: AnyArray) -> float:
    """Return the covariance in single pixels along the last axis; 0 where it may be chance."""
    if a.shape[-1] < 3:
        return 0.0
    fine1, fine2 = _fine(a), _fine(b)
    known = np.isfinite(fine1) & np.isfinite(fine2)
    n = int(known.sum())
    if n < _FEWEST:
        return 0.0
    products = fine1[known] * fine2[known]
    error = math.sqrt(_RELATED / n) * float(products.std())
    mean = float(products.mean())
    return mean / _GAIN if mean > _CERTAIN * error else 0.0


def _fine(values: AnyArray) -> AnyArray:
    """Return what a pixel has more than its two neighbours along the last axis."""
    return values[..., 1:-1] - (values[..., :-2] + values[..., 2:]) / 2
