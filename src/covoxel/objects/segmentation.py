"""Objects of an image: what is above a threshold, within limits of size, split by watershed."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import ndimage

from covoxel.core.checks import in_range
from covoxel.core.types import AnyArray, BoolArray, IntArray
from covoxel.image.channel import as_channel
from covoxel.image.regions import as_region
from covoxel.thresholds.spec import threshold as threshold_of

#: Largest size of an object, in pixels.
LARGEST = 1e15


def segment_objects(
    image: Any,
    threshold: str | float = "otsu",
    *,
    inclusive: bool = False,
    min_size: float = 0,
    max_size: float | None = None,
    split: float | None = None,
    mask: Any = None,
    spacing: Sequence[float] | None = None,
) -> AnyArray:
    """Label the connected pixels above a threshold.

    Pixels that touch with a corner are connected. What touches can be split by a watershed of the
    distance to the background (`skimage.segmentation.watershed`), one object a peak of it.

    Parameters
    ----------
    image : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        One frame.
    threshold : str or float
        As in `covoxel.thresholds.threshold`, such as ``otsu`` or ``manual:120``.
    inclusive : bool
        Pixels at the threshold belong to objects, too.
    min_size, max_size : float
        Smallest and largest size, included, in pixels. Parts of a split object count by themselves.
    split : float, optional
        Split what has two peaks of the distance to the background at least so far apart, in µm, or
        in pixels where the voxel size is unknown.
    mask : array-like, optional
        Where to look; the threshold is that of these pixels.
    spacing : sequence of float, optional
        Voxel size in µm for each axis; that of a Channel or layer unless given.

    Returns
    -------
    ndarray of int32
        Labels from 1, 0 outside; in C order of the first pixel of each object.

    Raises
    ------
    ValueError
        If there is no threshold, sizes or `split` are out of range, or there is a time axis.

    Examples
    --------
    >>> light = np.array([[9, 9, 0, 8, 0], [0, 0, 0, 0, 0], [0, 7, 7, 7, 0]])
    >>> segment_objects(light, 5, min_size=2)
    array([[1, 1, 0, 0, 0],
           [0, 0, 0, 0, 0],
           [0, 2, 2, 2, 0]], dtype=int32)
    """
    from skimage.measure import label  # takes a while to load

    in_range("min_size", min_size, 0, LARGEST)
    if max_size is not None:
        in_range("max_size", max_size, min_size, LARGEST)
    if split is not None:
        in_range("split", split, 0, LARGEST)
    channel = as_channel(image, spacing=spacing)
    if isinstance(threshold, str):
        level = threshold_of(channel, threshold, mask=mask)
    else:
        in_range("threshold", threshold, -sys.float_info.max, sys.float_info.max)
        level = threshold
    if math.isnan(level):
        msg = f"threshold is {threshold!r}, which finds none here; give another, such as manual:120"
        raise ValueError(msg)
    shape = channel.spatial_shape
    values = channel.read()
    with np.errstate(invalid="ignore"):
        above = np.asarray(values >= level if inclusive else values > level)
    own = as_region(mask, None, shape).inside(shape)
    above = above if own is None else above & own
    labels = np.asarray(label(above, connectivity=above.ndim), np.int32)
    if split:
        step = np.ones(len(shape)) if channel.spacing is None else np.array(channel.spacing)
        labels = _split(labels, above, split, step)
    return _sized(labels, min_size, math.inf if max_size is None else max_size)


def _split(labels: AnyArray, above: BoolArray, least: float, step: AnyArray) -> AnyArray:
    from skimage.feature import peak_local_max  # takes a while to load
    from skimage.segmentation import watershed

    depth = np.asarray(ndimage.distance_transform_edt(above, sampling=tuple(step)))
    smooth = ndimage.gaussian_filter(depth, 1.0) * above  # plateaus become peaks
    reach = np.floor(least / step).astype(np.int64)
    sides = [np.arange(-n, n + 1) * one for n, one in zip(reach, step, strict=True)]
    squares = np.ix_(*[side**2 for side in sides])
    footprint = np.asarray(sum(squares)) <= least**2
    peaks = peak_local_max(smooth, footprint=footprint, labels=labels, exclude_border=False)
    markers = np.zeros(labels.shape, np.int32)
    markers[tuple(peaks.reshape(-1, labels.ndim).T)] = np.arange(1, len(peaks) + 1)
    found: AnyArray = watershed(-smooth, markers, mask=above, connectivity=labels.ndim)
    return found


def _sized(labels: AnyArray, least: float, most: float) -> AnyArray:
    """Return labels without those of other sizes, numbered in the order of their first pixels."""
    sizes = np.bincount(labels.ravel())
    kept = (sizes >= least) & (sizes <= most)
    kept[0] = False
    ids, first = np.unique(labels, return_index=True)
    order: IntArray = ids[np.argsort(first)]
    order = order[kept[order]]
    number = np.zeros(sizes.size, np.int32)
    number[order] = np.arange(1, order.size + 1)
    return number[labels]
