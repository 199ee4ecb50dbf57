"""Two images in one picture: overlay, checkerboard and split."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel.core.checks import same_shape
from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.similarity.pair import frame_of

_COLORS = ((1.0, 0.0, 1.0), (0.0, 1.0, 0.0))


def overlay(
    image1: Any,
    image2: Any,
    *,
    colors: tuple[tuple[float, float, float], tuple[float, float, float]] = _COLORS,
) -> FloatArray:
    """Merge two images in two colours, each stretched between its own extremes.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        Of one shape.
    colors : two (red, green, blue) in [0, 1]
        Magenta and green by default, whose sum is white.

    Returns
    -------
    (…, 3) ndarray of float
        In [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> overlay(np.array([[0, 9]]), np.array([[0, 5]]))[0, 1].tolist()
    [1.0, 1.0, 1.0]
    """
    images = _same(image1, image2)
    merged = sum(
        _stretched(i)[..., None] * np.asarray(c) for i, c in zip(images, colors, strict=True)
    )
    return np.clip(np.asarray(merged, np.float64), 0, 1)


def checkerboard(image1: Any, image2: Any, *, tile: int = 32) -> AnyArray:
    """Show tiles of two images in turn, as on a checkerboard; the first is of image 1.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        Of one shape.
    tile : int
        Edge of a tile in pixels.

    Returns
    -------
    ndarray
        Of the images' shape, in a data type that holds both.

    Examples
    --------
    >>> import numpy as np
    >>> checkerboard(np.zeros((2, 4), int), np.ones((2, 4), int), tile=1)
    array([[0, 1, 0, 1],
           [1, 0, 1, 0]])
    """
    one, other = _same(image1, image2)
    if tile < 1:
        msg = f"tile is {tile}; it must be at least 1 pixel"
        raise ValueError(msg)
    y, x = np.ix_(*(np.arange(n) // tile for n in one.shape[-2:]))
    return _chosen((y + x) % 2 == 0, one, other)


def split(image1: Any, image2: Any, *, at: float = 0.5, axis: int = -1) -> AnyArray:
    """Show image 1 up to a share of one axis, and image 2 beyond.

    Parameters
    ----------
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        Of one shape.
    at : float
        Share of the axis that is image 1's, in [0, 1].
    axis : int
        Which axis is split; the last by default.

    Returns
    -------
    ndarray
        Of the images' shape, in a data type that holds both.

    Examples
    --------
    >>> import numpy as np
    >>> split(np.zeros((1, 4), int), np.ones((1, 4), int), at=0.25)
    array([[0, 1, 1, 1]])
    """
    one, other = _same(image1, image2)
    if not 0 <= at <= 1:
        msg = f"at is {at}; a share from 0 to 1 is needed"
        raise ValueError(msg)
    if not -one.ndim <= axis < one.ndim:
        msg = f"axis is {axis}; the images have {one.ndim} axes"
        raise ValueError(msg)
    n = one.shape[axis]
    first = np.arange(n) < round(at * n)
    shape = [1] * one.ndim
    shape[axis] = n
    return _chosen(first.reshape(shape), one, other)


def _same(image1: Any, image2: Any) -> tuple[AnyArray, AnyArray]:
    one, other = frame_of("image1", image1).data, frame_of("image2", image2).data
    same_shape("image1", one.shape, "image2", other.shape)
    return one, other


def _chosen(first: BoolArray, one: AnyArray, other: AnyArray) -> AnyArray:
    return np.where(np.broadcast_to(first, one.shape), one, other)


def _stretched(image: AnyArray) -> FloatArray:
    values = image.astype(np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros(values.shape)
    low, high = values[finite].min(), values[finite].max()
    return np.asarray((np.where(finite, values, low) - low) / ((high - low) or 1.0), np.float64)
