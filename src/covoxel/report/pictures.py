"""Pictures of channels: planes or projections, and how they are shown in axes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from covoxel.core.checks import same_shape
from covoxel.core.types import AnyArray, BoolArray
from covoxel.image.channel import BLOCK_VOXELS, Channel, Slices

#: Pictures are averaged down to this many pixels along their longer side.
MAX_SIDE = 1024
#: Percentiles that become black and white.
CONTRAST = 1.0, 99.8


def picture(channel: Channel, *, t: int = 0, z: int | None = None) -> AnyArray:
    """Return plane `z` of a frame, or its maximum projection, for display.

    Read block by block. A picture larger than `MAX_SIDE` is averaged down, before the
    projection. Pixels that are not finite are left out; NaN where nothing else is.

    `channel`: ``(T)(Z)YX``.
    `t`: time point, from 0.
    `z`: plane, from 0.

    Returns
    -------
    (Y, X) float32 array
    """
    step = reduction(channel.spatial_shape)
    height, width = _grid(channel.spatial_shape)[1:]
    shown = np.full((-(-height // step), -(-width // step)), np.nan, np.float32)
    for slices in _blocks(channel.spatial_shape, step, z):
        rows, columns = slices[-2:] if len(slices) > 1 else (slice(0, 1), slices[-1])
        block = channel.read(t, slices).astype(np.float32)
        block = block.reshape(-1, columns.stop)
        block[~np.isfinite(block)] = np.nan
        place = slice(rows.start // step, -(-rows.stop // step))
        shown[place] = np.fmax(shown[place], _averaged(block, step))
    return shown


def outline(region: Any, shape: tuple[int, ...], *, z: int | None = None) -> BoolArray:
    """Return where regions are, parted by a gap where two touch, on the grid of `picture`.

    `region`: a mask or labels; of a stack without `z` the union of all planes, (Z, Y, X).
    `shape`: shape of the frame, ``(Z)YX``.
    `z`: plane, from 0.

    Returns
    -------
    (Y, X) bool array

    Raises
    ------
    ValueError
        If the region does not fit.
    """
    region = region if hasattr(region, "ndim") else np.asarray(region)
    same_shape("outlined", region.shape, "the frame", shape[-region.ndim :])
    step = reduction(shape)
    labels = np.zeros(_grid(shape)[1:], np.int64)[::step, ::step]
    planes = region if region.ndim == len(shape) == 3 else region[None]
    for plane in range(planes.shape[0]) if z is None or planes.shape[0] == 1 else [z]:
        block = np.asarray(planes[plane : plane + 1])[0]
        labels = np.maximum(labels, block.reshape(_grid(shape)[1:])[::step, ::step])
    inside: BoolArray = labels > 0
    for axis in (0, 1):
        upper = labels[1:] if axis == 0 else labels[:, 1:]
        lower = labels[:-1] if axis == 0 else labels[:, :-1]
        touching = (upper != lower) & (upper > 0) & (lower > 0)
        inside[: upper.shape[0], : upper.shape[1]] &= ~touching
    return inside


def reduction(shape: tuple[int, ...]) -> int:
    """Return how many pixels a side are averaged into one."""
    return max(1, -(-max(shape[-2:]) // MAX_SIDE))


def stretched(image: AnyArray) -> AnyArray:
    """Return a picture between robust limits, as 0 to 1 (NaN becomes 0)."""
    finite = image[np.isfinite(image)]
    if not finite.size:
        return np.zeros_like(image)
    low, high = np.percentile(finite, CONTRAST)
    if low == high:
        high = finite.max()
    if low == high:
        return np.zeros_like(image)
    scaled: AnyArray = np.clip((image - low) / (high - low), 0, 1)
    return np.nan_to_num(scaled)


def _grid(shape: tuple[int, ...]) -> tuple[int, int, int]:
    planes, height, width = (1,) * (3 - len(shape)) + tuple(shape)
    return planes, height, width


def _blocks(shape: tuple[int, ...], step: int, z: int | None) -> Iterator[Slices]:
    """Yield blocks of rows, plane by plane, that begin at multiples of `step`."""
    planes, height, width = _grid(shape)
    rows = max(step, BLOCK_VOXELS // width // step * step)
    for plane in range(planes) if z is None else [z]:
        for start in range(0, height, rows):
            block = (
                slice(plane, plane + 1),
                slice(start, min(start + rows, height)),
                slice(0, width),
            )
            yield block[-len(shape) :]


def _averaged(block: AnyArray, step: int) -> AnyArray:
    if step == 1:
        return block
    total, pixels = block, np.ones(block.shape[:2], np.float32)
    for axis in (0, 1):
        starts = np.arange(0, block.shape[axis], step)
        total = np.add.reduceat(total, starts, axis=axis)
        pixels = np.add.reduceat(pixels, starts, axis=axis)
    averaged: AnyArray = total / pixels
    return averaged


#: Neither grey nor a mixture of magenta and green.
_OUTLINE = "#ffb000"
#: The scale bar is at most this share of the picture's width.
_BAR = 0.22


def show_grey(axes: Axes, image: AnyArray, size: tuple[float, float]) -> None:
    """Show a picture with values from 0 to 1 in greys; `size` is height and width."""
    axes.imshow(image, cmap="gray", vmin=0, vmax=1, extent=_extent(size))
    axes.set_axis_off()


def show_merge(axes: Axes, image1: AnyArray, image2: AnyArray, size: tuple[float, float]) -> None:
    """Show channel 1 in magenta and channel 2 in green; where they meet it is white."""
    axes.imshow(np.stack([image1, image2, image1], axis=-1), extent=_extent(size))
    axes.set_axis_off()


def draw_outline(axes: Axes, inside: BoolArray, size: tuple[float, float]) -> None:
    """Draw a line around regions."""
    padded = np.pad(inside, 1)
    if not inside.any() or inside.all():
        return
    y, x = (
        (np.arange(n + 2) - 0.5) * (length / n)
        for n, length in zip(inside.shape, size, strict=True)
    )
    axes.contour(x, y, padded, levels=[0.5], colors=_OUTLINE, linewidths=0.6)
    axes.set(xlim=(0, size[1]), ylim=(size[0], 0))


def draw_scale_bar(axes: Axes, size: tuple[float, float], *, microns: bool) -> None:
    """Draw a bar of a round length, labelled, at the lower right."""
    height, width = size
    length = round_length(_BAR * width)
    margin, thick = 0.04 * max(width, height), 0.012 * max(width, height)
    left, top = width - margin - length, height - margin - thick
    edge = [withStroke(linewidth=1.5, foreground="black")]
    axes.add_patch(
        Rectangle((left, top), length, thick, color="white", linewidth=0, path_effects=edge)
    )
    axes.text(
        left + length / 2,
        top - 0.4 * thick,
        length_label(length, microns=microns),
        color="white",
        ha="center",
        va="bottom",
        path_effects=edge,
    )


def round_length(limit: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that does not exceed `limit`.

    Examples
    --------
    >>> round_length(7.3), round_length(0.25), round_length(40)
    (5.0, 0.2, 20.0)
    """
    exponent = math.floor(math.log10(limit))
    # one decimal spelling, so that 0.2 is the float 0.2
    lengths = [
        float(f"{digit}e{power}") for power in (exponent, exponent + 1) for digit in (1, 2, 5)
    ]
    return max(length for length in lengths if length <= limit * (1 + 1e-9))


def length_label(length: float, *, microns: bool) -> str:
    """Return a length in pixels, or in the unit in which it is a small number.

    Examples
    --------
    >>> length_label(0.2, microns=True), length_label(5, microns=True)
    ('200 nm', '5 µm')
    >>> length_label(2000, microns=True), length_label(50, microns=False)
    ('2 mm', '50 px')
    """
    if not microns:
        return f"{length:g} px"
    if length < 1:
        return f"{length * 1000:g} nm"
    return f"{length:g} µm" if length < 1000 else f"{length / 1000:g} mm"


def _extent(size: tuple[float, float]) -> tuple[float, float, float, float]:
    return 0, size[1], size[0], 0
