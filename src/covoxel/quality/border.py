"""Regions that the frame cuts off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from covoxel._types import BoolArray
from covoxel.image.region import Region


def touches_border(
    region: Region, shape: tuple[int, ...], frames: Sequence[int] = (0,), z: int | None = None
) -> BoolArray:
    """Return which regions touch the border of the frame.

    Only the Y and X borders count. A stack is begun and ended where the user chose, mostly
    in the sample itself, and a 2-D region stands for every plane: if the first and last
    plane counted, nearly every region of a stack would be reported.

    Parameters
    ----------
    region : Region
        The regions; the whole image has no border of its own. Only the border is read.
    shape : tuple of int
        Shape of a frame.
    frames : sequence of int
        The time points to look at.
    z : int, optional
        The only plane to look at.

    Returns
    -------
    (R,) bool array

    Examples
    --------
    >>> from covoxel.image.region import as_region
    >>> labels = np.array([[1, 0, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0]])
    >>> touches_border(as_region(None, labels, (3, 4)), (3, 4))
    array([ True, False])
    """
    touching = np.zeros(region.ids.size + 1, np.bool_)
    if region.image is None or 0 in shape:
        return touching[1:]
    for t in frames if region.timed else frames[:1]:
        for axis in range(max(0, len(shape) - 2), len(shape)):
            for edge in (slice(0, 1), slice(shape[axis] - 1, shape[axis])):
                face = [slice(0, size) for size in shape]
                if z is not None:
                    face[0] = slice(z, z + 1)
                face[axis] = edge
                found = region.read(t, tuple(face))
                touching[np.unique(np.asarray(found, np.int64))] = True
    return touching[1:]
