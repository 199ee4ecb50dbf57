"""Polygons drawn on an image, as regions; overlapping ones go to further passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from skimage.draw import polygon2mask

from covoxel._types import BoolArray, IntArray
from covoxel.intensity.blocks import Region


def shape_passes(shapes: Sequence[Any], shape: tuple[int, ...]) -> list[Region]:
    """Return regions that hold each shape once, whole.

    Parameters
    ----------
    shapes : sequence of (N, 2) array-like
        Vertices (y, x) in pixels of polygons. A pixel belongs to a polygon that holds its
        centre. Each applies to every plane of a 3-D image.
    shape : tuple of int
        Shape of a frame.

    Returns
    -------
    list of Region
        Labels are the numbers of the shapes, from 1. Shapes that overlap stand in different
        passes; one outside the image is a region without pixels.

    Raises
    ------
    ValueError
        If a shape has fewer than three vertices or no area.
    """
    plane = shape[-2:]
    free: list[BoolArray] = []
    images: list[IntArray] = []
    ids: list[list[int]] = []
    for number, given in enumerate(shapes, start=1):
        inside = polygon2mask(plane, _checked(number, given))
        at = next((i for i, empty in enumerate(free) if empty[inside].all()), len(free))
        if at == len(free):
            free.append(np.ones(plane, np.bool_))
            images.append(np.zeros(plane, np.int64))
            ids.append([])
        images[at][inside] = number
        free[at][inside] = False
        ids[at].append(number)
    per_plane = len(shape) > len(plane)
    return [
        Region(image, np.array(held), per_plane=per_plane)
        for image, held in zip(images, ids, strict=True)
    ]


def _checked(number: int, given: Any) -> Any:
    vertices = np.asarray(given, np.float64)
    if vertices.ndim != 2 or vertices.shape[1] != 2 or not np.isfinite(vertices).all():
        msg = f"shape {number} has vertices of shape {vertices.shape}; (N, 2) is needed, as y, x"
        raise ValueError(msg)
    y, x = vertices.T
    area = abs(np.dot(y, np.roll(x, 1)) - np.dot(x, np.roll(y, 1))) / 2
    if area == 0:
        msg = f"shape {number} has no area; a line or a point is no region"
        raise ValueError(msg)
    return vertices
