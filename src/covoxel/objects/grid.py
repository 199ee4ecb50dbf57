"""Grids of objects: shape of the frame, size of a voxel, and points on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from covoxel.core.checks import voxel_size
from covoxel.core.types import FloatArray
from covoxel.image.channel import VOXEL_UM
from covoxel.image.regions import array_of


def frame_of(shape: Sequence[int] | None, *images: Any) -> tuple[int, ...]:
    """Return the shape of the frame, or else that of the first image that is given.

    Raises
    ------
    ValueError
        If nothing is given, or it has not two or three axes.
    """
    given = [array_of(image).shape for image in images if image is not None]
    if shape is not None:
        given.insert(0, shape)
    if not given:
        msg = "shape is missing; give the shape of the frame in pixels, or a mask"
        raise ValueError(msg)
    frame = tuple(int(n) for n in given[0])
    if len(frame) not in (2, 3) or min(frame) < 1:
        msg = f"shape is {frame}; allowed are two or three lengths, (Z) Y X, of at least 1 pixel"
        raise ValueError(msg)
    return frame


def spacing_of(spacing: Sequence[float] | None, ndim: int) -> tuple[float, ...] | None:
    """Return the size of a voxel along each axis, None where it is unknown.

    Raises
    ------
    ValueError
        If one is given that does not fit.
    """
    if spacing is None:
        return None
    steps = voxel_size(spacing)
    low, high = VOXEL_UM
    if len(steps) != ndim or not all(low <= step <= high for step in steps):
        msg = f"spacing is {steps}; allowed are {ndim} numbers from {low:g} to {high:g} µm"
        raise ValueError(msg)
    return steps


def step_of(spacing: Sequence[float] | None, ndim: int) -> FloatArray:
    """Return the size of a voxel along each axis, 1 where it is unknown."""
    return np.array(spacing_of(spacing, ndim) or (1.0,) * ndim)


def points_of(name: str, points: Any, ndim: int) -> FloatArray:
    """Return points as an array.

    Raises
    ------
    ValueError
        If they have not one coordinate for each axis.
    """
    found = np.asarray(points, np.float64)
    if found.size == 0:
        return np.zeros((0, ndim))
    if found.ndim != 2 or found.shape[1] != ndim:
        msg = f"{name} has shape {found.shape}; allowed is (N, {ndim})"
        raise ValueError(msg)
    return found


def placed_points(name: str, points: Any, ndim: int) -> FloatArray:
    """Return points as an array, without those that have no finite position."""
    found = points_of(name, points, ndim)
    return found[np.isfinite(found).all(axis=1)]
