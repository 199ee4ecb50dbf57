"""Cells: which objects they hold, and which of them are positive for each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.checks import in_range
from covoxel.core.types import AnyArray, BoolArray, IntArray
from covoxel.intensity.reading import share
from covoxel.objects.intensities import object_intensities
from covoxel.objects.object_set import ObjectSet
from covoxel.objects.overlapping import NONE, overlapping_objects

#: What the label layer of coexpression holds: by the channels that a cell is positive for.
NEITHER, ONLY_1, ONLY_2, BOTH = 1, 2, 3, 4


def parent_cells(objects: ObjectSet, cells: ObjectSet) -> IntArray:
    """Return the cell of each object: that with which it shares most pixels.

    So does CellProfiler's RelateObjects (doi:10.1371/journal.pbio.2005970).

    Parameters
    ----------
    objects, cells : ObjectSet
        In frames of one shape.

    Returns
    -------
    (N,) ndarray of int
        Place of the cell in its set, from 0; -1 outside all of them. Of equal cells the one with
        the lowest label.

    Raises
    ------
    ValueError
        If the frames differ in shape.

    Examples
    --------
    >>> from covoxel.objects import labelled_objects
    >>> cells = labelled_objects(np.array([[5, 5, 5, 0, 9, 9, 0]]))
    >>> parent_cells(labelled_objects(np.array([[0, 1, 1, 1, 1, 0, 2]])), cells)
    array([ 0, -1])
    """
    pairs = overlapping_objects(objects, cells)
    best = pairs.best(len(objects), by="pixels")
    return np.where(best >= 0, np.append(pairs.second, NONE)[best], NONE)


@dataclass(frozen=True, slots=True, eq=False)
class Coexpression:
    """Cells that are positive for channel 1, channel 2 or both.

    Attributes
    ----------
    positive1, positive2 : (N,) ndarray of bool
        Which cells are positive for each channel.
    defined : (N,) ndarray of bool
        Which cells could be told; others count nowhere.
    """

    positive1: BoolArray
    positive2: BoolArray
    defined: BoolArray

    @property
    def kinds(self) -> IntArray:
        """(N,) 1 for neither channel, 2 for channel 1 only, 3 for channel 2 only, 4 for both.

        0 where it is undefined.
        """
        kinds = NEITHER + self.positive1.astype(np.int64) + 2 * self.positive2
        return np.where(self.defined, kinds, 0)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Number of cells positive for neither, channel 1 only, channel 2 only, and both."""
        neither, only1, only2, both = np.bincount(self.kinds, minlength=BOTH + 1)[1:].tolist()
        return neither, only1, only2, both

    @property
    def shares(self) -> tuple[float, float]:
        """Share of the cells positive for channel 1 that are so for channel 2, and the reverse.

        NaN where there are none.
        """
        _, only1, only2, both = self.counts
        wholes = np.array([both + only1, both + only2])
        first, second = share(np.full(2, both), wholes).tolist()
        return first, second

    def label_image(self, cells: ObjectSet) -> AnyArray:
        """Return an image of the kind of the cell at each pixel, 0 outside.

        Raises
        ------
        ValueError
            If the cells are points.
        """
        if cells.index is None:
            msg = "cells are points, which have no pixels; give labels"
            raise ValueError(msg)
        return np.append(0, self.kinds).astype(np.uint8)[cells.index]


def coexpression_by_objects(
    cells: ObjectSet, objects1: ObjectSet, objects2: ObjectSet, *, min_objects: int = 1
) -> Coexpression:
    """Tell which cells are positive by the objects that they hold.

    Parameters
    ----------
    cells, objects1, objects2 : ObjectSet
        In frames of one shape.
    min_objects : int
        A cell is positive for a channel if it is the parent of so many of its objects.

    Returns
    -------
    Coexpression

    Raises
    ------
    ValueError
        If the frames differ in shape, or `min_objects` is below 1.

    Examples
    --------
    >>> from covoxel.objects import labelled_objects, point_objects
    >>> cells = labelled_objects(np.array([[1, 1, 0, 2, 2, 0, 3]]))
    >>> spots1 = point_objects([[0, 0], [0, 3]], (1, 7))
    >>> found = coexpression_by_objects(cells, spots1, point_objects([[0, 4]], (1, 7)))
    >>> found.counts, found.shares
    ((1, 1, 0, 1), (0.5, 1.0))
    """
    in_range("min_objects", min_objects, 1, np.inf)
    held1, held2 = (
        np.bincount(parent_cells(one, cells) + 1, minlength=len(cells) + 1)[1:]
        for one in (objects1, objects2)
    )
    return Coexpression(held1 >= min_objects, held2 >= min_objects, cells.inside)


def coexpression_by_intensity(
    cells: ObjectSet,
    image1: Any,
    image2: Any,
    *,
    threshold1: float,
    threshold2: float,
) -> Coexpression:
    """Tell which cells are positive by their mean intensities.

    Parameters
    ----------
    cells : ObjectSet
    image1, image2 : (Z, Y, X) or (Y, X) array-like, Channel or napari layer
        Of the shape of the frame of the cells.
    threshold1, threshold2 : float
        A cell is positive for a channel if its mean intensity is above.

    Returns
    -------
    Coexpression

    Raises
    ------
    ValueError
        If the shapes differ, or a threshold is not finite.

    Examples
    --------
    >>> from covoxel.objects import labelled_objects
    >>> cells, light = labelled_objects(np.array([[1, 1, 2, 2]])), np.array([[5, 7, 1, 3]])
    >>> coexpression_by_intensity(cells, light, light, threshold1=4, threshold2=1).kinds
    array([4, 3])
    """
    in_range("threshold1", threshold1, -np.finfo(float).max, np.finfo(float).max)
    in_range("threshold2", threshold2, -np.finfo(float).max, np.finfo(float).max)
    mean1, mean2 = (object_intensities(cells, image).mean for image in (image1, image2))
    return Coexpression(mean1 > threshold1, mean2 > threshold2, np.isfinite(mean1 + mean2))
