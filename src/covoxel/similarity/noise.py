"""An image beside its filtered self: what noise leaves of a coefficient."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from covoxel.core.types import AnyArray
from covoxel.image.channel import stack
from covoxel.intensity.linear_correlation import pearson
from covoxel.intensity.reading import Correlation
from covoxel.similarity.pair import frame_of


def filtered_correlation(image: Any, *, size: int = 3, mask: Any = None) -> Correlation:
    """Pearson's r of an image and its median over `size` × `size` pixels, plane by plane.

    Near 1, the image holds structures larger than the filter; the more noise, the lower it is.

    Parameters
    ----------
    image : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        Pixels that are not finite are left out, and their neighbours' medians with them.
    size : int
        Edge of the filter in pixels, odd and 3 at least.
    mask : bool array-like, optional
        Where to look.

    Returns
    -------
    Correlation
        In [−1, 1]; NaN where the image or its median is constant.

    Raises
    ------
    ValueError
        If the size is even or below 3.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.add.outer(np.arange(30.0), np.arange(30.0))
    >>> noisy = ramp + np.random.default_rng(0).normal(0, 40, ramp.shape)
    >>> bool(filtered_correlation(ramp).value > 0.99 > 0.8 > filtered_correlation(noisy).value)
    True
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 3 or size % 2 == 0:
        msg = f"size is {size!r}; it must be odd and at least 3"
        raise ValueError(msg)
    values = frame_of("image", image).data
    return pearson(stack(values), stack(_median(values, size)), mask=mask)


def _median(values: AnyArray, size: int) -> AnyArray:
    window = (1,) * (values.ndim - 2) + (size,) * min(values.ndim, 2)
    if values.dtype.kind != "f":
        return np.asarray(ndimage.median_filter(values, window))
    lost = ~np.isfinite(values)
    found = ndimage.median_filter(np.where(lost, 0, values), window)
    found[ndimage.maximum_filter(lost, window)] = np.nan
    return np.asarray(found)
