"""Regions that the frame cuts off."""

from __future__ import annotations

from typing import Any

import numpy as np

from covoxel._types import BoolArray, IntArray


def touches_border(image: Any, ids: IntArray) -> BoolArray:
    """Return which regions touch the border of the frame.

    Only the Y and X borders count. A stack is begun and ended where the user chose, mostly
    in the sample itself, and a 2-D region stands for every plane: if the first and last
    plane counted, nearly every region of a stack would be reported.

    Parameters
    ----------
    image : (Z, Y, X) or (Y, X) bool or int array-like, or None
        A mask, whose True is region 1, or labels. None is the whole image, which has no
        border of its own. Only the border is read.
    ids : (R,) int array
        The labels asked for.

    Returns
    -------
    (R,) bool array

    Examples
    --------
    >>> labels = np.array([[1, 0, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0]])
    >>> touches_border(labels, np.array([1, 2]))
    array([ True, False])
    """
    if image is None or 0 in image.shape:
        return np.zeros(ids.size, np.bool_)
    found = []
    for axis in range(max(0, image.ndim - 2), image.ndim):
        for edge in (slice(0, 1), slice(image.shape[axis] - 1, image.shape[axis])):
            face = tuple(edge if i == axis else slice(None) for i in range(image.ndim))
            found.append(np.unique(np.asarray(image[face])))
    return np.isin(ids, np.concatenate(found).astype(np.int64))
