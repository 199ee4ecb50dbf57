"""Polygons drawn on an image, as regions; overlapping ones go to further passes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from covoxel.core.types import FloatArray, IntArray
from covoxel.image.placement import between_layers

#: Corners of the polygon that stands for an ellipse.
_ELLIPSE = 64
#: Planes that a shape may be tilted by.
_ACROSS = 0.5


def label_shapes(shapes: Sequence[Any], shape: tuple[int, ...]) -> list[tuple[IntArray, list[int]]]:
    """Return label images that hold each shape once, whole, with their labels.

    Labels are the numbers of the shapes, from 1. Shapes that overlap stand in different images;
    one outside the plane has no pixels.

    `shapes`: vertices (y, x) in pixels of polygons. A pixel belongs to a polygon that holds its
        centre.
    `shape`: shape of a plane.

    Raises
    ------
    ValueError
        If there is no shape, or one is no polygon or has no area.
    """
    from skimage.draw import polygon  # takes a while to load

    if not isinstance(shapes, Iterable):
        msg = f"shapes is {shapes!r}; a Shapes layer or a list of polygons is needed"
        raise TypeError(msg)
    images: list[IntArray] = []
    ids: list[list[int]] = []
    for number, given in enumerate(shapes, start=1):
        y, x = _checked(number, given).T
        inside = polygon(y, x, shape)
        at = next((i for i, image in enumerate(images) if not image[inside].any()), len(images))
        if at == len(images):
            images.append(np.zeros(shape, np.int64))
            ids.append([])
        images[at][inside] = number
        ids[at].append(number)
    if not images:
        msg = "shapes is empty; at least one polygon is needed"
        raise ValueError(msg)
    return list(zip(images, ids, strict=True))


def polygons(shapes: Any, image: Any = None) -> list[FloatArray]:
    """Return the shapes of a napari layer as polygons in an image's pixels, (y, x).

    They lie where they are drawn: units, scale, turn, shear and affine of both layers count.

    Parameters
    ----------
    shapes : napari Shapes layer
    image : napari image layer, optional
        Without one, vertices are taken for pixels as they are.

    Raises
    ------
    ValueError
        If there is none, a line or path is among them, or one lies across the image's planes.
    """
    if not len(shapes.data):
        msg = f"layer {shapes.name!r} has no shapes; draw one, or choose the whole image"
        raise ValueError(msg)
    between = None if image is None else between_layers(shapes, image)
    found = []
    for number, (vertices, kind) in enumerate(zip(shapes.data, shapes.shape_type, strict=True), 1):
        if kind in ("line", "path"):
            msg = f"shape {number} of layer {shapes.name!r} is a {kind}, which is not a region"
            raise ValueError(msg)
        corners = np.asarray(vertices, np.float64)
        pixels = _ellipse(corners) if kind == "ellipse" else corners
        if between is not None:
            n = len(between) - 1
            pixels = pixels[:, -n:] @ between[:n, :n].T + between[:n, n]
        if np.any(np.ptp(pixels[:, :-2], axis=0) > _ACROSS):
            msg = (
                f"shape {number} of layer {shapes.name!r} lies across the planes of "
                f"{'the image' if image is None else repr(image.name)}; draw it in one plane"
            )
            raise ValueError(msg)
        found.append(pixels[:, -2:])
    return found


def _ellipse(corners: FloatArray) -> FloatArray:
    """Return a polygon for an ellipse given by the corners of its box."""
    centre = corners.mean(axis=0)
    across, along = (corners[1] - corners[0]) / 2, (corners[3] - corners[0]) / 2
    angle = np.linspace(0, 2 * np.pi, _ELLIPSE, endpoint=False)[:, None]
    outline: FloatArray = centre + np.cos(angle) * across + np.sin(angle) * along
    return outline


def _checked(number: int, given: Any) -> FloatArray:
    vertices = np.asarray(given, np.float64)
    if vertices.ndim != 2 or vertices.shape[1] != 2:
        msg = f"shape {number} has vertices of shape {vertices.shape}; (N, 2) is needed, as y, x"
        raise ValueError(msg)
    if not np.isfinite(vertices).all():
        msg = f"shape {number} has a vertex that is not finite"
        raise ValueError(msg)
    if np.linalg.matrix_rank(vertices - vertices[:1]) < 2:
        msg = f"shape {number} has no area; a line or a point is not a region"
        raise ValueError(msg)
    return vertices
