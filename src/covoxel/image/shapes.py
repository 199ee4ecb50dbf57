"""Polygons drawn on an image, as regions; overlapping ones go to further passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from skimage.draw import polygon

from covoxel._types import FloatArray, IntArray
from covoxel.image.region import Region


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
        If there is no shape, or one is no polygon or has no area.
    """
    plane = shape[-2:]
    images: list[IntArray] = []
    ids: list[list[int]] = []
    for number, given in enumerate(shapes, start=1):
        y, x = _checked(number, given).T
        inside = polygon(y, x, plane)
        at = next((i for i, image in enumerate(images) if not image[inside].any()), len(images))
        if at == len(images):
            images.append(np.zeros(plane, np.int64))
            ids.append([])
        images[at][inside] = number
        ids[at].append(number)
    if not images:
        msg = "shapes is empty; at least one polygon is needed"
        raise ValueError(msg)
    per_plane = len(shape) > len(plane)
    return [
        Region(image, np.array(held), per_plane=per_plane)
        for image, held in zip(images, ids, strict=True)
    ]


def _checked(number: int, given: Any) -> FloatArray:
    vertices = np.asarray(given, np.float64)
    if vertices.ndim != 2 or vertices.shape[1] != 2 or not np.isfinite(vertices).all():
        msg = f"shape {number} has vertices of shape {vertices.shape}; (N, 2) is needed, as y, x"
        raise ValueError(msg)
    if np.linalg.matrix_rank(vertices - vertices[:1]) < 2:
        msg = f"shape {number} has no area; a line or a point is no region"
        raise ValueError(msg)
    return vertices
