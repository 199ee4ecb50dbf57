"""Two images of different size, brought onto one grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.checks import one_of
from covoxel.core.types import AnyArray, BoolArray
from covoxel.image.channel import Channel
from covoxel.registration.estimate import register
from covoxel.registration.record import Registration

FITS = ("crop", "resize", "register")


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Two images on one grid."""

    image1: Channel
    image2: Channel
    #: Where the grid begins in image 1.
    corner: tuple[int, ...]
    #: Where image 2 has pixels; None for everywhere.
    covered: BoolArray | None = None
    #: How image 2 was moved.
    registration: Registration | None = None

    def cut(self, mask: BoolArray | None) -> BoolArray | None:
        """Return a mask of image 1 on the common grid."""
        return None if mask is None else mask[_box(self.corner, self.image1.shape)]


def fit_images(image1: Channel, image2: Channel, how: str | None) -> Fitted:
    """Bring two frames to one grid: crop, resize or register, see `compare_images`.

    Resizing smooths image 2 first where it shrinks. A ValueError is raised if the shapes differ
    without `how`, or axes differ in number.
    """
    if how is not None:
        one_of("fit", how, FITS)
    shapes = image1.shape, image2.shape
    if len(shapes[0]) != len(shapes[1]):
        msg = f"image1 has shape {shapes[0]} but image2 {shapes[1]}; both need the same axes"
        raise ValueError(msg)
    if how is None:
        needs_fit(shapes[0], "image2", shapes[1])
    if how == "register":
        return _registered(image1, image2)
    if how == "resize" and shapes[0] != shapes[1]:
        resized = _resized(image2.data, shapes[0])
        image2 = Channel(resized, image1.axes, image1.spacing, name=image2.name)
    if how == "crop":
        return _cropped(image1, image2)
    return Fitted(image1, image2, (0,) * len(shapes[0]))


def needs_fit(shape1: tuple[int, ...], other: str, shape2: tuple[int, ...]) -> None:
    """Raise a ValueError with the possible fixes unless both shapes agree."""
    if tuple(shape1) != tuple(shape2):
        msg = (
            f"image1 has shape {tuple(shape1)} but {other} has shape {tuple(shape2)}; "
            "fit them with crop, resize or register"
        )
        raise ValueError(msg)


def _box(corner: Sequence[int], shape: Sequence[int]) -> tuple[slice, ...]:
    return tuple(slice(start, start + n) for start, n in zip(corner, shape, strict=True))


def _cropped(image1: Channel, image2: Channel) -> Fitted:
    shape = tuple(map(min, image1.shape, image2.shape))
    corners = [
        tuple((n - kept) // 2 for n, kept in zip(image.shape, shape, strict=True))
        for image in (image1, image2)
    ]
    one, other = (
        image.with_data(image.data[_box(corner, shape)])
        for image, corner in zip((image1, image2), corners, strict=True)
    )
    return Fitted(one, other, corners[0])


def _resized(values: AnyArray, shape: tuple[int, ...]) -> AnyArray:
    from skimage.transform import resize

    if values.dtype == np.bool_:
        return np.asarray(resize(values, shape, order=0, anti_aliasing=False))
    smaller = any(new < old for new, old in zip(shape, values.shape, strict=True))
    out = resize(values, shape, order=1, preserve_range=True, anti_aliasing=smaller)
    return np.asarray(_as(out, values.dtype))


def _as(values: AnyArray, dtype: np.dtype[Any]) -> AnyArray:
    """Return values in a data type, rounded where it is of integers."""
    return (values if dtype.kind == "f" else np.rint(values)).astype(dtype)


def _registered(image1: Channel, image2: Channel) -> Fitted:
    """Move image 2 onto image 1 by whole pixels, so that nothing is interpolated."""
    frame = tuple(map(max, image1.shape, image2.shape))
    images = [_padded(image.data, frame) for image in (image1, image2)]
    mask1, mask2 = (
        None if image.shape == frame else _padded(np.ones(image.shape, np.bool_), frame)
        for image in (image1, image2)
    )
    found = register(*images, mask1=mask1, mask2=mask2, subpixel=False)
    kept = _box((0,) * len(frame), image1.shape)
    moved = found.apply(images[1])[kept]
    covered = found.apply(np.ones(frame, np.bool_) if mask2 is None else mask2)[kept]
    other = Channel(moved, image1.axes, image1.spacing, name=image2.name)
    return Fitted(image1, other, (0,) * len(frame), np.asarray(covered, np.bool_), found)


def _padded(values: AnyArray, shape: tuple[int, ...]) -> AnyArray:
    more = [(0, n - own) for n, own in zip(shape, values.shape, strict=True)]
    return np.pad(values, more) if np.any(more) else values
