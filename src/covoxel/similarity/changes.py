"""What changed from one image to another, and where."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from covoxel.core.types import FloatArray, IntArray
from covoxel.similarity.boxes import Boxes, boxes_of
from covoxel.similarity.compare import compare_images

#: Standard deviations of the noise that are no change.
_NOISE = 5
#: The standard deviation of a normal distribution over its median absolute deviation.
_SPREAD = 1.4826


def difference_image(
    image1: Any, image2: Any, *, mask: Any = None, fit: str | None = None
) -> FloatArray:
    """Subtract image 2 from image 1, in double precision.

    Parameters
    ----------
    image1, image2, mask, fit
        As in `compare_images`.

    Returns
    -------
    ndarray of float
        image1 − image2; NaN outside the mask and where an image is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> difference_image(np.array([[1, 9]], np.uint8), np.array([[3, 4]], np.uint8))
    array([[-2.,  5.]])
    """
    found = compare_images(image1, image2, mask=mask, measures="mae", fit=fit).difference
    assert found is not None
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Where images differ."""

    #: Bounding boxes of connected pixels that changed, the largest change first.
    boxes: Boxes
    #: Pixels that changed in each, (N,).
    pixels: IntArray
    #: Sum of the absolute differences in each, (N,).
    total: FloatArray
    #: Absolute difference above which a pixel has changed; NaN where there are no pixels.
    tolerance: float


def changed_boxes(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    tolerance: float | None = None,
    min_pixels: int = 1,
    fit: str | None = None,
) -> Changes:
    """Find what changed, as bounding boxes of connected pixels.

    Parameters
    ----------
    image1, image2, mask, fit
        As in `compare_images`.
    tolerance : float, optional
        Largest absolute difference that is no change; by default 5 standard deviations of the
        difference, from the median of its absolute values, which is 0 where most pixels are equal.
    min_pixels : int
        Fewest pixels of a change.

    Returns
    -------
    Changes

    Examples
    --------
    >>> import numpy as np
    >>> image = np.zeros((9, 9), np.uint8)
    >>> changed = image.copy()
    >>> changed[2:5, 3:7] = 8
    >>> found = changed_boxes(image, changed)
    >>> found.boxes.start.tolist(), found.boxes.stop.tolist(), found.pixels.tolist()
    ([[2, 3]], [[5, 7]], [12])
    """
    if tolerance is not None and not tolerance >= 0:
        msg = f"tolerance is {tolerance!r}; a number that is not negative is needed"
        raise ValueError(msg)
    difference = np.abs(difference_image(image1, image2, mask=mask, fit=fit))
    if tolerance is None:
        tolerance = _noise(difference)
    changed = difference > tolerance
    labels, n = ndimage.label(changed, np.ones((3,) * difference.ndim))
    pixels = np.bincount(labels.ravel(), minlength=n + 1)[1:]
    weights = np.where(changed, difference, 0).ravel()
    total = np.bincount(labels.ravel(), weights, minlength=n + 1)[1:].astype(np.float64)
    kept = np.flatnonzero(pixels >= min_pixels)
    kept = kept[np.argsort(-total[kept], kind="stable")]
    found = ndimage.find_objects(labels)
    boxes = boxes_of([found[number] for number in kept], difference.ndim)
    return Changes(boxes, pixels[kept], total[kept], float(tolerance))


def _noise(difference: FloatArray) -> float:
    known = difference[np.isfinite(difference)]
    return float(_NOISE * _SPREAD * np.median(known)) if known.size else math.nan
