"""ObjectSet: the objects of one channel, and how they are made of labels or points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.image.channel import Slices, as_channel, frame_slices
from covoxel.image.regions import array_of, as_region, inside_of
from covoxel.intensity.blocks import read_only
from covoxel.objects.grid import points_of, spacing_of


@dataclass(frozen=True, slots=True, eq=False)
class ObjectSet:
    """The objects of one channel in one frame.

    Attributes
    ----------
    ids : (N,) ndarray of int
        Labels, ascending; points are numbered from 1.
    centroids : (N, D) ndarray of float
        Centres in pixels, (Z) Y X; NaN of an object without pixels inside.
    pixels : (N,) ndarray of int
        Pixels inside frame and mask; of a point 1 where it is inside.
    lowest, highest : (N, D) ndarray of int
        The box around each object: its first pixel along each axis, and the first one after it.
    cut : (N,) ndarray of bool
        Whether it reaches the border of the frame or of the mask, so that part of it may be
        missing. An axis that is one pixel long has no border.
    shape : tuple of int
        Shape of the frame.
    index : ndarray of int or None
        Number of each pixel's object from 1, 0 outside; None for points.
    mask : ndarray of bool or None
        Where was looked; None for everywhere.
    spacing : tuple of float or None
        Voxel size in µm; None means that distances are in pixels.

    Examples
    --------
    >>> labels = np.array([[7, 7, 0, 0], [7, 7, 0, 2.0]])
    >>> objects = labelled_objects(labels, spacing=(0.1, 0.1))
    >>> objects.ids, objects.pixels
    (array([2, 7]), array([1, 4]))
    >>> objects.positions
    array([[0.1 , 0.3 ],
           [0.05, 0.05]])
    """

    ids: IntArray
    centroids: FloatArray
    pixels: IntArray
    lowest: IntArray
    highest: IntArray
    cut: BoolArray
    shape: tuple[int, ...]
    index: AnyArray | None = None
    mask: BoolArray | None = None
    spacing: tuple[float, ...] | None = None

    def __len__(self) -> int:
        return self.ids.size

    @property
    def inside(self) -> BoolArray:
        """Which objects have pixels inside the frame and the mask."""
        return np.asarray(self.pixels > 0)

    @property
    def extended(self) -> bool:
        """Whether objects have pixels of their own, as labels have and points do not."""
        return self.index is not None

    @property
    def step(self) -> FloatArray:
        """(D,) size of a voxel in µm, 1 where unknown."""
        return np.ones(len(self.shape)) if self.spacing is None else np.array(self.spacing)

    @property
    def unit(self) -> str:
        """Unit of positions and distances, ``"um"`` or ``"px"``."""
        return "px" if self.spacing is None else "um"

    @property
    def positions(self) -> FloatArray:
        """(N, D) centres in µm, or in pixels where the voxel size is unknown."""
        return self.centroids * self.step

    @property
    def sizes(self) -> FloatArray:
        """(N,) area (2-D) or volume in µm² or µm³, or in pixels; NaN for points."""
        sizes = self.pixels * float(np.prod(self.step))
        return np.where(self.inside & self.extended, sizes, np.nan)

    @property
    def diameters(self) -> FloatArray:
        """(N,) diameter of the disk or ball of the same size, in µm or pixels."""
        if len(self.shape) > 2:
            return np.asarray(np.cbrt(6 / math.pi * self.sizes))
        return np.asarray(np.sqrt(4 / math.pi * self.sizes))

    def box(self, number: int) -> Slices:
        """Return the box around an object, given by its place in `ids`."""
        ends = zip(self.lowest[number], self.highest[number], strict=True)
        return tuple(slice(int(low), int(high)) for low, high in ends)


def labelled_objects(
    labels: Any, *, mask: Any = None, spacing: Sequence[float] | None = None
) -> ObjectSet:
    """Objects of a label image, as a segmentation gives it.

    Parameters
    ----------
    labels : (Z, Y, X) or (Y, X) array-like, Channel or napari Labels layer
        Whole numbers of any data type, floats included, in any order and with gaps. What is 0,
        NaN, under a numpy mask or an integer below 0 belongs to no object.
    mask : array-like, Channel or napari layer, optional
        Where to look. Pixels outside are not counted; an object without any inside stays, with 0
        `pixels`.
    spacing : sequence of float, optional
        Voxel size in µm for each axis; that of a Channel or layer unless given.

    Returns
    -------
    ObjectSet

    Raises
    ------
    ValueError
        If a label is no whole number, the shape of the mask differs, or labels have a time axis.
    TypeError
        If labels or mask hold neither bool, integers nor real numbers.

    Examples
    --------
    >>> objects = labelled_objects(np.array([[3, 3, 0, 0, 0], [3, 3, 0, 0, 0], [0, 0, 0, 0, 0]]))
    >>> objects.centroids, objects.cut, objects.unit
    (array([[0.5, 0.5]]), array([ True]), 'px')
    """
    shape, steps = _frame_of(labels, spacing)
    region = as_region(mask, labels, shape)
    index = np.asarray(region.read(0, frame_slices(shape))).astype(np.uint32)
    mask_inside = None if region.within is None else region.within.inside(shape)
    return _tallied(region.ids, index, mask_inside, steps)


def _frame_of(
    labels: Any, spacing: Sequence[float] | None
) -> tuple[tuple[int, ...], tuple[float, ...] | None]:
    """Return shape and voxel size of a label image."""
    placed = hasattr(labels, "scale") or hasattr(labels, "axes")
    data = labels if placed else array_of(labels)
    axes = None if placed else "ZYX"[-len(data.shape) :]
    channel = as_channel(data, axes=axes, spacing=spacing)
    if "T" in channel.axes:
        msg = (
            f"labels has {channel.n_frames} time points; "
            "covoxel.measure_objects takes series, this function one frame"
        )
        raise ValueError(msg)
    return channel.shape, channel.spacing


def _tallied(
    ids: IntArray, index: AnyArray, mask: BoolArray | None, spacing: tuple[float, ...] | None
) -> ObjectSet:
    from covoxel.objects.kernels import tally  # takes a while to load

    n, n_axes = ids.size, index.ndim
    solid = (1,) * (3 - n_axes) + index.shape
    pixels, cut = np.zeros(n, np.int64), np.zeros(n, np.bool_)
    sums, highest = np.zeros((n, 3)), np.zeros((n, 3), np.int64)
    lowest = np.tile(np.array(solid, np.int64), (n, 1))
    inside = np.zeros((0, 0, 0), np.bool_) if mask is None else mask.reshape(solid)
    tally(index.reshape(solid), read_only(inside), pixels, sums, lowest, highest, cut)
    with np.errstate(invalid="ignore"):
        centroids = (sums / pixels[:, None])[:, 3 - n_axes :]
    lowest = np.minimum(lowest, highest)[:, 3 - n_axes :]
    highest = highest[:, 3 - n_axes :]
    return ObjectSet(
        ids, centroids, pixels, lowest, highest, cut, index.shape, index, mask, spacing
    )


def point_objects(
    points: Any,
    shape: Sequence[int],
    *,
    unit: str = "px",
    mask: Any = None,
    spacing: Sequence[float] | None = None,
) -> ObjectSet:
    """Objects that are points, such as localizations or spots of a detector.

    Parameters
    ----------
    points : (N, D) array-like
        Coordinates, (Z) Y X; pixel centres are whole numbers.
    shape : sequence of int
        Shape of the frame.
    unit : {"px", "um"}
        Unit of the coordinates. µm need a `spacing`.
    mask : array-like, optional
        Where to look. A point outside the frame or mask stays, with 0 `pixels`.
    spacing : sequence of float, optional
        Voxel size in µm for each axis.

    Returns
    -------
    ObjectSet

    Raises
    ------
    ValueError
        If coordinates are not finite or have another number of axes than `shape`, or no voxel
        size is known for µm.

    Examples
    --------
    >>> points = point_objects([[0.5, 0.2], [3, 9]], (4, 4), unit="um", spacing=(0.5, 0.1))
    >>> points.centroids, points.inside
    (array([[ 1.,  2.],
           [ 6., 90.]]), array([ True, False]))
    """
    one_of("unit", unit, ("px", "um"))
    shape = tuple(int(size) for size in shape)
    steps = spacing_of(spacing, len(shape))
    places = points_of("points", points, len(shape))
    if not np.isfinite(places).all():
        row = int(np.flatnonzero(~np.isfinite(places).all(axis=1))[0])
        msg = f"points holds {places[row].tolist()} in row {row}; finite coordinates are needed"
        raise ValueError(msg)
    if unit == "um":
        if steps is None:
            msg = "points are in µm, but the voxel size is unknown; give spacing"
            raise ValueError(msg)
        places = places / np.array(steps)
    nearest = np.rint(places).astype(np.int64)
    inside: BoolArray = np.all((nearest >= 0) & (nearest < np.array(shape)), axis=1)
    region = as_region(mask, None, shape)
    own = region.inside(shape)
    if own is not None:
        held = np.flatnonzero(inside)
        inside[held] = inside_of(own[tuple(nearest[held].T)])
    return ObjectSet(
        ids=np.arange(1, len(places) + 1),
        centroids=places,
        pixels=np.asarray(inside, np.int64),
        lowest=nearest,
        highest=nearest + 1,
        cut=np.zeros(len(places), np.bool_),
        shape=shape,
        mask=own,
        spacing=steps,
    )
