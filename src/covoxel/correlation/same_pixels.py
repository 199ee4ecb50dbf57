"""What two channels share in the same single pixels alone, as a pattern of the camera is shared."""

from __future__ import annotations

import math

import numpy as np

from covoxel.core.types import AnyArray

#: From this share on, what is in single pixels makes the correlation.
MOSTLY = 0.5
#: Standard errors from which it is no chance; the smallest correlation that it must make.
_CERTAIN, _LEAST = 6.0, 0.01
#: Sum of the products of the autocorrelations of noise less that of its neighbours, at lags 0, ±1
#: and ±2.
_RELATED = 1 + 2 * (4 / 9 + 1 / 36)
#: Variance of that of noise of variance 1.
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
    from covoxel.correlation.kernels import add_products

    known = np.isfinite(image1) & np.isfinite(image2)
    if known.sum() < _FEWEST:
        return 0.0
    # about their means, so that an offset costs no digits
    counted = known if not known.all() else True  # which takes a tenth of the time
    means = (image.mean(where=counted, dtype=np.float64) for image in (image1, image2))
    a, b = (
        np.subtract(image, mean, dtype=np.float64).reshape(-1, *image.shape[-2:])
        for image, mean in zip((image1, image2), means, strict=True)
    )
    both, fine = np.zeros(6), np.zeros((2, 3))
    add_products(a, b, both, fine)
    n, s1, s2, s11, s22, s12 = both.tolist()
    covariance = (s12 - s1 * s2 / n) / n
    deviations = math.sqrt(max(0.0, s11 - s1 * s1 / n) * max(0.0, s22 - s2 * s2 / n)) / n
    found = max(_excess(*products) for products in fine.tolist())
    if not found > _LEAST * deviations or not -found < covariance < COPIES * deviations:
        return 0.0
    return min(1.0, found / max(covariance, found))


def _excess(n: float, total: float, squares: float) -> float:
    """Return the covariance in single pixels along an axis, from products; 0 if it may be chance.

    `n`, `total`, `squares`: of the products of what pixels of both images have more than their
        neighbours, see `add_products`.
    """
    if n < _FEWEST:
        return 0.0
    mean = total / n
    error = math.sqrt(_RELATED / n * max(0.0, squares / n - mean * mean))
    return mean / _GAIN if mean > _CERTAIN * error else 0.0
