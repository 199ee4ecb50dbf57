"""Intensities of objects, and their centres of mass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from covoxel.core.checks import same_shape
from covoxel.core.types import AnyArray, FloatArray, IntArray
from covoxel.image.channel import as_channel, single_frame
from covoxel.objects.object_set import ObjectSet


@dataclass(frozen=True, slots=True, eq=False)
class ObjectIntensities:
    """Intensities of a channel in objects.

    Attributes
    ----------
    mean : (N,) ndarray of float
        Mean of the finite pixels; of a point the value of its pixel. NaN without any.
    integrated : (N,) ndarray of float
        Their sum; NaN for points, which have no pixels of their own.
    """

    mean: FloatArray
    integrated: FloatArray


def object_intensities(objects: ObjectSet, image: Any) -> ObjectIntensities:
    """Measure the intensity of a channel in each object.

    Parameters
    ----------
    objects : ObjectSet
    image : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        One frame, of the shape of that of the objects.

    Returns
    -------
    ObjectIntensities

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> from covoxel.objects import labelled_objects
    >>> objects = labelled_objects(np.array([[1, 1, 0, 2]]))
    >>> found = object_intensities(objects, np.array([[3, 5, 9, np.nan]]))
    >>> found.mean, found.integrated
    (array([ 4., nan]), array([8., 0.]))
    """
    values = _frame(objects, image)
    n = len(objects)
    if objects.index is None:
        mean = np.full(n, np.nan)
        held = np.flatnonzero(objects.inside)
        places = np.rint(objects.centroids[held]).astype(np.int64)
        mean[held] = values[tuple(places.T)]
        mean[~np.isfinite(mean)] = np.nan
        return ObjectIntensities(mean, np.full(n, np.nan))
    _, owner, found = _finite_pixels(objects, values)
    total = np.bincount(owner, found, minlength=n)
    with np.errstate(invalid="ignore"):
        mean = total / np.bincount(owner, minlength=n)
    return ObjectIntensities(mean, np.where(objects.inside, total, np.nan))


def centres_of_mass(objects: ObjectSet, image: Any) -> ObjectSet:
    """Return objects whose centroids are weighted by the intensity of their pixels.

    Parameters
    ----------
    objects : ObjectSet
        Points are returned as they are.
    image : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        One frame, of the shape of that of the objects. Pixels that are not finite do not count.

    Returns
    -------
    ObjectSet
        An object whose intensities add up to 0 or less keeps its centroid.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> from covoxel.objects import labelled_objects
    >>> objects = labelled_objects(np.array([[1, 1, 1, 0]]))
    >>> centres_of_mass(objects, np.array([[1, 1, 2, 9]])).centroids
    array([[0.  , 1.25]])
    """
    values = _frame(objects, image)
    if objects.index is None:
        return objects
    position, owner, found = _finite_pixels(objects, values)
    n = len(objects)
    total = np.bincount(owner, found, minlength=n)
    centroids = objects.centroids.copy()
    heavy = total > 0
    for axis, place in enumerate(np.unravel_index(position, objects.shape)):
        moment = np.bincount(owner, found * place, minlength=n)
        centroids[heavy, axis] = moment[heavy] / total[heavy]
    return replace(objects, centroids=centroids)


def _frame(objects: ObjectSet, image: Any) -> AnyArray:
    data = as_channel(image, axes="ZYX"[-len(objects.shape) :] if _plain(image) else None)
    same_shape("image", data.spatial_shape, "objects", objects.shape)
    return single_frame("image", data, "covoxel.measure_objects").read()


def _plain(image: Any) -> bool:
    return not (hasattr(image, "axes") or hasattr(image, "scale"))


def _finite_pixels(objects: ObjectSet, values: AnyArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the flat place, the object and the value of each finite pixel of objects."""
    assert objects.index is not None
    flat = objects.index.ravel()
    position = np.flatnonzero(flat)
    found = values.ravel()[position].astype(np.float64)
    finite = np.isfinite(found)
    if not finite.all():
        position, found = position[finite], found[finite]
    return position, flat[position].astype(np.int64) - 1, found
